"""Calendars that people subscribe to, and the shifts that were last told of."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from escalation.choices import FeedKind
from escalation.models.schedules import Schedule
from incidents.models import User


class FeedQuerySet(models.QuerySet["Feed"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)

    def visible_to(self, user: User) -> Self:
        """One's own: whoever knows the address reads the calendar."""
        return self.filter(user=user)


class Feed(models.Model):
    """A calendar with an address of its own. Only a hash is kept: the address is shown once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="feeds")
    schedule = models.ForeignKey(
        Schedule, models.CASCADE, null=True, blank=True, related_name="feeds"
    )
    kind = models.CharField(max_length=5, choices=FeedKind, default=FeedKind.MINE)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_agent = models.CharField(max_length=200, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The minute that began with a request, and how many came in it.
    minute_began_at = models.DateTimeField(null=True, blank=True, editable=False)
    hits_in_minute = models.PositiveIntegerField(default=0, editable=False)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="feed_of_everybody_is_of_a_schedule",
                condition=~Q(kind="whole") | Q(schedule__isnull=False),
            )
        ]

    def __str__(self) -> str:
        if self.schedule is None:
            return f"All shifts of {self.user}"
        return f"{self.schedule}" if self.kind == FeedKind.WHOLE else f"{self.schedule}, my shifts"


class PublishedShiftQuerySet(models.QuerySet["PublishedShift"]):
    def live(self) -> Self:
        """Those that were not taken back."""
        return self.filter(cancelled_at=None)

    def meeting(self, start: datetime, end: datetime) -> Self:
        """Those that have a part between two times."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class PublishedShift(models.Model):
    """A shift as its person was last told of it: what differs is a change to tell of.

    Kept from 30 days back to 400 days ahead (of a crowded schedule 180); ``cancelled_at``: there is
    no such shift any more.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="published_shifts")
    key = models.CharField(max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="published_shifts"
    )
    role = models.CharField(max_length=9)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = PublishedShiftQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["user", "starts_at"], name="published_shift_of_user")]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "key"], name="published_shift_once"),
            models.CheckConstraint(
                name="published_shift_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.schedule} from {self.starts_at:%Y-%m-%d %H:%M}"


class ScheduleChange(models.Model):
    """Something that may change who is on call in a schedule, or in all (None), was written.

    The database writes it itself, whatever does so; it goes once its people were told.
    ``is_edit`` False: time has passed, or what was written is of all schedules.
    """

    schedule = models.ForeignKey(Schedule, models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    is_edit = models.BooleanField(default=True, db_default=True)

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="schedule_change_due")]

    def __str__(self) -> str:
        return f"{self.schedule or 'All schedules'} at {self.made_at:%Y-%m-%d %H:%M}"
