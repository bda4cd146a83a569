"""Requests for cover: somebody asks others to take a shift, or to swap it."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from escalation.choices import CoverStatus
from escalation.models.schedules import Schedule
from incidents.models import User

RUNNING = timedelta(minutes=1)


class CoverRequestQuerySet(models.QuerySet["CoverRequest"]):
    def visible_to(self, user: User) -> Self:
        """All for whoever sees who is on call."""
        return self if user.has_perm("escalation.view_schedule") else self.none()

    def open(self) -> Self:
        """Those of which something can still be taken."""
        return self.filter(status__in=[CoverStatus.OPEN, CoverStatus.PARTLY])


class CoverRequest(models.Model):
    """``asker`` is on call in the schedule from ``starts_at`` until ``ends_at``, and asks for
    somebody else. What is taken is an override; what is not stays the asker's."""

    Status = CoverStatus

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="cover_requests")
    asker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="cover_requests"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    message = models.CharField(max_length=500, blank=True)
    # [start, end] in seconds since 1970: shifts of others, of which the asker takes one in return.
    gives_back = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=9, choices=CoverStatus, default=CoverStatus.OPEN)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # Of an absence in the asker's calendar: its key, and [start, end] when cover was asked for.
    event = models.CharField(max_length=40, blank=True, default="", db_default="")
    event_span = models.JSONField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # When somebody is to be reminded or told next; until then the row is not looked at.
    next_look_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)

    objects = CoverRequestQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="cover_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))
            )
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"],
                name="cover_request_due",
                condition=Q(next_look_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.asker} asks for cover from {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether something of it can still be taken."""
        return self.status in (CoverStatus.OPEN, CoverStatus.PARTLY)

    @property
    def is_for_running_shift(self) -> bool:
        """Whether the shift had begun when it was asked."""
        return self.starts_at <= self.made_at + RUNNING

    @property
    def expires_at(self) -> datetime:
        """Its start; its end where the shift had begun already."""
        return self.ends_at if self.is_for_running_shift else self.starts_at

    def get_offers(self) -> list[tuple[int, int]]:
        """What the asker takes one of in return, as pairs of instants."""
        return [(start, end) for start, end in self.gives_back]


class CoverInvitation(models.Model):
    """Somebody who was asked; ``reminded_at`` is the time of the last reminder that was due."""

    request = models.ForeignKey(CoverRequest, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "user"], name="invited_once_to_cover")
        ]

    def __str__(self) -> str:
        return f"{self.user} is asked: {self.request}"
