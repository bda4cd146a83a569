"""Runs of incidents through policies and plays."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from escalation.choices import RunCause, RunState, StopsWhen
from escalation.models.plays import Play
from escalation.models.policies import Policy
from escalation.plans.plan import Cursor, Plan
from incidents.models import Incident


class RunQuerySet(models.QuerySet["Run"]):
    def active(self) -> Self:
        return self.filter(finished_at=None)

    def due(self, now: datetime) -> Self:
        return self.filter(next_step_at__lte=now)


class Run(models.Model):
    """One paging round of an incident through a policy or play; the row is also its timer."""

    State = RunState

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="runs")
    paging_round = models.PositiveIntegerField(default=1)
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, blank=True, related_name="runs")
    play = models.ForeignKey(Play, models.SET_NULL, null=True, blank=True, related_name="runs")
    cause = models.CharField(
        max_length=8, choices=RunCause, default=RunCause.RULE, db_default=RunCause.RULE
    )
    # The steps as they were when the run began (escalation/plans/plan.py): an edit of the policy
    # moves the next incident, never one that is being paged. The columns below are copies for
    # queries.
    plan_json = models.JSONField(db_column="plan", default=dict)
    stops_when = models.CharField(max_length=11, choices=StopsWhen, default=StopsWhen.ACKNOWLEDGE)
    acknowledgement_expires_minutes = models.PositiveIntegerField(null=True, blank=True)
    low_urgency_expires = models.BooleanField(default=True, db_default=True)
    state = models.CharField(max_length=10, choices=State, default=State.ESCALATING)
    position = models.PositiveSmallIntegerField(default=0)
    repeat = models.PositiveSmallIntegerField(default=0)
    retry = models.PositiveSmallIntegerField(default=0)
    step_started_at = models.DateTimeField(default=timezone.now)
    next_step_at = models.DateTimeField(null=True, blank=True)
    # The page key of the notifications that its last step sent, once one reached somebody.
    last_page_key = models.CharField(max_length=80, blank=True)
    # Until then no other task is made of its step. Without an index: it changes with each step.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)
    # Whom the round robins of its steps chose: {"<round robin>:<step>": {"entry", "repeat"}}.
    turns = models.JSONField(default=dict, db_default={}, editable=False)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "paging_round"], name="one_run_for_one_paging_round"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_step_at"],
                name="run_due",
                condition=Q(next_step_at__isnull=False),
            ),
            # Few rest, and many step: those that rest are not to be looked for among all.
            models.Index(
                fields=["next_step_at"],
                name="run_resting_due",
                condition=Q(next_step_at__isnull=False, state__in=["paused", "suppressed"]),
            ),
            models.Index(fields=["id"], name="run_active", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"run {self.paging_round} of incident #{self.incident_id}"

    @property
    def plan(self) -> Plan:
        """What it will do. Raises UnsupportedPlan."""
        if self._plan is None:
            self._plan = Plan.from_json(self.plan_json)
        return self._plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        self._plan, self.plan_json = plan, plan.to_json()
        self.stops_when = plan.stops_when
        self.acknowledgement_expires_minutes = plan.acknowledgement_expires_minutes
        self.low_urgency_expires = plan.low_urgency_expires

    _plan: Plan | None = None

    @property
    def cursor(self) -> Cursor:
        """Where in its plan it stands."""
        return Cursor(self.repeat, self.position, self.retry)

    @cursor.setter
    def cursor(self, cursor: Cursor) -> None:
        self.repeat, self.position, self.retry = cursor.repeat, cursor.position, cursor.retry
