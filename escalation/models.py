"""Who is told and when: policies, response plays, and the runs of incidents through them."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.plan import Place
from incidents.models import Incident, Service, Team, TeamRole
from notifications.models import SharedChannel


class PolicyQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_active else self.none()


class Policy(models.Model):
    """Ordered steps that are taken until somebody has the incident."""

    class Stop(models.TextChoices):
        ACKNOWLEDGE = "acknowledge", "somebody acknowledges or is assigned"
        ASSIGN = "assign", "somebody is assigned (acknowledging alone does not stop it)"

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
    stops_when = models.CharField(max_length=11, choices=Stop, default=Stop.ACKNOWLEDGE)
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

    def __str__(self):
        return self.name

    def get_absolute_url(self):
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

    def __str__(self):
        return f"step {self.position} of {self.policy}"


class TargetKind(models.TextChoices):
    USER = "user", "a person"
    TEAM_ROLE = "team_role", "a role of a team"
    TEAM = "team", "everybody of a team"
    RECIPIENT_TEAMS = "recipient_teams", "{recipient teams} of the integration"
    SHARED_CHANNEL = "shared_channel", "a shared channel"


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

    NEEDS = {
        TargetKind.USER: ["user"],
        TargetKind.TEAM_ROLE: ["team", "role"],
        TargetKind.TEAM: ["team"],
        TargetKind.RECIPIENT_TEAMS: ["role"],
        TargetKind.SHARED_CHANNEL: ["shared_channel"],
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
                ),
            )
        ]

    def __str__(self):
        who = self.user or self.team or self.shared_channel or "{recipient teams}"
        return f"{who}, {self.role}" if self.role else str(who)

    def clean(self):
        for field in self.NEEDS[TargetKind(self.kind)]:
            if not getattr(self, field):
                raise ValidationError({field: f"{self.get_kind_display()}: say which {field}."})


class Play(models.Model):
    """Tiers of people told each after its wait, all at once within a tier; roles are ignored."""

    name = models.CharField(max_length=150, unique=True)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "response play"

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("admin:escalation_play_change", args=[self.pk])


class Tier(models.Model):
    """People and teams of a play who are told together."""

    play = models.ForeignKey(Play, models.CASCADE, related_name="tiers")
    position = models.PositiveSmallIntegerField(default=0)
    wait_seconds = models.PositiveIntegerField(
        "wait", default=0, help_text="From the tier before; for the first from the start."
    )
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    teams = models.ManyToManyField(Team, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return f"tier {self.position} of {self.play}"


class ServicePolicy(models.Model):
    """The policy of a service where the way in names none."""

    service = models.OneToOneField(Service, models.CASCADE, related_name="default_policy")
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="services")

    class Meta:
        verbose_name = "default policy"
        verbose_name_plural = "default policies"

    def __str__(self):
        return f"{self.policy} for {self.service}"


class RunQuerySet(models.QuerySet):
    def active(self):
        return self.filter(finished_at=None)

    def due(self, now):
        return self.filter(next_step_at__lte=now)


class Run(models.Model):
    """The walk of one round of an incident through a policy or play, with its timer in its row."""

    class State(models.TextChoices):
        SUPPRESSED = "suppressed", "Suppressed"
        ESCALATING = "escalating", "Escalating"
        PAUSED = "paused", "Paused"
        EXHAUSTED = "exhausted", "Exhausted"
        FINISHED = "finished", "Finished"

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="runs")
    paging_round = models.PositiveIntegerField(default=1)
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, blank=True, related_name="runs")
    play = models.ForeignKey(Play, models.SET_NULL, null=True, blank=True, related_name="runs")
    # The steps as they were when the run began (escalation/plan.py): an edit of the policy moves
    # the next incident, never one that is being paged.
    plan = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.ESCALATING)
    position = models.PositiveSmallIntegerField(default=0)
    repeat = models.PositiveSmallIntegerField(default=0)
    retry = models.PositiveSmallIntegerField(default=0)
    step_started_at = models.DateTimeField(default=timezone.now)
    next_step_at = models.DateTimeField(null=True, blank=True)
    # Until then no other task is made of its step. Without an index: it changes with each step.
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

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

    def __str__(self):
        return f"run {self.paging_round} of incident #{self.incident_id}"

    @property
    def place(self) -> Place:
        """Where in its plan it stands."""
        return Place(self.repeat, self.position, self.retry)

    @place.setter
    def place(self, place: Place) -> None:
        self.repeat, self.position, self.retry = place.repeat, place.position, place.retry


class ProcessHeartbeat(models.Model):
    """When a process of one kind (scheduler, engine, worker), or the sweep, last did its work."""

    process = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict, blank=True)

    def __str__(self):
        return f"{self.process} at {self.at}"
