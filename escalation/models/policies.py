"""Escalation policies: ordered steps, each with its targets."""

from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.choices import StopsWhen, TargetKind
from escalation.models.schedules import Schedule
from incidents.models import Service, Team, TeamRole, User
from notifications.models import SharedChannel


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, for people refer to them by name."""
        return self if user.has_perm("escalation.view_policy") else self.none()


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
        help_text="After so many minutes without a resolution it pages again. Empty: never.",
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


class Step(models.Model):
    """One step: wait, then tell its targets; where wanted again, before the next step."""

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
    # Central: the listed channels, in order, for everybody. Empty: each person's own rules.
    step_channels = models.JSONField(
        default=list,
        blank=True,
        help_text="Empty: each person's own rules. Else channels, each after some minutes.",
    )

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"step {self.position} of {self.policy}"


class Target(models.Model):
    """Who a step tells."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=16, choices=TargetKind, default=TargetKind.USER)
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

    NEEDS = {
        TargetKind.USER: ["user"],
        TargetKind.TEAM_ROLE: ["team", "role"],
        TargetKind.TEAM: ["team"],
        TargetKind.RECIPIENT_TEAMS: ["role"],
        TargetKind.SHARED_CHANNEL: ["shared_channel"],
        TargetKind.SCHEDULE: ["schedule"],
    }
    MAY_HAVE_ROLE = {TargetKind.SCHEDULE}

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
                    | Q(kind="schedule", schedule__isnull=False)
                ),
            )
        ]

    def __str__(self) -> str:
        named = self.user or self.team or self.shared_channel or self.schedule
        who = str(named or "{recipient teams}")
        return f"{who}, {self.role}" if self.role else who

    def clean(self) -> None:
        for field in self.NEEDS[TargetKind(self.kind)]:
            if not getattr(self, field):
                raise ValidationError({field: f"{self.get_kind_display()}: say which {field}."})


class ServicePolicy(models.Model):
    """The policy of a service, used where its integration names none."""

    service = models.OneToOneField(Service, models.CASCADE, related_name="default_policy")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="services")

    class Meta:
        verbose_name = "default policy"
        verbose_name_plural = "default policies"

    def __str__(self) -> str:
        return f"{self.policy} for {self.service}"
