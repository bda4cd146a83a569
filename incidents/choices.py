"""The vocabularies of incidents, one for each column or field that holds a word."""

from django.db.models import TextChoices


class Severity(TextChoices):
    """How bad it is, the worst first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


class Urgency(TextChoices):
    """Whether people are woken: high urgency wakes them, low urgency waits for them."""

    HIGH = "high"
    LOW = "low"


class IncidentStatus(TextChoices):
    """Where an incident stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ON_HOLD = "on_hold", "On hold"
    RESOLVED = "resolved"


class Priority(TextChoices):
    """For people to sort by: it decides nothing about the paging."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


class Resolution(TextChoices):
    """How an incident ended."""

    RESOLVED = "resolved"
    CANCELLED = "cancelled"


class TimelineVerb(TextChoices):
    """What can happen to an incident, as its timeline says it."""

    OPENED = "opened"
    ALERT_ADDED = "alert_added"
    UPDATED = "updated"
    REPEATED = "repeated"
    SEVERITY_ESCALATED = "severity_escalated"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    NOTIFICATIONS_RESUMED = "notifications_resumed"
    PAGED = "paged"
    NO_RECIPIENT = "no_recipient"
    NOT_PAGED = "not_paged"
    UNREACHABLE = "unreachable"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    COMMENTED = "commented"
    SNOOZE_EXPIRED = "snooze_expired"
    ACKNOWLEDGEMENT_EXPIRED = "acknowledgement_expired"
    RE_TRIGGERED = "re_triggered"
    SLA_BREACHED = "sla_breached"
    RESOLVED = "resolved"
    REJECTED_ALREADY_RESOLVED = "rejected_already_resolved"
    REOPENED = "reopened"


class ReportAction(TextChoices):
    """What a sender says of an alert; ``expire``: it was not repeated in time."""

    TRIGGER = "trigger"
    UPDATE = "update"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    EXPIRE = "expire"


class ReportResult(TextChoices):
    """What a report did; delayed and suppressed ones opened an incident that pages later."""

    OPENED = "opened"
    DELAYED = "delayed"
    SUPPRESSED = "suppressed"
    APPENDED = "appended"
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    RETRY = "retry"
    IGNORED = "ignored"
