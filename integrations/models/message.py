"""The inbound log."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from incidents.models import Alert, Incident, Service, User
from integrations.models.event_result import EventResult
from integrations.models.integration import ADMINISTER, Integration


class InboundMessageQuerySet(models.QuerySet["InboundMessage"]):
    def visible_to(self, user: User) -> Self:
        """As with integrations: all, or those of one's services."""
        if user.has_perm(ADMINISTER):
            return self
        rows = self.filter(service__in=Service.objects.visible_to(user))
        return rows.exclude(incident__in=Incident.objects.hidden_from(user).values("pk"))

    def without_payload(self) -> Self:
        return self.defer("body", "headers", "results")

    def pending(self) -> Self:
        return self.filter(status=InboundMessage.Status.PENDING)


class InboundMessage(models.Model):
    """One request as it came, and what became of it: a row of the Inbound Log.

    A new column needs a default and a ``db_default``; `integrations.inbound.log` writes it then.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        MAPPED = "mapped", "Mapped"
        APPENDED = "appended", "Mapped Appended"
        IGNORED = "ignored", "Mapped Ignored"
        FAILED = "failed", "Mapping Failed"
        REJECTED = "rejected", "Rejected"

    class Action(models.TextChoices):
        OPENED = "opened"
        UPDATED = "updated"
        ACKNOWLEDGED = "acknowledged"
        CLOSED = "closed"
        RETRY = "retry"
        SUPPRESSED = "suppressed"
        DELAYED = "delayed"
        PING = "ping"
        CHANGED = "changed"

    class TestAudience(models.TextChoices):
        """Whom a test notifies; empty for what is no test of an integration."""

        LOG = "log", "Log only"
        ME = "me", "Tell only me"
        EVERYONE = "everyone", "Page for real"

    integration = models.ForeignKey(
        Integration, models.SET_NULL, null=True, related_name="messages", db_index=False
    )
    service = models.ForeignKey(
        Service, models.SET_NULL, null=True, related_name="messages", db_index=False
    )
    route = models.CharField(max_length=20)
    content_type = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict)
    query = models.TextField(blank=True)
    body = models.BinaryField()
    is_body_pruned = models.BooleanField(default=False, db_default=False)
    body_digest = models.CharField(max_length=32)
    # Of what its signature is about; empty where replays are not looked for.
    signed_digest = models.CharField(max_length=32, blank=True, default="", db_default="")
    remote_address = models.GenericIPAddressField(null=True)
    answer = models.PositiveSmallIntegerField(default=202)
    received_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    # Tries that failed, and the one that has begun (`integrations.engine.tries`).
    attempts = models.PositiveSmallIntegerField(default=0)
    # Of a large message, how many of its events are done: the next slice goes on there.
    events_done = models.PositiveIntegerField(default=0, db_default=0)
    is_test = models.BooleanField(default=False)
    test_audience = models.CharField(
        max_length=8, choices=TestAudience, blank=True, default="", db_default=""
    )
    test_user = models.ForeignKey(  # who asked for the test
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    replay_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="replays",
        db_index=False,
        db_constraint=False,  # Else each row that is pruned would be looked for in all others.
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    action = models.CharField(max_length=12, choices=Action, blank=True)
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=1024, blank=True)
    source_name = models.CharField(max_length=1024, blank=True)
    source_id = models.TextField(blank=True)
    subject = models.CharField(max_length=1024, blank=True)
    results = models.JSONField(default=list, blank=True)
    alert = models.ForeignKey(
        Alert, models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False
    )
    incident = models.ForeignKey(
        Incident, models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False
    )

    objects = InboundMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["integration", "id"],
                name="message_pending",
                condition=Q(status="pending"),
            ),
            models.Index(fields=["integration", "-id"], name="message_of_integration"),
            models.Index(fields=["-received_at"], name="message_received"),
            models.Index(
                fields=["status", "-id"],
                name="message_bad",
                condition=Q(status__in=["failed", "rejected"]),
            ),
            models.Index(
                fields=["integration", "body_digest", "-id"],
                name="message_refused_429",
                condition=Q(answer=429),
            ),
            models.Index(
                fields=["incident", "id"],
                name="message_of_incident",
                condition=Q(incident__isnull=False),
            ),
            models.Index(
                fields=["alert", "id"], name="message_of_alert", condition=Q(alert__isnull=False)
            ),
            models.Index(
                fields=["signed_digest", "id"],
                name="message_signed",
                condition=~Q(signed_digest=""),
            ),
            models.Index(
                fields=["body_digest", "id"], name="message_of_mail", condition=Q(route="mail")
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("message", args=[self.pk])

    @property
    def event_results(self) -> list[EventResult]:
        """What came of each of its events, at most the first 200."""
        rows = self.results if isinstance(self.results, list) else []
        return [EventResult.from_json(row) for row in rows if isinstance(row, dict)]
