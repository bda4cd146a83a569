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


class UrgencyRule(TextChoices):
    """How the urgency of a new incident is found."""

    BY_SEVERITY = "by_severity", "by its severity"
    HIGH = "high", "always high"
    LOW = "low", "always low"
    BY_HOURS = "by_hours", "by the support hours"


class SlaState(TextChoices):
    """Whether an incident is within its service level."""

    NONE = "", "No target"
    WITHIN = "within", "Within SLA"
    AT_RISK = "at_risk", "At risk"
    BREACHED = "breached", "SLA missed"


class SlaClock(TextChoices):
    """When the clocks of a service level run."""

    ALWAYS = "always", "always"
    SUPPORT_HOURS = "support_hours", "within support hours"


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
    MERGED = "merged"  # It goes on as a part of another.


class RequestAnswer(TextChoices):
    """What somebody said who was asked to respond."""

    PENDING = "pending", "not answered"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class FieldKind(TextChoices):
    """What a custom field holds."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice", "One of several"
    DATE = "date"
    LINK = "link"


class LinkKind(TextChoices):
    """How an incident has to do with another; it has no effect."""

    RELATED = "related", "related to"
    CAUSED_BY = "caused_by", "caused by"
    DUPLICATE = "duplicate", "a duplicate of"


class TimelineVerb(TextChoices):
    """What can happen to an incident, as its timeline says it."""

    OPENED = "opened"
    ALERT_ADDED = "alert_added"
    UPDATED = "updated"
    REPEATED = "repeated"
    SEVERITY_ESCALATED = "severity_escalated"
    URGENCY_CHANGED = "urgency_changed"
    WAITS_FOR_HOURS = "waits_for_hours"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    NOTIFICATIONS_RESUMED = "notifications_resumed"
    PAGED = "paged"
    NO_RECIPIENT = "no_recipient"
    STEP_SKIPPED = "step_skipped"
    NOT_PAGED = "not_paged"
    UNREACHABLE = "unreachable"
    CALLED = "called"
    ESCALATED = "escalated"
    PROMOTED = "promoted"
    PLAY_RUN = "play_run"
    RESPONDER_ANSWERED = "responder_answered"
    WATCHER_ADDED = "watcher_added"
    TOPIC_ADDED = "topic_added"
    ACKNOWLEDGED = "acknowledged"
    ACKNOWLEDGED_IN_PART = "acknowledged_in_part"
    ASSIGNED = "assigned"
    EDITED = "edited"
    SNOOZED = "snoozed"
    COMMENTED = "commented"
    SNOOZE_EXPIRED = "snooze_expired"
    ACKNOWLEDGEMENT_EXPIRED = "acknowledgement_expired"
    RE_TRIGGERED = "re_triggered"
    WORKFLOW_RAN = "workflow_ran"
    SLA_WARNING = "sla_warning"
    SLA_BREACHED = "sla_breached"
    RESOLVED = "resolved"
    MERGED = "merged"
    MERGE_UNDONE = "merge_undone"
    SPLIT = "split"
    LINKED = "linked"
    UNLINKED = "unlinked"
    TICKET_OPENED = "ticket_opened"
    TICKET_UPDATED = "ticket_updated"
    OUTBOUND_CALLED = "outbound_called"
    OUTBOUND_FAILED = "outbound_failed"
    MADE_PUBLIC = "made_public"
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
