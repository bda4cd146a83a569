"""Outbound services: ticket systems, and others that take HTTP requests, with their methods."""

import secrets
from typing import Any, Self

from django.db import models
from django.urls import reverse

from incidents.models import Service, User
from incidents.models.people import RESPOND
from notifications.choices import BodyType, OutboundEvent, TicketCreation
from notifications.outbound import all_systems
from opsportal.lib.audit import AuditedPart
from opsportal.lib.encryption import EncryptedJSONField, unreadable_names

ADMINISTER = "notifications.OutboundIntegrations_GlobalAccess"
VERBS = [(verb, verb) for verb in ("POST", "PUT", "PATCH", "GET", "DELETE")]


def new_token() -> str:
    """The part of a webhook's address that nobody guesses."""
    return secrets.token_urlsafe(24)


def kind_choices() -> list[tuple[str, str]]:
    """What the folder of systems holds today; migrations name this function, not its answer."""
    return [(kind, found.label) for kind, found in all_systems().items()]


class OutboundServiceQuerySet(models.QuerySet["OutboundService"]):
    def visible_to(self, user: User) -> Self:
        """For those who administer them; whoever responds sees their names, to use them."""
        return self if user.has_perm(ADMINISTER) or user.has_perm(RESPOND) else self.none()

    def with_tickets(self) -> Self:
        """The ticket systems among them."""
        kinds = [kind for kind, found in all_systems().items() if found.has_tickets]
        return self.filter(kind__in=kinds)

    def without_tickets(self) -> Self:
        """Those that methods describe."""
        kinds = [kind for kind, found in all_systems().items() if not found.has_tickets]
        return self.filter(kind__in=kinds)


class OutboundService(models.Model):
    """Something outside that is told of incidents, and may answer."""

    kind = models.CharField(max_length=40, choices=kind_choices)
    name = models.CharField(
        max_length=100, unique=True, help_text="Such as: Service desk. Shown to people."
    )
    config: "models.Field[Any, Any]" = EncryptedJSONField(default=dict)
    is_enabled = models.BooleanField("enabled", default=True)
    services = models.ManyToManyField(
        Service,
        blank=True,
        related_name="outbound_services",
        help_text="What goes out by itself is of these services alone; empty: of all.",
    )
    creates = models.CharField(
        "opens a ticket for",
        max_length=8,
        choices=TicketCreation,
        default=TicketCreation.BY_HAND,
        help_text="For which incidents a ticket is opened by itself.",
    )
    resolves = models.BooleanField(
        "a ticket that is done resolves its incident", default=False, db_default=False
    )
    reopens = models.BooleanField(
        "a ticket that is opened again reopens its incident", default=False, db_default=False
    )
    acknowledges = models.BooleanField(
        "a ticket in progress acknowledges its incident", default=False, db_default=False
    )
    sends_comments = models.BooleanField(
        "comments of the incident go to the ticket", default=False, db_default=False
    )
    takes_comments = models.BooleanField(
        "comments of the ticket come to the incident", default=False, db_default=False
    )
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    # As whom the system knows the portal: what that does is no news.
    own_account = models.CharField(max_length=200, blank=True, default="", editable=False)

    objects = OutboundServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("OutboundIntegrations_GlobalAccess", "May create, change and delete outbound services")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("outbound_service", args=[self.pk])

    @property
    def unreadable_secrets(self) -> list[str]:
        """The fields that were encrypted with a key that is not known here."""
        return unreadable_names(self)


class OutboundMethodQuerySet(models.QuerySet["OutboundMethod"]):
    def visible_to(self, user: User) -> Self:
        """Those of the services that the person sees."""
        return self.filter(service__in=OutboundService.objects.visible_to(user))


class OutboundMethod(AuditedPart, models.Model):
    """One request to a service, in which placeholders are filled with what an incident is."""

    whole = "service"

    service = models.ForeignKey(OutboundService, models.CASCADE, related_name="methods")
    name = models.CharField(max_length=100, help_text="Such as: Open a case.")
    verb = models.CharField("HTTP method", max_length=6, choices=VERBS, default="POST")
    path = models.CharField(
        max_length=1000, blank=True, help_text="After the base URL, such as /cases/<ExternalId>."
    )
    body_type = models.CharField(
        "content type", max_length=40, choices=BodyType, default=BodyType.JSON
    )
    headers = models.TextField(
        blank=True, help_text="One on each line, such as X-Source: OpsPortal. No secrets."
    )
    body = models.TextField(blank=True, help_text="With placeholders, escaped for the type.")
    remember_id = models.CharField(
        "id in the answer",
        max_length=200,
        blank=True,
        help_text="Where in its JSON, such as $.result.id. It becomes <ExternalId>.",
    )
    remember_url = models.CharField(
        "link in the answer",
        max_length=200,
        blank=True,
        help_text="Where in its JSON. Shown on the incident; it becomes <ExternalUrl>.",
    )
    on_opened = models.BooleanField("when opened", default=False)
    on_acknowledged = models.BooleanField("when acknowledged", default=False)
    on_assigned = models.BooleanField("when assigned", default=False)
    on_updated = models.BooleanField("when changed", default=False)
    on_resolved = models.BooleanField("when resolved", default=False)
    on_reopened = models.BooleanField("when reopened", default=False)

    objects = OutboundMethodQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = "method"
        constraints = [
            models.UniqueConstraint(fields=["service", "name"], name="method_named_once")
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"

    @property
    def events(self) -> list[OutboundEvent]:
        """What it is sent for by itself."""
        return [event for event in OutboundEvent if getattr(self, f"on_{event.value}")]
