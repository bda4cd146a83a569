"""Integrations: configured endpoints that tools report to."""

import hashlib
import secrets
import uuid
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from escalation.models import Play, Policy
from incidents.models import ConferenceBridge, Service, Team, User
from integrations.catalog import all_templates
from integrations.signatures import needs_secret
from opsportal.lib.encryption import (
    UNREADABLE_TEXT,
    EncryptedTextField,
    readable,
    stored_value,
    unreadable_names,
)

ADMINISTER = "integrations.InboundIntegrations_GlobalAccess"


def make_token() -> str:
    """32 hexadecimal digits: the form that every routing key in use has."""
    return secrets.token_hex(16)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def visible_to(self, user: User) -> Self:
        """Who administers integrations sees all; others those of their services."""
        if user.has_perm(ADMINISTER):
            return self
        return self.filter(service__in=Service.objects.visible_to(user))

    def beside(self, rows: Self) -> Self:
        """Those on the same URL, or on the same mailbox; the rows themselves among them."""
        mailboxes = rows.filter(kind=Integration.Kind.EMAIL).exclude(mailbox="")
        return self.filter(
            Q(token_digest__in=rows.values("token_digest"))
            | Q(kind=Integration.Kind.EMAIL, mailbox__in=mailboxes.values("mailbox"))
        )


class Integration(models.Model):
    """One configured endpoint: made from a template, with rules of its own."""

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
    conference_bridge = models.ForeignKey(
        ConferenceBridge,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="integrations",
        help_text="A conference to meet in: it is copied onto each incident.",
    )
    is_enabled = models.BooleanField(
        "enabled", default=True, help_text="Off: kept, but it takes no messages (403)."
    )
    refuses_replays = models.BooleanField(
        "refuse replays",
        default=True,
        db_default=True,
        help_text="A signed message that came before, within a day, opens nothing any more once "
        "its alert has closed. Off: for a tool whose next alert is the same to the byte.",
    )
    rules = models.JSONField(default=dict, blank=True)
    # What becomes of its alerts once they are understood: integrations/routing/routing.py.
    routing = models.JSONField(default=dict, blank=True)
    # For the channel Email: the local part of the address; several may share it.
    mailbox = models.CharField(max_length=64, blank=True, db_index=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token = EncryptedTextField(default=make_token, editable=False)
    token_digest = models.CharField(max_length=64, db_index=True, editable=False)
    signature_provider = models.CharField(max_length=40, blank=True)
    signature_secret = EncryptedTextField(
        blank=True, help_text="Where set, unsigned messages are refused (401)."
    )
    # How the provider "custom" signs: integrations/signatures/custom.py.
    signature_form = models.JSONField(default=dict, blank=True)
    # Access control beside the token: networks (CIDR) and credentials. Empty: not required.
    allowed_networks = models.JSONField(default=list, blank=True)
    basic_user = models.CharField(max_length=150, blank=True)
    basic_password = EncryptedTextField(blank=True)
    bearer_token = EncryptedTextField(blank=True)
    # For the channel Chat: the app of Microsoft Teams whose actions on messages are taken.
    chat_app_id = models.CharField(max_length=64, blank=True)
    rate_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Messages a minute; 0: no limit. Empty: the portal's default.",
    )
    # The old pager, which gets what is posted here as it came (`integrations.forwarding`).
    forward_address = EncryptedTextField(blank=True, default="", db_default="")
    forward_key = EncryptedTextField(blank=True, default="", db_default="")
    forward_since = models.DateTimeField(null=True, blank=True)
    forward_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    dropped_count = models.PositiveBigIntegerField(default=0, editable=False)
    dropped_reported = models.PositiveBigIntegerField(default=0, editable=False)
    # Messages that could not be read; when the last came, None once a later one was read; when an
    # incident last said so (`integrations.engine.unreadable`).
    unreadable_count = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    unreadable_at = models.DateTimeField(null=True, editable=False)
    unreadable_told_at = models.DateTimeField(null=True, editable=False)

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

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not stored_value(self, "token"):  # Else the digest is all that still finds it.
            self.token_digest = digest_of(self.token)
        fields = kwargs.get("update_fields")
        if fields is not None and "token" in fields:
            fields = [*fields, "token_digest"]
        if fields is not None:
            kwargs["update_fields"] = {*fields, "changed_at"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("integration", args=[self.pk])

    @property
    def shown_token(self) -> str:
        """The token, or a text that says that it cannot be read."""
        return str(readable(self, "token", UNREADABLE_TEXT))

    @property
    def url(self) -> str:
        """Where the tool posts to; a text that says so where the token cannot be read."""
        if stored_value(self, "token"):
            return UNREADABLE_TEXT
        template = all_templates().get(self.template)
        if template and template.address:
            return settings.SITE_URL + template.address.format(token=self.token)
        name = slugify(self.name) or self.template
        return f"{settings.SITE_URL}/POSTAlert/{self.token}/{name}"

    @property
    def unreadable_secrets(self) -> list[str]:
        """The fields that were encrypted with a key that is not known here."""
        return unreadable_names(self)

    @property
    def has_token_in_url(self) -> bool:
        """Whether the URL alone lets a sender in."""
        return self.shown_token in self.url

    @property
    def needs_key(self) -> bool:
        """Whether the tool is given the token by itself."""
        template = all_templates().get(self.template)
        return not self.has_token_in_url or bool(template and "{{ key }}" in template.setup)

    @property
    def is_signed(self) -> bool:
        """Whether unsigned messages are refused."""
        return self.has_signature_secret or not needs_secret(self.signature_provider)

    @property
    def has_signature_secret(self) -> bool:
        """Whether there is one, readable or not."""
        return bool(readable(self, "signature_secret", UNREADABLE_TEXT))

    @property
    def has_basic_password(self) -> bool:
        return bool(readable(self, "basic_password", UNREADABLE_TEXT))

    @property
    def has_bearer_token(self) -> bool:
        return bool(readable(self, "bearer_token", UNREADABLE_TEXT))

    @property
    def has_forward_key(self) -> bool:
        return bool(readable(self, "forward_key", UNREADABLE_TEXT))

    @property
    def forward_host(self) -> str:
        """Host and port of the old pager; '' without. The rest of its address may be a secret."""
        netloc: str = urlsplit(readable(self, "forward_address", "")).netloc
        return netloc.rpartition("@")[2]

    @property
    def address(self) -> str:
        """Where the tool mails to, where it does; '' for other channels."""
        if self.kind != self.Kind.EMAIL or not self.mailbox:
            return ""
        return f"{self.mailbox}@{settings.INBOUND_MAIL_DOMAIN}"

    @property
    def effective_rate_limit(self) -> int:
        return settings.INBOUND_RATE_LIMIT if self.rate_limit is None else self.rate_limit


class RateWindow(models.Model):
    """The current minute of an integration; unlogged, since to forget it costs nothing."""

    integration = models.OneToOneField(
        Integration, models.CASCADE, primary_key=True, related_name="rate"
    )
    started_at = models.DateTimeField()
    hits = models.PositiveIntegerField(default=0)
    previous_hits = models.PositiveIntegerField(default=0)
    backlog_until = models.DateTimeField()
    allowed = models.BooleanField(default=True)
    rejected_since = models.DateTimeField()
    rejected = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.hits} since {self.started_at}"
