"""Incidents, and the alerts inside them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, IntegerField, OuterRef, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from incidents.choices import IncidentStatus, Priority, Resolution, Severity, Urgency
from incidents.models.people import RESPOND, User
from incidents.models.service import Service


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> Self:
        """The one place that says who may see which incident."""
        if user.has_perm("incidents.Messages_View_GlobalAccess"):
            return self
        ours = Service.objects.of_teams_of(user).values("pk")
        told = user.notifications.filter(incident__isnull=False).values("incident")
        return self.filter(Q(service__in=ours) | Q(assignee=user) | Q(pk__in=told))

    def respondable_by(self, user: User) -> Self:
        """The one place that says who may act on which incident.

        Whoever may respond, on all that they see; and whoever is paged, on that incident and in
        that paging round, unless they had a role that responds when they were paged, and lost it.
        """
        if not user.is_active:
            return self.none()
        if user.has_perm(RESPOND):
            return self.visible_to(user)
        if user.is_stakeholder:
            return self.none()
        # Only pages have a round; what tells that something is over has none.
        of_round = Cast(KT("facts__paging_round"), IntegerField())
        pages = user.notifications.annotate(of_round=of_round).filter(
            incident=OuterRef("pk"), of_round=OuterRef("paging_round")
        )
        return self.filter(Exists(pages.exclude(facts__contains={"had_role": True})))

    def unresolved(self) -> Self:
        return self.exclude(status=Incident.Status.RESOLVED)

    def unattended(self) -> Self:
        """Open, and nobody has taken it: these are the ones that page."""
        return self.filter(status=Incident.Status.OPEN, suppressed_reason="")

    def for_list(self) -> Self:
        return self.select_related("service", "assignee")


class Incident(models.Model):
    """One problem that needs a person, from its first alert to its resolution."""

    Status = IncidentStatus
    Priority = Priority
    Resolution = Resolution

    service = models.ForeignKey(Service, models.PROTECT, related_name="incidents", db_index=False)
    title = models.CharField(max_length=1024)
    description = models.TextField(blank=True)
    url = models.CharField(max_length=2048, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    urgency = models.CharField(max_length=4, choices=Urgency, default=Urgency.HIGH)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.CRITICAL)
    priority = models.CharField(max_length=2, choices=Priority, blank=True)
    source = models.CharField(max_length=1024, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_incidents",
    )
    is_test = models.BooleanField(default=False)
    # A test may be for one person alone; it closes by itself.
    test_recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
    )
    closes_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Each time that paging starts anew (reopened, woken, worse than acknowledged) this rises; a run
    # belongs to one round.
    paging_round = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    acknowledged_severity = models.CharField(max_length=8, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    # The timers of the SLA: empty where there is no target, and once it was met or missed.
    acknowledge_by = models.DateTimeField(null=True, blank=True, editable=False)
    resolve_by = models.DateTimeField(null=True, blank=True, editable=False)
    resolution = models.CharField(max_length=9, choices=Resolution, blank=True)
    # While held it pages nobody: until this time, or (without one) until something happens.
    suppressed_reason = models.CharField(max_length=300, blank=True)  # "" is not suppressed
    suppressed_until = models.DateTimeField(null=True, blank=True)  # or, of old, when it ended
    # Alerts of the same group that come before `group_until` (empty: at any time) join it.
    group_key = models.CharField(max_length=64, blank=True)
    group_until = models.DateTimeField(null=True, blank=True)
    conference_bridge = models.CharField(max_length=600, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        permissions = [
            ("Messages_View_GlobalAccess", "May see the incidents of every team"),
            ("Messages_Send_GlobalAccess", "May open incidents by hand"),
            ("respond", "May acknowledge, assign, snooze, escalate and resolve"),
        ]
        indexes = [
            models.Index(
                fields=["status", "-id"],
                name="incident_unresolved",
                condition=~Q(status="resolved"),
            ),
            models.Index(fields=["service", "-id"], name="incident_of_service"),
            models.Index(fields=["changed_at", "id"], name="incident_changed"),
            models.Index(
                fields=["resolved_at"],
                name="incident_resolved",
                condition=Q(resolved_at__isnull=False),
            ),
            models.Index(
                fields=["snoozed_until"], name="incident_on_hold", condition=Q(status="on_hold")
            ),
            models.Index(
                fields=["service", "group_key"],
                name="incident_group",
                condition=~Q(status="resolved") & ~Q(group_key=""),
            ),
            models.Index(
                fields=["id"], name="incident_suppressed", condition=~Q(suppressed_reason="")
            ),
            models.Index(
                fields=["acknowledge_by"],
                name="incident_acknowledge_by",
                condition=Q(acknowledge_by__isnull=False),
            ),
            models.Index(
                fields=["resolve_by"],
                name="incident_resolve_by",
                condition=Q(resolve_by__isnull=False),
            ),
            models.Index(
                fields=["closes_at"],
                name="incident_closes_at",
                condition=Q(closes_at__isnull=False) & ~Q(status="resolved"),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("incident", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_resolved(self) -> bool:
        return self.status == self.Status.RESOLVED

    @property
    def can_be_acknowledged(self) -> bool:
        return self.status in (self.Status.OPEN, self.Status.ON_HOLD)

    @property
    def acknowledge_due_at(self) -> datetime | None:
        """When its SLA wants it taken, or None."""
        return self.told_from and self.service.acknowledge_by(self.told_from)

    @property
    def resolve_due_at(self) -> datetime | None:
        return self.told_from and self.service.resolve_by(self.told_from)

    @property
    def told_from(self) -> datetime | None:
        """Since when people are told of it; None while it is suppressed."""
        return None if self.suppressed_reason else self.suppressed_until or self.opened_at


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> Self:
        """The alerts of the incidents that one may see."""
        if user.has_perm("incidents.Messages_View_GlobalAccess"):
            return self
        ours = Service.objects.of_teams_of(user).values("pk")
        seen = Incident.objects.visible_to(user).filter(pk=OuterRef("incident"))
        # Asked row by row: as a join it would read every incident for each page of a list.
        return self.filter(Q(service__in=ours) | Exists(seen))

    def open(self) -> "models.QuerySet[Alert]":
        return self.filter(closed_at=None)

    def expired(self, now: datetime) -> "models.QuerySet[Alert]":
        """Open, although their sender said that it would be over by now unless it is repeated."""
        return self.open().filter(expires_at__lte=now)

    def next_expiry(self) -> datetime | None:
        """When the next one expires."""
        rows = self.open().filter(expires_at__isnull=False).order_by("expires_at")
        return rows.values_list("expires_at", flat=True).first()


class Alert(models.Model):
    """One problem as its sender identifies it; repeated reports are counted, not repeated."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="alerts")
    service = models.ForeignKey(Service, models.PROTECT, related_name="alerts", db_index=False)
    key = models.CharField(max_length=64)
    dedup_key = models.TextField(blank=True)
    source = models.CharField(max_length=1024, blank=True)
    source_name = models.CharField(max_length=1024, blank=True)
    source_id = models.TextField(blank=True)
    source_status = models.CharField(max_length=1024, blank=True)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.CRITICAL)
    title = models.CharField(max_length=1024)
    # As it was first reported, once another title has taken its place.
    first_title = models.CharField(max_length=1024, blank=True, default="", db_default="")
    short_text = models.CharField(max_length=1024, blank=True)
    long_text = models.TextField(blank=True)
    url = models.CharField(max_length=2048, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    count = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    # When it came, the last few times: what "so many within so many minutes" counts.
    recent_occurrences = models.JSONField(default=list, blank=True)
    # A sender that repeats itself says until when silence means that it is still so.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Since when it waits for a repetition: the message, or the return of an engine that was away;
    # and how often it began anew since the message.
    waits_since = models.DateTimeField(null=True, blank=True)
    expiry_restarts = models.PositiveSmallIntegerField(default=0, db_default=0)
    suppressed_by = models.CharField(max_length=200, blank=True)  # a maintenance window

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "key"],
                condition=Q(closed_at=None),
                name="one_open_alert_for_one_key",
            )
        ]
        indexes = [
            models.Index(fields=["service", "key", "-id"], name="alert_of_key"),
            models.Index(
                fields=["expires_at"],
                name="alert_expires",
                condition=Q(closed_at=None, expires_at__isnull=False),
            ),
            models.Index(
                fields=["closed_at"], name="alert_closed", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["-id"], name="alert_open", condition=Q(closed_at=None)),
            models.Index(fields=["service", "-id"], name="alert_of_service"),
            models.Index(fields=["-opened_at"], name="alert_opened"),
        ]

    def __str__(self) -> str:
        return self.title
