"""Live call routing: numbers that ring whoever is on call, and the calls that came in."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from escalation.choices import CallState
from escalation.models.policies import Policy
from escalation.models.schedules import Schedule
from incidents.models import Incident, Service, User
from notifications.models import Provider
from notifications.models.provider import CHANGE, new_token

MIN_RING_S, MAX_RING_S, RING_S = 10, 60, 20
GREETING = gettext_noop("Thank you for calling. Please hold while we look for whoever is on call.")


class CallRouteQuerySet(models.QuerySet["CallRoute"]):
    def visible_to(self, user: User) -> Self:
        """For those who may change accounts at providers."""
        return self if user.has_perm(CHANGE) else self.none()


class CallRoute(models.Model):
    """A number that people dial: it rings who is on call, one after another, or takes a message."""

    name = models.CharField(max_length=150, unique=True, help_text="Such as: Emergency line.")
    provider = models.ForeignKey(
        Provider,
        models.PROTECT,
        related_name="call_routes",
        limit_choices_to={"channel": "voice", "kind__in": ["twilio", "vonage"]},
        help_text="The account for voice calls that the number belongs to.",
    )
    number = models.CharField(
        max_length=16,
        validators=[RegexValidator(r"^\+[1-9]\d{6,14}$", "Enter + and the country first.")],
        help_text="The number that people dial, with + and country. It calls who is on call, too.",
    )
    schedule = models.ForeignKey(
        Schedule,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="call_routes",
        help_text="Whoever is on call in it is rung, in their order. Choose this or a policy.",
    )
    policy = models.ForeignKey(
        Policy,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="call_routes",
        help_text="Whom its steps tell is rung, step after step, without its waits.",
    )
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        related_name="call_routes",
        help_text="Each call opens an incident on it, which pages by its policy if nobody accepts.",
    )
    greeting = models.CharField(
        max_length=300, default=GREETING, help_text="What is read to the caller first."
    )
    ring_seconds = models.PositiveSmallIntegerField(
        default=RING_S,
        validators=[MinValueValidator(MIN_RING_S), MaxValueValidator(MAX_RING_S)],
        help_text=f"How long each person is rung, {MIN_RING_S} to {MAX_RING_S} seconds. A mailbox "
        "that answers takes no call: it presses no key.",
    )
    is_enabled = models.BooleanField("enabled", default=True)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    refused_count = models.PositiveIntegerField(default=0, editable=False)

    objects = CallRouteQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="call_route_has_a_schedule_or_a_policy",
                condition=Q(schedule__isnull=False, policy__isnull=True)
                | Q(schedule__isnull=True, policy__isnull=False),
                violation_error_message="Choose a schedule or a policy, and not both.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """Where the provider asks what to do with a call."""
        return f"{settings.SITE_URL}/calls/{self.token}/"

    @property
    def event_url(self) -> str:
        """Where the provider reports of calls that came in, where it has one address for that."""
        return f"{self.url}events/"


class IncomingCall(models.Model):
    """A call that came in. ``ladder``: [person, contact method] of each who is rung, in order;
    ``position``: how many of them were; ``due_at``: when the scheduler goes on by itself."""

    route = models.ForeignKey(CallRoute, models.CASCADE, related_name="calls")
    call_id = models.CharField(max_length=100)
    caller = models.CharField(max_length=20, blank=True)
    incident = models.ForeignKey(
        Incident, models.SET_NULL, null=True, related_name="incoming_calls"
    )
    state = models.CharField(max_length=8, choices=CallState, default=CallState.RINGING)
    ladder: "models.Field[Any, Any]" = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)
    leg_id = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    recording_url = models.CharField(max_length=500, blank=True)
    recording_s = models.PositiveIntegerField(default=0)
    transcript = models.TextField(blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["route", "call_id"], name="one_row_for_each_call")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="incoming_call_due", condition=~Q(due_at=None)),
            models.Index(fields=["started_at"], name="incoming_call_started"),
        ]

    def __str__(self) -> str:
        return f"Call from {self.caller or 'a withheld number'}"

    @property
    def room(self) -> str:
        """Where the caller waits, at the provider."""
        return f"opsportal-call-{self.pk}"

    def leg_url(self, number: int) -> str:
        """Where the provider reports of the call to the person at a place of the ladder."""
        return f"{self.route.url}{self.pk}/legs/{number}/"
