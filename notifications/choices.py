"""The vocabularies of notifications, one for each column that holds a word."""

from django.db.models import TextChoices


class NotificationEvent(TextChoices):
    """Of what a message tells; also the ``event`` of outgoing webhooks."""

    TRIGGERED = "incident.triggered"
    ACKNOWLEDGED = "incident.acknowledged"
    RESOLVED = "incident.resolved"
    MERGED = "incident.merged"
    UPDATED = "incident.updated"
    REOPENED = "incident.reopened"
    SLA_WARNING = "incident.sla_warning"
    SLA_BREACHED = "incident.sla_breached"
    WORKFLOW = "incident.workflow"
    NOTICE = "notice"  # Of something that is no incident.
    TEST = "test"
    VERIFICATION = "verification"


class TemplateKind(TextChoices):
    """Messages of which shape a template writes."""

    MAIL = "mail", "Email"
    SHORT = "short", "Text message"
    PUSH = "push", "Push"
    CHAT = "chat", "Chat"
    VOICE = "voice", "Voice call"


class TemplateOccasion(TextChoices):
    """Of what the message tells that a template writes."""

    PAGE = "page", "Page"
    UPDATE = "update", "Update"
    RESOLVED = "resolved", "Resolved"
    SLA = "sla", "SLA"


class NotificationState(TextChoices):
    """Where a notification stands."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPERSEDED = "superseded", "Superseded"


class AttemptOutcome(TextChoices):
    """What is known of one try to send."""

    STARTED = "started", "No answer known"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed", "Failed, to be tried again"


class ReceiptState(TextChoices):
    """What a provider says of a message after it was accepted; in the order in which it happens.

    ``failed`` comes after any of the others but ``delivered`` and ``read``.
    """

    SENT = "sent", "Handed on"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed", "Not delivered"


class ChatRequestKind(TextChoices):
    """What somebody asks the app of a chat for, beside pressing the buttons of a message."""

    COMMAND = "command"
    SHORTCUT = "shortcut"
    DIALOG = "dialog"  # a button that opens one
    SUBMISSION = "submission"  # of a dialog
    SUGGESTION = "suggestion", "Choices for a field"
    LINKS = "links", "Links that were posted"


class Answer(TextChoices):
    """What people may do by an answer to a message."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign", "Take it"
    ESCALATE = "escalate"
    RESOLVE = "resolve"
    SNOOZE = "snooze"


class ChannelKind(TextChoices):
    """Channels that are allowed the same answers."""

    PHONE = "phone"
    SMS = "sms", "SMS"
    EMAIL = "email", "Email"
    CHAT = "chat"
    PUSH = "push"


class OutboundOperation(TextChoices):
    """What a delivery to an outbound service does there."""

    CALL = "call", "Call"
    CREATE = "create", "Open the ticket"
    STATUS = "status", "Set its status"
    COMMENT = "comment", "Comment on it"


class OutboundState(TextChoices):
    """Where a delivery to an outbound service stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded", "Not needed any more"


class TicketState(TextChoices):
    """Where a ticket stands, whatever its system calls that."""

    OPEN = "open"
    IN_PROGRESS = "in_progress", "In progress"
    DONE = "done"


class TicketCreation(TextChoices):
    """For which incidents a ticket is opened without anybody asking for it."""

    BY_HAND = "by_hand", "None: by hand, and by workflows"
    HIGH = "high", "Those of high urgency"
    ALL = "all", "All incidents"


class OutboundEvent(TextChoices):
    """Of what an outbound service can be told by itself."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    UPDATED = "updated"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class BodyType(TextChoices):
    """What the body of a request is, which decides how values in it are escaped."""

    JSON = "application/json", "JSON"
    FORM = "application/x-www-form-urlencoded", "Form"
    XML = "application/xml", "XML"
    TEXT = "text/plain", "Text"


class ReportKind(TextChoices):
    """What a report on a status page is about."""

    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class ReportState(TextChoices):
    """Where a report on a status page stands; the last four are those of a maintenance."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress", "In progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


class ReportImpact(TextChoices):
    """How much visitors notice, the least first."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class ComponentStatus(TextChoices):
    """How a component of a status page is, the best first."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance", "Under maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance", "Degraded performance"
    PARTIAL_OUTAGE = "partial_outage", "Partial outage"
    MAJOR_OUTAGE = "major_outage", "Major outage"

    @property
    def rank(self) -> int:
        """0 is the best."""
        return list(ComponentStatus).index(self)
