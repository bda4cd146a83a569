"""Hours on call by what they are: at night, at the week-end, on a holiday, outside of work. Pure.

Instants are seconds since 1970 in UTC; days and times of day are those of one zone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from escalation.schedules.spans import Span, joined_spans, length_of, overlap
from escalation.schedules.windows import number_of_day
from opsportal.lib.wall_clock import clock_of, naive_of, wall_of

NIGHT_FROM, NIGHT_UNTIL = time(22), time(6)
WORK_FROM, WORK_UNTIL = time(9), time(17)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes on call, and how many of them are what; one may be several."""

    total: int = 0
    night: int = 0
    weekend: int = 0
    holiday: int = 0
    outside_work: int = 0

    def __add__(self, other: "Minutes") -> "Minutes":
        names = [one.name for one in fields(self)]
        return Minutes(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def burden(self) -> tuple[int, int]:
        """What decides who has done most: nights and week-ends, then everything."""
        return self.night + self.weekend, self.total


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of a zone: its span, and the spans of it that are night and work."""

    day: date
    span: Span
    night: tuple[Span, Span]
    work: Span


def _days(zone: ZoneInfo, start: int, end: int) -> Iterator[_Day]:
    clock = clock_of(zone.key, start, end)

    def at(day: date, clock_time: time) -> int:
        return clock.first(wall_of(datetime.combine(day, clock_time)))

    day = naive_of(clock.wall_at(start)).date() - timedelta(days=1)
    last = naive_of(clock.wall_at(end)).date()
    while day <= last:
        begins, ends = at(day, time()), at(day + timedelta(days=1), time())
        night = (begins, at(day, NIGHT_UNTIL)), (at(day, NIGHT_FROM), ends)
        yield _Day(day, (begins, ends), night, (at(day, WORK_FROM), at(day, WORK_UNTIL)))
        day += timedelta(days=1)


def minutes_of(
    spans: Iterable[Span], zone: ZoneInfo, holidays: frozenset[int] = frozenset()
) -> Minutes:
    """The minutes of these spans; ``holidays``: days counted from 1970-01-01. What overlaps
    counts once, and parts of a minute at the end are dropped."""
    joined = joined_spans(spans)
    if not joined:
        return Minutes()
    seconds = dict.fromkeys((one.name for one in fields(Minutes)), 0)
    for day in _days(zone, joined[0][0], joined[-1][1]):
        inside = [span for one in joined if (span := overlap(one, day.span))]
        length = length_of(inside)
        if not length:
            continue
        is_weekend = day.day.weekday() >= SATURDAY
        is_holiday = number_of_day(day.day) in holidays
        at_work = 0 if is_weekend or is_holiday else _within(inside, day.work)
        seconds["total"] += length
        seconds["night"] += sum(_within(inside, one) for one in day.night)
        seconds["weekend"] += length * is_weekend
        seconds["holiday"] += length * is_holiday
        seconds["outside_work"] += length - at_work
    return Minutes(**{name: found // 60 for name, found in seconds.items()})


def count_nights(start: int, end: int, zone: ZoneInfo) -> int:
    """How many nights (22 to 6) the span has a part of."""
    days = list(_days(zone, start, end))
    nights = [(one.night[1][0], other.night[0][1]) for one, other in pairwise(days)]
    nights.append((days[-1].night[1][0], days[-1].span[1]))
    return sum(1 for night in nights if overlap(night, (start, end)))


def is_at_work(instant: int, zone: ZoneInfo) -> bool:
    """Whether it is between 9 and 17 on a day from Monday to Friday."""
    wall = datetime.fromtimestamp(instant, zone)
    return wall.weekday() < SATURDAY and WORK_FROM <= wall.time() < WORK_UNTIL


def is_night(instant: int, zone: ZoneInfo) -> bool:
    """Whether it is between 22 and 6."""
    wall = datetime.fromtimestamp(instant, zone).time()
    return wall >= NIGHT_FROM or wall < NIGHT_UNTIL


def _within(spans: Iterable[Span], part: Span) -> int:
    return length_of(span for one in spans if (span := overlap(one, part)))
