"""Workflows, their conditions and actions, and their runs, whose rows are also their timers."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.choices import (
    ActionKind,
    ConditionField,
    ConditionOperator,
    Trigger,
    WorkflowKind,
    WorkflowOrigin,
    WorkflowState,
)
from escalation.models.plays import Play
from escalation.models.policies import Policy
from incidents.models import Alert, Incident, Service, TimelineEntry, User
from notifications.models import Notification, OutboundMethod, OutboundService, SharedChannel
from opsportal.lib.audit import AuditedPart

MAX_MINUTES = 30 * 24 * 60
MIN_REPEAT = 3  # minutes: more often would be more than twenty times an hour
TIMED = {
    Trigger.AFTER_OPENING,
    Trigger.BEFORE_SLA,
    Trigger.AFTER_SLA,
    Trigger.AFTER_ACKNOWLEDGEMENT,
    Trigger.WITHOUT_ACTIVITY,
    Trigger.UNANSWERED,
}


def check_repeat(minutes: int) -> None:
    """Raises ValidationError for a repetition that would come too often."""
    if 0 < minutes < MIN_REPEAT:
        raise ValidationError(f"Write 0 for once, or at least {MIN_REPEAT} minutes.")


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def visible_to(self, user: User) -> Self:
        """Those with the entitlement to see them."""
        may = user.has_perm("escalation.Workflows_View")
        return self if may or user.has_perm("escalation.Workflows_Update") else self.none()

    def enabled(self) -> Self:
        """Those that run, with all that decides whether they do."""
        return self.filter(is_enabled=True).prefetch_related("conditions", "services", "policies")


class Workflow(models.Model):
    """Actions that are taken when something happens to an incident and all conditions hold."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    is_enabled = models.BooleanField(
        "enabled", default=False, help_text="Needs something that starts it, and an action."
    )
    # Incidents that opened before are none of its business.
    enabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    trigger = models.CharField(
        "starts when", max_length=21, choices=Trigger, default=Trigger.STATUS
    )
    minutes = models.PositiveIntegerField(
        default=0,
        validators=[MaxValueValidator(MAX_MINUTES)],
        help_text="Where it is started by a time.",
    )
    matches_all = models.BooleanField(
        "all conditions have to hold", default=True, help_text="Else any of them is enough."
    )
    repeat_minutes = models.PositiveIntegerField(
        "again every (minutes)",
        default=0,
        validators=[check_repeat, MaxValueValidator(MAX_MINUTES)],
        help_text="While its conditions hold, and until one that stops it does. 0: once.",
    )
    for_all = models.BooleanField(
        "for all incidents", default=False, help_text="Else for those of what it is attached to."
    )
    services = models.ManyToManyField(Service, blank=True, related_name="workflows")
    policies = models.ManyToManyField(Policy, blank=True, related_name="workflows")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("Workflows_View", "May see workflows"),
            ("Workflows_Update", "May add, change and delete workflows"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:escalation_workflow_change", args=[self.pk])

    @property
    def kind(self) -> WorkflowKind:
        """What its trigger looks at."""
        return Trigger(self.trigger).kind

    @property
    def is_timed(self) -> bool:
        """Whether a time starts it."""
        return self.trigger in TIMED

    @property
    def starts(self) -> str:
        """What starts it, in words, with its minutes where it is timed."""
        label = self.get_trigger_display()
        return f"{self.minutes} {label}" if self.is_timed else label


class Condition(AuditedPart, models.Model):
    """What has to hold for a workflow to start, or ends its repetition."""

    whole = "workflow"

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="conditions")
    stops = models.BooleanField("stops the repetition", default=False)
    field = models.CharField(max_length=20, choices=ConditionField)
    operator = models.CharField(
        max_length=8, choices=ConditionOperator, default=ConditionOperator.IS
    )
    value = models.CharField(
        max_length=300,
        blank=True,
        help_text="Empty: none. Several, separated by commas, mean any of them.",
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_field_display()} {self.get_operator_display()} {self.value or 'none'}"


class WorkflowAction(AuditedPart, models.Model):
    """One thing that a workflow does; which columns it reads depends on its kind."""

    whole = "workflow"

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="actions")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=ActionKind, default=ActionKind.NOTIFY)
    to_recipients = models.BooleanField("whoever was paged", default=False)
    to_owner = models.BooleanField("the assignee", default=False)
    to_sender = models.BooleanField("who opened it", default=False)
    to_managers = models.BooleanField("the managers of its team", default=False)
    # Words of `target_codes`: people, teams, roles, schedules, shared channels.
    targets = models.JSONField("and these", default=list, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True, help_text="With {number}, {title}, {status} and so on.")
    value = models.CharField(
        max_length=20, blank=True, help_text="A severity, urgency or priority, or minutes on hold."
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    policy = models.ForeignKey(Policy, models.PROTECT, null=True, blank=True, related_name="+")
    play = models.ForeignKey(Play, models.PROTECT, null=True, blank=True, related_name="+")
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="+")
    shared_channel = models.ForeignKey(
        SharedChannel, models.PROTECT, null=True, blank=True, related_name="+"
    )
    outbound_method = models.ForeignKey(
        OutboundMethod,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="method of a service",
    )
    ticket_system = models.ForeignKey(
        OutboundService, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = "action"

    def __str__(self) -> str:
        return self.get_kind_display()


class WorkflowRun(models.Model):
    """A workflow that has started, or will, for an incident; the row is also its timer."""

    State = WorkflowState
    Origin = WorkflowOrigin

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="runs")
    incident = models.ForeignKey(Incident, models.CASCADE, related_name="workflow_runs")
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.EVENT)
    # The change that started it; of a time, the paging round that it counts in, or 0 for once.
    entry = models.ForeignKey(
        TimelineEntry, models.CASCADE, null=True, related_name="+", db_index=False
    )
    # The alert, or the notification, that started it.
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="+")
    notification = models.ForeignKey(Notification, models.CASCADE, null=True, related_name="+")
    round = models.PositiveIntegerField(default=0)
    # How many workflows started each other until this one.
    depth = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(null=True)
    times = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "entry"],
                name="workflow_once_for_a_change",
                condition=Q(entry__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["workflow", "incident", "round"],
                name="workflow_once_for_a_time",
                condition=Q(origin="time"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="workflow_run_due", condition=Q(due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} for #{self.incident_id}"
