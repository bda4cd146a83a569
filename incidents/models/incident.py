"""Incidents."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, IntegerField, OuterRef, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone

from incidents.choices import (
    IncidentStatus,
    Priority,
    Resolution,
    Severity,
    SlaState,
    Urgency,
)
from incidents.models.people import RESPOND, User
from incidents.models.service import Service
from incidents.models.teams import Team
from incidents.report import LOW_URGENCY


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> Self:
        """The one place that says who may see which incident."""
        if user.has_perm("incidents.Messages_View_GlobalAccess"):
            return self
        ours = Service.objects.of_teams_of(user).values("pk")
        told = user.notifications.filter(incident__isnull=False, is_announcement=False)
        answering = Q(assignee=user) | Q(team__in=user.teams.values("pk"))
        answering |= Q(pk__in=told.values("incident"))
        answering |= Q(pk__in=user.watched_incidents.values("incident"))
        return self.filter(Q(service__in=ours, is_private=False) | answering)

    def hidden_from(self, user: User) -> Self:
        """The private ones that the person may not see: what belongs to one is hidden as well."""
        private = self.filter(is_private=True)
        if user.has_perm("incidents.Messages_View_GlobalAccess"):
            return private.none()
        return private.exclude(pk__in=private.visible_to(user).values("pk"))

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

    def counted(self, reader: User | None = None) -> Self:
        """Without the tests that are for one person alone, unless that is the reader: nobody else
        has anything to do with them."""
        common = Q(test_recipient=None)
        return self.filter(common | Q(test_recipient=reader) if reader else common)

    def unattended(self) -> Self:
        """Open, and nobody has taken it: these are the ones that page."""
        return self.filter(status=Incident.Status.OPEN, suppressed_reason="")

    def for_list(self) -> Self:
        return self.select_related("service", "assignee", "team")


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
    # Chosen by a person: the rules of the service leave it alone.
    is_urgency_fixed = models.BooleanField(default=False, db_default=False, editable=False)
    # When low urgency becomes high, where it is still open then.
    raise_urgency_at = models.DateTimeField(null=True, blank=True, editable=False)
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
    # A team that it was given to, beside the one of its service.
    team = models.ForeignKey(
        Team,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_incidents",
    )
    # Seen by who responds to it, its team, its watchers, and who sees everything.
    is_private = models.BooleanField(default=False, db_default=False)
    tags = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    # Values by the keys of custom fields.
    custom_fields = models.JSONField(
        default=dict, blank=True, db_default=Value({}, models.JSONField())
    )
    topics: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Topic", blank=True, related_name="incidents"
    )
    is_test = models.BooleanField(default=False)
    # A test may be for one person alone; it closes by itself, as what its service resolves does.
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
    # When a person last did something to it: an acknowledgement that is worked on does not expire.
    active_at = models.DateTimeField(null=True, blank=True, editable=False)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    # The timers of the SLA: empty where there is no target, and once it was met or missed.
    acknowledge_by = models.DateTimeField(null=True, blank=True, editable=False)
    resolve_by = models.DateTimeField(null=True, blank=True, editable=False)
    # Its targets, as they were when it opened, and what they are for it (`incidents.sla_clock`).
    sla_rows = models.JSONField(default=list, db_default=[], editable=False)
    acknowledge_target_minutes = models.PositiveIntegerField(null=True, blank=True, editable=False)
    resolve_target_minutes = models.PositiveIntegerField(null=True, blank=True, editable=False)
    acknowledge_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolve_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    acknowledge_breached_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolve_breached_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolve_remaining_s = models.PositiveIntegerField(null=True, blank=True, editable=False)
    sla_state = models.CharField(
        max_length=8, choices=SlaState, blank=True, default="", db_default="", editable=False
    )
    sla_warn_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The warnings that were given in this round, by their number at the service.
    sla_warned = models.JSONField(default=list, db_default=[], editable=False)
    # Since when it is on hold, and for how long it was before.
    held_since = models.DateTimeField(null=True, blank=True, editable=False)
    held_s = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # The incident that it became a part of.
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", editable=False
    )
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
            (
                "Export_GlobalAccess",
                "May export the incidents they see, and reports of imports",
            ),
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
            models.Index(fields=["id"], name="incident_private", condition=Q(is_private=True)),
            GinIndex(
                fields=["tags", "custom_fields"],
                name="incident_labels",
                opclasses=["jsonb_path_ops", "jsonb_path_ops"],
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
                fields=["sla_warn_at"],
                name="incident_sla_warn_at",
                condition=Q(sla_warn_at__isnull=False),
            ),
            models.Index(
                fields=["raise_urgency_at"],
                name="incident_raise_urgency_at",
                condition=Q(raise_urgency_at__isnull=False),
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
    def waits_for_hours(self) -> bool:
        """Whether nobody is told of it because of its low urgency, until support hours begin."""
        return self.suppressed_reason.startswith(LOW_URGENCY)

    @property
    def told_from(self) -> datetime | None:
        """Since when people are told of it; None while it is suppressed."""
        return None if self.suppressed_reason else self.suppressed_until or self.opened_at
