"""The service level of a service, month by month: what was met, missed, and how long it took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Min, QuerySet

from incidents.models import Incident, Service, TimelineEntry
from incidents.models.timeline import ACKNOWLEDGING
from incidents.sla_targets import TARGETS

MAX_MONTHS = 24


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One target in one month. ``open``: neither met nor missed yet.

    ``median_s``: seconds from the opening to the target, ``median_without_held_s`` without the
    time in which nobody was told or it was on hold; None where nothing was met or missed in time.
    """

    target: str
    met: int = 0
    missed: int = 0
    open: int = 0
    median_s: int | None = None
    median_without_held_s: int | None = None


@dataclass(frozen=True, slots=True)
class MonthReport:
    """The incidents of a month that had a target, by when they opened."""

    month: str  # 2026-11
    incidents: int
    targets: tuple[TargetReport, ...]


@dataclass(frozen=True, slots=True)
class _Sample:
    is_missed: bool
    took: timedelta | None  # None: not done yet
    held: timedelta


def report(service: Service, now: datetime, months: int = 6) -> list[MonthReport]:
    """The newest ``months`` months of a service, 1 to 24, the present one first. Tests are left
    out; months are those of the time zone of its support hours."""
    starts = _starts(now.astimezone(service.hours.zone), months)
    ends = [None, *starts[:-1]]
    return [_month(service, start, end) for start, end in zip(starts, ends, strict=True)]


def _starts(local: datetime, months: int) -> list[datetime]:
    found = [local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)]
    while len(found) < months:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return [start.astimezone(UTC) for start in found]


def _month(service: Service, start: datetime, end: datetime | None) -> MonthReport:
    rows = service.incidents.filter(opened_at__gte=start, is_test=False).exclude(sla_state="")
    if end is not None:
        rows = rows.filter(opened_at__lt=end)
    incidents, taken = list(rows), _first_taken(rows)
    targets = tuple(
        _target(target, [_sample(one, target, taken) for one in incidents if _has(one, target)])
        for target in TARGETS
    )
    local = start.astimezone(service.hours.zone)
    return MonthReport(f"{local:%Y-%m}", len(incidents), targets)


def _first_taken(rows: QuerySet[Incident]) -> dict[int, datetime]:
    """When each was acknowledged for the first time."""
    lines = TimelineEntry.objects.filter(ACKNOWLEDGING, incident__in=rows.values("pk"))
    return dict(lines.order_by().values_list("incident").annotate(first=Min("at")))


def _has(incident: Incident, target: str) -> bool:
    return getattr(incident, f"{target}_target_minutes") is not None


def _sample(incident: Incident, target: str, taken: dict[int, datetime]) -> _Sample:
    done_at = incident.resolved_at
    if target == "acknowledge":
        done_at = taken.get(incident.pk, done_at)
    suppressed = (incident.suppressed_until or incident.opened_at) - incident.opened_at
    held = timedelta(seconds=incident.held_s) if target == "resolve" else timedelta()
    is_missed = getattr(incident, f"{target}_breached_at") is not None
    took = done_at - incident.opened_at if done_at else None
    return _Sample(is_missed, took, max(suppressed, timedelta()) + held)


def _target(target: str, samples: Sequence[_Sample]) -> TargetReport:
    done = [one for one in samples if one.took is not None]
    return TargetReport(
        target,
        met=sum(not one.is_missed for one in done),
        missed=sum(one.is_missed for one in samples),
        open=sum(one.took is None and not one.is_missed for one in samples),
        median_s=_median(one.took for one in done),
        median_without_held_s=_median(
            max(one.took - one.held, timedelta()) for one in done if one.took is not None
        ),
    )


def _median(spans: Iterable[timedelta | None]) -> int | None:
    known: list[Any] = [span.total_seconds() for span in spans if span is not None]
    return round(median(known)) if known else None
