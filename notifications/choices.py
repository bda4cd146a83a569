"""The vocabularies of notifications, one for each column that holds a word."""

from django.db.models import TextChoices


class NotificationEvent(TextChoices):
    """Of what a message tells; also the ``event`` of outgoing webhooks."""

    TRIGGERED = "incident.triggered"
    ACKNOWLEDGED = "incident.acknowledged"
    RESOLVED = "incident.resolved"
    REOPENED = "incident.reopened"
    SLA_BREACHED = "incident.sla_breached"
    TEST = "test"
    VERIFICATION = "verification"


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
