"""Schedules and what changes them: versions and overrides."""

from datetime import datetime, time
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from escalation.choices import MailedWeek, OverrideOrigin
from escalation.schedules.facts import OverrideKind
from incidents.models import Team, TeamRole, User
from incidents.models.people import validate_time_zone
from notifications.models import SharedChannel
from opsportal.lib.audit import AuditedPart

SCHEDULE_ROLES = [(role.value, role.label) for role in (TeamRole.PRIMARY, TeamRole.SECONDARY)]

WEEKDAYS = list(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def visible_to(self, user: User) -> Self:
        """Those with a role, for people refer to them by name, and see who is on call."""
        return self if user.has_perm("escalation.view_schedule") else self.none()

    def changeable_by(self, user: User) -> Self:
        """All for who may change every team; else those of the teams that the person manages."""
        if user.has_perm("incidents.Groups_Update_GlobalAccess"):
            return self
        if not user.has_perm("escalation.view_schedule"):
            return self.none()
        managed = user.memberships.filter(is_manager=True).values("team")
        return self.filter(team__in=managed)


class Schedule(models.Model):
    """Who is on call when. Its layers are in its versions."""

    name = models.CharField(max_length=150, unique=True)
    team = models.ForeignKey(
        Team,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="schedules",
        help_text="Whose managers may change it.",
    )
    role = models.CharField(
        "answers for",
        max_length=9,
        choices=SCHEDULE_ROLES,
        blank=True,
        help_text="The role of the team that a policy means by it: whoever is on call here has it.",
    )
    description = models.TextField(blank=True)
    zone = models.CharField(
        "time zone",
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name, such as Europe/Berlin: its clock decides when shifts begin.",
    )
    holidays_country = models.CharField(max_length=2, blank=True)
    holidays_subdivision = models.CharField(max_length=20, blank=True)
    weekly_mail_day = models.PositiveSmallIntegerField(
        "weekly mail", choices=WEEKDAYS, null=True, blank=True
    )
    weekly_mail_at = models.TimeField("at", default=time(15), db_default=time(15))
    weekly_mail_week = models.CharField(
        "about", max_length=7, choices=MailedWeek, default=MailedWeek.NEXT, db_default="next"
    )
    hand_over_channel = models.ForeignKey(
        SharedChannel,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="hand-overs are told in",
        help_text="A shared channel, besides those who hand over and take over.",
    )
    confirms_hand_overs = models.BooleanField(
        "whoever takes over confirms it",
        default=False,
        db_default=False,
        help_text="They are asked by their rules for high urgency. Until they confirm whoever hands"
        " over stays on call as well, for four hours at most.",
    )
    weekly_mail_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    source = models.CharField(max_length=40, blank=True, editable=False)
    source_id = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # How often who is on call in it has changed, when last, and until when its people were told.
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    revised_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_until = models.DateTimeField(null=True, blank=True, editable=False)
    # The version of the data of time zones that said so, such as 2026f.
    zone_data = models.CharField(
        max_length=20, blank=True, default="", db_default="", editable=False
    )

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "role"],
                condition=~Q(role="") & Q(team__isnull=False),
                name="one_schedule_for_a_role_of_a_team",
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"],
                condition=~Q(source=""),
                name="schedule_once_from_a_source",
            ),
        ]
        indexes = [
            models.Index(
                fields=["weekly_mail_due_at"],
                name="weekly_mail_due",
                condition=Q(weekly_mail_due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("schedule", args=[self.pk])

    def clean(self) -> None:
        if self.role and self.team is None:
            raise ValidationError({"team": "Say of which team it is the role."})


class ScheduleVersion(AuditedPart, models.Model):
    """What a schedule is from an instant on, until its next version holds.

    One that holds, or held, is never changed; one that is to hold may be withdrawn.
    """

    whole = "schedule"

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="versions")
    effective_from = models.DateTimeField(null=True, blank=True)  # None: since ever.
    definition = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = [F("effective_from").asc(nulls_first=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "effective_from"],
                condition=Q(withdrawn_at=None),
                nulls_distinct=False,
                name="one_version_from_an_instant",
            )
        ]

    def __str__(self) -> str:
        since = f"{self.effective_from:%Y-%m-%d %H:%M}" if self.effective_from else "ever"
        return f"{self.schedule} since {since}"


class ScheduleMember(models.Model):
    """A person whom a version or an override of a schedule names."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="schedule_places"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "user"], name="member_once_in_a_schedule")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.schedule}"


class CancellableQuerySet(models.QuerySet[Any]):
    """Rows with a beginning and an end, which count until they are cancelled."""

    def live_between(self, start: datetime, end: datetime) -> Self:
        """Those that change something within the span."""
        found = self.filter(starts_at__lt=end, ends_at__gt=start)
        return found.exclude(cancelled_at__lte=F("starts_at")).exclude(cancelled_at__lte=start)


class Override(AuditedPart, models.Model):
    """Other people than the layers say are on call for some time; cancelled, and never deleted."""

    whole = "schedule"

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="overrides")
    layer = models.CharField(max_length=40, blank=True, help_text="Empty: the whole schedule.")
    kind = models.CharField(
        max_length=7, choices=[(kind.value, kind.value) for kind in OverrideKind]
    )
    instead_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    people = models.JSONField(default=list)  # ids, in order
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    origin = models.CharField(
        max_length=8, choices=OverrideOrigin, default=OverrideOrigin.MANUAL, editable=False
    )
    cover = models.ForeignKey(
        "escalation.CoverRequest",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="overrides",
        editable=False,
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    # The same at other times, which was cancelled for it.
    replaces = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    source_id = models.CharField(max_length=200, blank=True, editable=False)

    objects = CancellableQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["schedule", "ends_at"], name="override_of_schedule")]
        constraints = [
            models.CheckConstraint(
                name="override_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="override_names_nobody_or_people",
                condition=Q(kind="nobody", people=[]) | (~Q(kind="nobody") & ~Q(people=[])),
            ),
        ]

    def __str__(self) -> str:
        return f"override of {self.schedule} from {self.starts_at:%Y-%m-%d %H:%M}"
