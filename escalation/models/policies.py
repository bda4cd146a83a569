"""Escalation policies: ordered steps, each with its targets."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.choices import StopsWhen, TargetKind
from escalation.models.round_robins import RoundRobin
from escalation.models.schedules import Schedule
from incidents.choices import Priority
from incidents.models import Service, Team, TeamRole, User
from incidents.models.service import EXPIRY_LIMITS, check_sla_targets
from notifications.models import SharedChannel
from notifications.response_options import check_response_buttons
from opsportal.lib.audit import AuditedPart

MAX_ACKNOWLEDGEMENTS = 20


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, for people refer to them by name."""
        return self if user.has_perm("escalation.view_policy") else self.none()

    def enabled(self) -> Self:
        """Those that page."""
        return self.filter(is_enabled=True)

    def launched_by_hand(self, *, besides: int | None = None) -> Self:
        """Those that a person is offered who opens an incident, and one that was named already."""
        return self.enabled().filter(Q(quick_launch=True) | Q(pk=besides))


class Policy(models.Model):
    """Ordered steps that are taken until somebody has the incident."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    team = models.ForeignKey(
        Team,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="policies",
        help_text="Whose policy it is, to find it by. Whom it tells is said in its steps.",
    )
    priority = models.CharField(
        max_length=2,
        choices=Priority,
        blank=True,
        db_default="",
        help_text="Of incidents that it pages for and that come without one.",
    )
    is_enabled = models.BooleanField(
        "enabled",
        default=True,
        db_default=True,
        help_text="Off: from the next incident on the policy of the service pages in its place, "
        "and without one the catch-all.",
    )
    quick_launch = models.BooleanField(
        default=True,
        db_default=True,
        help_text="It may be chosen where a person opens an incident.",
    )
    repeats = models.PositiveSmallIntegerField(
        default=0, help_text="How many times the whole policy starts again after its last step."
    )
    pause_seconds = models.PositiveIntegerField(
        "pause after the last step",
        default=300,
        help_text="Before the policy starts again, and at its end before the catch-all is told.",
    )
    stops_when = models.CharField(max_length=11, choices=StopsWhen, default=StopsWhen.ACKNOWLEDGE)
    acknowledgement_expires_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=EXPIRY_LIMITS,
        help_text="After so many minutes without a resolution it pages again. Empty: never. A "
        "service may say otherwise.",
    )
    low_urgency_expires = models.BooleanField(
        "acknowledgements of low urgency expire, too", default=True, db_default=True
    )
    activity_postpones_expiry = models.BooleanField(
        "activity postpones the expiry",
        default=True,
        db_default=True,
        help_text="A note, a new status or a new assignee by a person starts its time anew.",
    )
    low_waits_for_hours = models.BooleanField(
        "low urgency waits for support hours",
        default=True,
        db_default=True,
        help_text="Where the service has support hours: one message names all when they begin.",
    )
    sla_targets = models.JSONField(
        "SLA targets",
        default=list,
        db_default=[],
        blank=True,
        validators=[check_sla_targets],
        help_text="They come before those of the service.",
    )
    response_buttons = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        validators=[check_response_buttons],
        help_text="For each answer the kinds of channels that offer it. Empty: all offer all.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        permissions = [
            ("Message_Rule_View", "May see policies and plays"),
            ("Message_Rule_Update", "May add, change and delete policies and plays"),
        ]
        verbose_name = "escalation policy"
        verbose_name_plural = "escalation policies"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("admin:escalation_policy_change", args=[self.pk])


class Step(AuditedPart, models.Model):
    """One step: wait, then tell its targets; where wanted again, before the next step."""

    whole = "policy"

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    wait_seconds = models.PositiveIntegerField(
        "wait",
        default=0,
        help_text="Before this step: for the first from the start, else from the step before.",
    )
    retries = models.PositiveSmallIntegerField(
        default=0, help_text="How many times the same targets are told again."
    )
    retry_seconds = models.PositiveIntegerField("retry every", default=300)
    required_acknowledgements = models.PositiveSmallIntegerField(
        "acknowledgements",
        default=1,
        db_default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_ACKNOWLEDGEMENTS)],
        help_text="How many people have to acknowledge once this step was taken.",
    )
    # Central: the listed channels, in order, for everybody. Empty: each person's own rules.
    step_channels = models.JSONField(
        default=list,
        blank=True,
        help_text="Empty: each person's own rules. Else channels, each after some minutes.",
    )
    member_wait_seconds = models.PositiveIntegerField(
        "wait between members",
        default=0,
        db_default=0,
        help_text="0: all people of a target at once. Else one after another, in their order.",
    )
    when = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        help_text="Conditions, all of which must hold when it is due.",
    )
    waits_for_hours = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Outside its hours the step waits until they open. Off: it is skipped.",
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"step {self.position} of {self.policy}"


class Target(AuditedPart, models.Model):
    """Who a step tells."""

    whole = "step.policy"

    step = models.ForeignKey(Step, models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=20, choices=TargetKind, default=TargetKind.USER)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+")
    role = models.CharField(
        max_length=9,
        choices=TeamRole,
        blank=True,
        help_text="For a role of a team, or of the recipient teams.",
    )
    shared_channel = models.ForeignKey(
        SharedChannel, models.CASCADE, null=True, blank=True, related_name="+"
    )
    schedule = models.ForeignKey(
        Schedule, models.PROTECT, null=True, blank=True, related_name="targets"
    )
    round_robin = models.ForeignKey(
        RoundRobin, models.PROTECT, null=True, blank=True, related_name="targets"
    )

    NEEDS = {
        TargetKind.USER: ["user"],
        TargetKind.TEAM_ROLE: ["team", "role"],
        TargetKind.TEAM: ["team"],
        TargetKind.RECIPIENT_TEAMS: ["role"],
        TargetKind.SHARED_CHANNEL: ["shared_channel"],
        TargetKind.SCHEDULE: ["schedule"],
        TargetKind.SCHEDULE_NEXT: ["schedule"],
        TargetKind.SCHEDULE_PREVIOUS: ["schedule"],
        TargetKind.ROUND_ROBIN: ["round_robin"],
    }
    MAY_HAVE_ROLE = {
        TargetKind.SCHEDULE,
        TargetKind.SCHEDULE_NEXT,
        TargetKind.SCHEDULE_PREVIOUS,
    }

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="target_has_what_its_kind_needs",
                condition=(
                    Q(kind="user", user__isnull=False)
                    | (Q(kind="team_role", team__isnull=False) & ~Q(role=""))
                    | Q(kind="team", team__isnull=False)
                    | (Q(kind="recipient_teams") & ~Q(role=""))
                    | Q(kind="shared_channel", shared_channel__isnull=False)
                    | Q(
                        kind__in=["schedule", "schedule_next", "schedule_previous"],
                        schedule__isnull=False,
                    )
                    | Q(kind="round_robin", round_robin__isnull=False)
                ),
            )
        ]

    def __str__(self) -> str:
        named = self.user or self.team or self.shared_channel or self.schedule or self.round_robin
        who = str(named or "{recipient teams}")
        which = {TargetKind.SCHEDULE_NEXT: "next", TargetKind.SCHEDULE_PREVIOUS: "previous"}
        return ", ".join(filter(None, [who, which.get(TargetKind(self.kind), ""), self.role]))

    def clean(self) -> None:
        for field in self.NEEDS[TargetKind(self.kind)]:
            if not getattr(self, field):
                raise ValidationError({field: f"{self.get_kind_display()}: say which {field}."})


class ServicePolicy(AuditedPart, models.Model):
    """The policy of a service, used where its integration names none."""

    whole = "service"

    service = models.OneToOneField(Service, models.CASCADE, related_name="default_policy")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="services")

    class Meta:
        verbose_name = "default policy"
        verbose_name_plural = "default policies"

    def __str__(self) -> str:
        return f"{self.policy} for {self.service}"
