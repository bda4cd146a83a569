"""Schedules and what changes them: versions, overrides, absences, holidays."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from escalation.choices import OverrideOrigin
from escalation.schedules.facts import OverrideKind
from incidents.models import Team, TeamRole, User
from incidents.models.people import validate_time_zone

SCHEDULE_ROLES = [(role.value, role.label) for role in (TeamRole.PRIMARY, TeamRole.SECONDARY)]


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
    source = models.CharField(max_length=40, blank=True, editable=False)
    source_id = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

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

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("schedule", args=[self.pk])

    def clean(self) -> None:
        if self.role and self.team is None:
            raise ValidationError({"team": "Say of which team it is the role."})


class ScheduleVersion(models.Model):
    """What a schedule is from an instant on, until its next version holds.

    One that holds, or held, is never changed; one that is to hold may be withdrawn.
    """

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


class Override(models.Model):
    """Other people than the layers say are on call for some time; cancelled, and never deleted."""

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
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
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


class Absence(models.Model):
    """Out of office: the cover takes the person's place wherever a schedule names them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: away from everything.",
    )
    cover = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="covers",
        help_text="Empty: nobody else is paged, and the person stays on call.",
    )
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    source_id = models.CharField(max_length=200, blank=True, editable=False)

    objects = CancellableQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = "out of office"
        verbose_name_plural = "out of office"
        indexes = [models.Index(fields=["ends_at"], name="absence_ends")]
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="nobody_covers_for_themselves",
                condition=Q(cover=None) | ~Q(cover=F("user")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is away from {self.starts_at:%Y-%m-%d %H:%M}"


class Holiday(models.Model):
    """A day on which layers may be off; of a country or a part of one."""

    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    name = models.CharField(max_length=150)
    is_own = models.BooleanField("added here", default=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["country", "subdivision", "day"], name="holiday_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.day:%Y-%m-%d}"
