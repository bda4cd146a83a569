"""What of maintenance windows is published on status pages."""

import time
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from integrations.maintenance.matching import timetable_of
from integrations.models import MaintenanceWindow
from notifications.status_pages.actions.planned import Planned, Source, follow, is_published

# Of a series so many are published ahead; more, as they come.
MAX_PUBLISHED = 5
AHEAD = timedelta(days=31)
EVERY_S = 3600.0
_last_run = {"at_s": float("-inf")}  # of time.monotonic()


def publish_window(row: MaintenanceWindow) -> None:
    """Have the status pages that were chosen show it as it is now. Runs in the caller's
    transaction; done twice, it changes nothing."""
    pages = list(row.status_pages.all())
    if pages or is_published(_name(row)):
        follow(_source(row, timezone.now()), pages)


def withdraw_window(row: MaintenanceWindow) -> None:
    """It is deleted: what had begun is over, what had not is taken away."""
    follow(Source(_name(row), row.public_title, "", frozenset(), ()), [])


def publish_series_if_due(now: datetime) -> int:
    """Every hour the next occurrences of series; returns how many series those were."""
    if time.monotonic() - _last_run["at_s"] < EVERY_S:
        return 0
    _last_run["at_s"] = time.monotonic()
    rows = list(_series())
    for row in rows:
        publish_window(row)
    return len(rows)


def next_publishing() -> datetime | None:
    """When it is due again; None where no series is published."""
    if not _series().exists():
        return None
    left_s = EVERY_S - (time.monotonic() - _last_run["at_s"])
    return timezone.now() + timedelta(seconds=max(left_s, 0.0))


def _series() -> QuerySet[MaintenanceWindow]:
    once = MaintenanceWindow.Recurrence.ONCE
    rows = MaintenanceWindow.objects.exclude(recurrence=once).exclude(status_pages=None)
    return rows.distinct()


def _name(row: MaintenanceWindow) -> str:
    return f"window:{row.pk}"


def _source(row: MaintenanceWindow, now: datetime) -> Source:
    is_once = row.recurrence == MaintenanceWindow.Recurrence.ONCE
    found = timetable_of(row).next_few(now, MAX_PUBLISHED)
    times = [
        Planned("once" if is_once else str(int(one.start.timestamp())), one.start, one.end)
        for one in found
        if is_once or one.start < now + AHEAD
    ]
    return Source(_name(row), row.public_title, row.public_text, _services(row), times)


def _services(row: MaintenanceWindow) -> frozenset[int] | None:
    """Its services, and those of its integrations; None for everything."""
    if row.is_for_all:
        return None
    own = row.services.values_list("pk", flat=True)
    theirs = row.integrations.values_list("service", flat=True)
    return frozenset(pk for pk in (*own, *theirs) if pk is not None)
