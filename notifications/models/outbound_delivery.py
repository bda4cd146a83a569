"""Tickets of incidents, and what is sent to outbound services: its rows are queue and log."""

import secrets
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from incidents.models import Incident, User
from notifications.choices import OutboundOperation, OutboundState, TicketState
from notifications.models.outbound import OutboundMethod, OutboundService

MARK_BYTES = 4


def new_mark() -> str:
    """What makes a ticket's marker differ from those of other portals."""
    return secrets.token_hex(MARK_BYTES)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: User) -> Self:
        """Those of the incidents that the person sees."""
        return self.filter(incident__in=Incident.objects.visible_to(user).order_by().values("pk"))


class Ticket(models.Model):
    """What an incident is in an outbound service: at most one in each.

    ``state`` is what both sides last agreed on. ``is_in_doubt``: a request to open it may have
    arrived; so it is looked for before it is asked for again.
    """

    State = TicketState

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="tickets")
    service = models.ForeignKey(OutboundService, models.CASCADE, related_name="tickets")
    external_id = models.CharField(max_length=500, blank=True, default="")
    key = models.CharField(max_length=500, blank=True, default="")
    url = models.CharField(max_length=2000, blank=True, default="")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    status = models.CharField(max_length=200, blank=True, default="")
    mark = models.CharField(max_length=20, default=new_mark, editable=False)
    is_in_doubt = models.BooleanField(default=False)
    looked_for = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "service"], name="one_ticket_in_a_service")
        ]
        indexes = [models.Index(fields=["service", "external_id"], name="ticket_by_external_id")]

    def __str__(self) -> str:
        return f"{self.service} {self.key}".strip()

    @property
    def via(self) -> str:
        """How the timeline names it as the cause of a line."""
        return str(self)[:200]

    @property
    def marker(self) -> str:
        """The text in it by which it is found again."""
        return f"opsportal-{self.incident_id}-{self.mark}"


class OutboundDeliveryQuerySet(models.QuerySet["OutboundDelivery"]):
    def visible_to(self, user: User) -> Self:
        """Those of the incidents that the person sees."""
        return self.filter(incident__in=Incident.objects.visible_to(user).order_by().values("pk"))


class OutboundDelivery(models.Model):
    """Something that is to be done at a service; one after another for one incident.

    A worker that sends it holds it until ``leased_until``. ``key`` makes what is asked for twice
    one row; ``delivery_id`` is the same where it is sent again.
    """

    Operation, State = OutboundOperation, OutboundState

    service = models.ForeignKey(OutboundService, models.CASCADE, related_name="deliveries")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="outbound_deliveries")
    operation = models.CharField(max_length=8, choices=Operation)
    method = models.ForeignKey(OutboundMethod, models.SET_NULL, null=True, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, related_name="deliveries")
    name = models.CharField(max_length=120)
    text = models.TextField(blank=True, default="")
    key = models.CharField(max_length=100, unique=True)
    delivery_id = models.UUIDField(default=uuid.uuid4)
    is_redelivery = models.BooleanField(default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    via = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    objects = OutboundDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "outbound deliveries"
        indexes = [
            models.Index(
                fields=["service", "incident", "id"],
                name="outbound_waiting",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=["created_at"], name="outbound_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"


class OutboundExchange(models.Model):
    """One request of a delivery and its answer, without secrets; ``status`` 0: no answer came."""

    delivery = models.ForeignKey(OutboundDelivery, models.CASCADE, related_name="exchanges")
    at = models.DateTimeField(default=timezone.now)
    request = models.TextField()
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.delivery} {self.status}"
