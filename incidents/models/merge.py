"""Merges of incidents: what went where, so that it can be undone."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from incidents.choices import IncidentStatus
from incidents.models.incident import Incident
from incidents.models.service import Service

UNDO_TTL = timedelta(hours=24)
MAX_HOPS = 20  # of an incident that was merged into one that was merged into another, and so on

Pair = tuple[int, str]  # the id of a service, and the key of a group


class MergeQuerySet(models.QuerySet["Merge"]):
    def destinations(self, groups: Collection[Pair], now: datetime) -> dict[Pair, list[int]]:
        """→ {group: ids of the incidents that its new alerts join since theirs was merged}."""
        rows = self.filter(
            Q(group_until=None) | Q(group_until__gt=now),
            undone_at=None,
            service__in={service for service, _ in groups},
            group_key__in={key for _, key in groups},
        ).exclude(group_key="")
        found: dict[Pair, list[int]] = {}
        for service, key, target in rows.values_list("service", "group_key", "target"):
            if (service, key) in groups:
                found.setdefault((service, key), []).append(target)
        return {pair: self._ends(targets) for pair, targets in found.items()}

    def _ends(self, targets: list[int]) -> list[int]:
        """Where these were merged into in their turn; without those that are resolved."""
        for _ in range(MAX_HOPS):
            rows = Incident.objects.filter(pk__in=targets)
            moved: dict[int, Any] = dict(
                rows.filter(merged_into__isnull=False).values_list("pk", "merged_into")
            )
            if not moved:
                break
            targets = list(dict.fromkeys(moved.get(pk, pk) for pk in targets))
        is_open = Incident.objects.filter(pk__in=targets).exclude(status=IncidentStatus.RESOLVED)
        return list(is_open.values_list("pk", flat=True))


class Merge(models.Model):
    """One incident that became a part of another.

    ``before`` is what it was: its status, until when it was on hold, how many alerts were open.
    """

    source = models.ForeignKey(Incident, models.CASCADE, related_name="merges")
    target = models.ForeignKey(Incident, models.CASCADE, related_name="absorbed")
    alert_ids = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    # New alerts of the group of the one join the other.
    service = models.ForeignKey(Service, models.CASCADE, related_name="+", db_index=False)
    group_key = models.CharField(max_length=64, blank=True)
    group_until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(undone_at=None), name="merged_once_at_a_time"
            )
        ]
        indexes = [
            models.Index(
                fields=["service", "group_key"],
                name="merge_of_group",
                condition=Q(undone_at=None) & ~Q(group_key=""),
            )
        ]

    def __str__(self) -> str:
        return f"#{self.source_id} into #{self.target_id}"

    @property
    def can_be_undone(self) -> bool:
        """Whether the time for that is not over."""
        return self.undone_at is None and timezone.now() - self.at <= UNDO_TTL
