"""Defects of the coverage, as they were found last."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from escalation.choices import DefectKind, DefectLevel
from escalation.models.policies import Policy
from escalation.models.schedules import Schedule
from incidents.models import User


class CoverageDefectQuerySet(models.QuerySet["CoverageDefect"]):
    def visible_to(self, user: User) -> Self:
        """All for whoever sees who is on call."""
        return self if user.has_perm("escalation.view_schedule") else self.none()

    def present(self) -> Self:
        """Those that the last review found."""
        return self.filter(ended_at=None)

    def open(self, now: datetime) -> Self:
        """Those that are there and that nobody ignores."""
        return self.present().exclude(ignored_until__gt=now)


class CoverageDefect(models.Model):
    """Something wrong in the days to come; the row stays when it is mended (``ended_at``)."""

    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=DefectKind)
    level = models.CharField(max_length=5, choices=DefectLevel)
    policy = models.ForeignKey(
        Policy, models.CASCADE, null=True, blank=True, related_name="coverage_defects"
    )
    schedule = models.ForeignKey(
        Schedule, models.CASCADE, null=True, blank=True, related_name="coverage_defects"
    )
    facts = models.JSONField(default=dict)  # what the sentence is made of
    spans = models.JSONField(default=list)  # [start, end] in seconds since 1970, in order
    looked_until = models.DateTimeField()
    since = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    ignored_until = models.DateTimeField(null=True, blank=True)
    ignored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    ignored_reason = models.CharField(max_length=300, blank=True)

    objects = CoverageDefectQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(ended_at=None), name="coverage_defect_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.policy or self.schedule or self.key}"

    def get_spans(self) -> list[tuple[int, int]]:
        """The spans, as pairs of instants."""
        found: list[Any] = self.spans
        return [(start, end) for start, end in found]


class ZoneDataChange(models.Model):
    """New data of time zones has moved shifts that nobody changed."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="zone_data_changes")
    made_at = models.DateTimeField()
    before = models.CharField(max_length=20)  # such as 2026e, as in after
    after = models.CharField(max_length=20)
    people = models.JSONField(default=list)  # ids of those whose shifts were moved
    spans = models.JSONField(default=list)  # [start, end] in seconds since 1970, in order

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.schedule} with time-zone data {self.after}"

    def get_spans(self) -> list[tuple[int, int]]:
        """The spans, as pairs of instants."""
        return [(start, end) for start, end in self.spans]


class CoverageReview(models.Model):
    """When the coverage was looked at last (one row); ``is_stale``: something has changed since."""

    is_stale = models.BooleanField(default=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"reviewed at {self.reviewed_at}"
