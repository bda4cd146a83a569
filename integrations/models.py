"""The ways in, and everything that came in."""

import hashlib
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from escalation.models import Play, Policy
from incidents.models import Alert, Incident, Service, Team
from notifications.secrets import EncryptedTextField

ADMINISTER = "integrations.InboundIntegrations_GlobalAccess"


def make_token() -> str:
    """32 hexadecimal digits: the form that every routing key in use has."""
    return secrets.token_hex(16)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class IntegrationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who administers integrations sees all; others those of their services."""
        if user.has_perm(ADMINISTER):
            return self
        return self.filter(service__in=Service.objects.visible_to(user))


class Integration(models.Model):
    """One configured way in: made from a template, with rules of its own."""

    class Kind(models.TextChoices):
        API = "api", "API"
        EMAIL = "email", "Email"
        CHAT = "chat", "Chat"
        HEARTBEAT = "heartbeat", "Heartbeat"

    kind = models.CharField(max_length=9, choices=Kind, default=Kind.API, editable=False)
    template = models.CharField(max_length=60, editable=False)
    name = models.CharField(max_length=150)
    service = models.ForeignKey(
        Service, models.PROTECT, related_name="integrations", help_text="What its alerts are about."
    )
    policy = models.ForeignKey(
        Policy,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="integrations",
        verbose_name="escalation policy",
        help_text="Empty: the policy of the service.",
    )
    play = models.ForeignKey(
        Play,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="integrations",
        verbose_name="response play",
        help_text="In place of an escalation policy.",
    )
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="integrations",
        verbose_name="recipient group(s)",
        help_text="Told in addition to the policy, at its first step.",
    )
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="integrations",
        verbose_name="recipient user(s)",
        help_text="Told in addition to the policy, at its first step.",
    )
    sequence = models.PositiveSmallIntegerField(
        "integration sequence",
        default=0,
        help_text="Of several on one URL the lowest that accepts a message takes it.",
    )
    bridge = models.CharField(
        max_length=300,
        blank=True,
        help_text="A meeting URL, or a number with its code: it is on each alert.",
    )
    is_enabled = models.BooleanField(
        "enabled", default=True, help_text="Off: kept, but it takes no messages (403)."
    )
    rules = models.JSONField(default=dict, blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token = EncryptedTextField(default=make_token, editable=False)
    token_digest = models.CharField(max_length=64, db_index=True, editable=False)
    signature_provider = models.CharField(max_length=40, blank=True)
    signature_secret = EncryptedTextField(
        blank=True, help_text="Where set, unsigned messages are refused (401)."
    )
    rate_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Messages a minute; 0: no limit. Empty: the portal's default.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    lost_count = models.PositiveBigIntegerField(default=0, editable=False)
    lost_told = models.PositiveBigIntegerField(default=0, editable=False)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        ordering = ["sequence", "pk"]
        permissions = [
            ("InboundIntegrations_GlobalAccess", "May create, change and delete integrations"),
        ]
        constraints = [
            models.CheckConstraint(
                name="integration_policy_or_play",
                condition=Q(policy__isnull=True) | Q(play__isnull=True),
            )
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.token_digest = digest_of(self.token)
        fields = kwargs.get("update_fields")
        if fields is not None and "token" in fields:
            fields = [*fields, "token_digest"]
        if fields is not None:
            kwargs["update_fields"] = {*fields, "changed_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self):
        return reverse("integration", args=[self.pk])

    @property
    def url(self):
        """Where the tool posts to."""
        name = slugify(self.name) or self.template
        return f"{settings.SITE_URL}/POSTAlert/{self.token}/{name}"

    @property
    def effective_rate_limit(self):
        return settings.INBOUND_RATE_LIMIT if self.rate_limit is None else self.rate_limit


class RateWindow(models.Model):
    """The current minute of an integration; unlogged, since to forget it costs nothing."""

    integration = models.OneToOneField(
        Integration, models.CASCADE, primary_key=True, related_name="rate"
    )
    started_at = models.DateTimeField()
    hits = models.PositiveIntegerField(default=0)
    previous_hits = models.PositiveIntegerField(default=0)
    spooled_until = models.DateTimeField()
    allowed = models.BooleanField(default=True)
    rejected_since = models.DateTimeField()
    rejected = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.hits} since {self.started_at}"


class InboundMessageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """As with integrations: all, or those of one's services."""
        if user.has_perm(ADMINISTER):
            return self
        return self.filter(service__in=Service.objects.visible_to(user))

    def without_payload(self):
        return self.defer("body", "headers", "outcomes")

    def pending(self):
        return self.filter(status=InboundMessage.Status.PENDING)


class InboundMessage(models.Model):
    """One request as it came, and what became of it: a row of the Inbound Log."""

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

    integration = models.ForeignKey(
        Integration, models.SET_NULL, null=True, related_name="messages", db_index=False
    )
    service = models.ForeignKey(
        Service, models.SET_NULL, null=True, related_name="messages", db_index=False
    )
    route = models.CharField(max_length=20)
    content_type = models.CharField(max_length=200, blank=True)
    headers = models.JSONField(default=dict)
    query = models.CharField(max_length=2048, blank=True)
    body = models.BinaryField()
    body_digest = models.CharField(max_length=32)
    remote_address = models.GenericIPAddressField(null=True)
    answer = models.PositiveSmallIntegerField(default=202)
    received_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    is_test = models.BooleanField(default=False)
    replay_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="replays", db_index=False
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    action = models.CharField(max_length=12, choices=Action, blank=True)
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=1024, blank=True)
    source_name = models.CharField(max_length=1024, blank=True)
    source_id = models.TextField(blank=True)
    subject = models.CharField(max_length=1024, blank=True)
    outcomes = models.JSONField(default=list, blank=True)
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
        ]

    def __str__(self):
        return f"message {self.pk}"

    def get_absolute_url(self):
        return reverse("message", args=[self.pk])
