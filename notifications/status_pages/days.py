"""The last 90 days of a component: how each day was, and how much of all was up. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from notifications.choices import ComponentStatus
from notifications.status_pages.timeline import Span
from opsportal.lib.durations import format_duration

DAYS = 90
# How much of the time of a status counts as down; a maintenance that was told of does not.
WEIGHTS = {ComponentStatus.MAJOR_OUTAGE: 1.0, ComponentStatus.PARTIAL_OUTAGE: 0.3}


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the page's time zone. ``status`` is None before the page was there."""

    on: date
    status: ComponentStatus | None
    seconds: dict[ComponentStatus, float]

    @property
    def is_quiet(self) -> bool:
        return not self.seconds

    @property
    def words(self) -> str:
        """What was on it, the worst first: ``Partial outage for 23 min``."""
        if self.status is None:
            return "No data"
        worst_first = sorted(self.seconds, key=lambda status: -status.rank)
        said = [f"{one.label} for {format_duration(self.seconds[one])}" for one in worst_first]
        return ", ".join(said) or "No incidents"


@dataclass(frozen=True, slots=True)
class History:
    """The days, the oldest first, and the share of the time that was up in per cent."""

    days: tuple[Day, ...]
    uptime: float

    @property
    def troubled(self) -> list[Day]:
        """Those on which something was, the newest first."""
        return [day for day in reversed(self.days) if not day.is_quiet]

    @property
    def uptime_text(self) -> str:
        """Rounded down: what was not always up is never shown as 100 %."""
        if self.uptime >= 100:
            return "100 %"
        return f"{int(self.uptime * 100) / 100:.2f} %"


def history_of(spans: Sequence[Span], since: datetime, now: datetime, zone: tzinfo) -> History:
    """``since``: nothing is known of the time before, unless a span says something of it."""
    today = now.astimezone(zone).date()
    days = [_day(today - timedelta(days=back), spans, since, zone) for back in range(DAYS)]
    first = _midnight(today - timedelta(days=DAYS - 1), zone)
    begin = max(first, min([since, *(span.start for span in spans)]))
    total = (now - begin).total_seconds()
    down = sum(_overlap(span, first, now) * WEIGHTS.get(span.status, 0.0) for span in spans)
    uptime = 100.0 if total <= 0 else max(0.0, 100.0 * (1 - down / total))
    return History(tuple(reversed(days)), uptime)


def _day(on: date, spans: Sequence[Span], since: datetime, zone: tzinfo) -> Day:
    start, end = _midnight(on, zone), _midnight(on + timedelta(days=1), zone)
    seconds: dict[ComponentStatus, float] = {}
    for span in spans:
        if (inside := _overlap(span, start, end)) > 0:
            seconds[span.status] = seconds.get(span.status, 0.0) + inside
    if seconds:
        return Day(on, max(seconds, key=lambda status: status.rank), seconds)
    return Day(on, ComponentStatus.OPERATIONAL if end > since else None, {})


def _midnight(on: date, zone: tzinfo) -> datetime:
    return datetime.combine(on, time.min, tzinfo=zone)


def _overlap(span: Span, start: datetime, end: datetime) -> float:
    return max(0.0, (min(span.end, end) - max(span.start, start)).total_seconds())
