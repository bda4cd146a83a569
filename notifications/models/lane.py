"""The table of lanes: how those destinations are that were slow, or failed, at the last send."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models.expressions import Combinable

# A lane that nothing was sent by for so long says nothing of today any more.
FRESH = timedelta(minutes=10)


class LaneQuerySet(models.QuerySet["Lane"]):
    def failing(self, now: datetime | Combinable) -> Self:
        """Those whose breaker is not closed."""
        is_open = self.filter(opened_until__isnull=False, failing_since__isnull=False)
        return is_open.filter(failed_at__gt=now - FRESH)


class Lane(models.Model):
    """One destination that can hang or fail by itself. One without a row was always well.

    Its breaker is closed while ``opened_until`` is null, open until then, and half open after it:
    the next send decides.
    """

    key = models.CharField(max_length=300, primary_key=True)
    took_s = models.FloatField(default=0)
    failures = models.PositiveIntegerField(default=0)  # since the last success
    failing_since = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    opened_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = LaneQuerySet.as_manager()

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key
