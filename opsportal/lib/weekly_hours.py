"""Hours of the week in a time zone, as UTC instants, through every change of the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsportal.lib.wall_clock import clock_of, wall_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
SEARCH_DAYS = 9  # A week, and a day more on either side for hours that pass midnight.
MAX_SEARCH_DAYS = 400  # Holidays may close more than a week.


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """From ``start`` to ``end``, in minutes since midnight, on each of ``days`` (0 is Monday).

    An ``end`` that is not after ``start`` is on the next day; the hours belong to the day on
    which they began. ``end`` itself is outside. Of ``holidays`` the weekday does not count:
    on all of them there are hours, or on none.
    """

    days: frozenset[int]
    start: int = 0
    end: int = MINUTES_PER_DAY
    holidays: frozenset[date] = frozenset()
    on_holidays: bool = False

    def periods(
        self, zone: ZoneInfo, around: date, days: int
    ) -> Iterator[tuple[datetime, datetime]]:
        """(begin, end) in UTC of the periods that begin the day before ``around`` or later.

        ``days`` counts the days looked at from ``around`` on.
        """
        for offset in range(-1, days):
            day = around + timedelta(days=offset)
            if self._begin_on(day):
                end = self.end if self.end > self.start else self.end + MINUTES_PER_DAY
                yield (
                    _minute_to_utc(day, self.start, zone, is_end=False),
                    _minute_to_utc(day, end, zone, is_end=True),
                )

    def _begin_on(self, day: date) -> bool:
        return self.on_holidays if day in self.holidays else day.weekday() in self.days

    def contains(self, zone: ZoneInfo, now: datetime) -> bool:
        """Whether ``now`` is within these hours."""
        today = now.astimezone(zone).date()
        return any(begin <= now < end for begin, end in self.periods(zone, today, 1))


def next_opening(table: Sequence[WeeklyHours], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the next period of ``table`` begins, in UTC; None within one, or if there is none
    within 400 days."""
    if any(hours.contains(zone, now) for hours in table):
        return None
    today = now.astimezone(zone).date()
    for ahead in range(0, MAX_SEARCH_DAYS, SEARCH_DAYS):
        day = today + timedelta(days=ahead)
        spans = [span for hours in table for span in hours.periods(zone, day, SEARCH_DAYS)]
        if begins := [begin for begin, _ in spans if begin > now]:
            return min(begins)
    return None


def _minute_to_utc(day: date, minutes: int, zone: ZoneInfo, *, is_end: bool) -> datetime:
    days, minute = divmod(minutes, MINUTES_PER_DAY)
    wall = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60))
    return to_utc(wall, zone, is_end=is_end)


def to_utc(wall: datetime, zone: ZoneInfo, *, is_end: bool) -> datetime:
    """The instant in UTC at which the clocks of ``zone`` show ``wall``, a naive time.

    Of a time that comes twice a period begins with the first and ends with the second. A time
    that is skipped is the moment of the change.
    """
    at = wall_of(wall)
    clock = clock_of(zone.key, at, at)
    found = datetime.fromtimestamp(clock.last(at) if is_end else clock.first(at), UTC)
    return found + timedelta(microseconds=wall.microsecond)


def datetime_on(wall: datetime, zone: ZoneInfo, *, is_end: bool = False) -> datetime | None:
    """The instant of this date and time in a zone, in UTC; None where the clock leaves it out."""
    found = to_utc(wall, zone, is_end=is_end)
    return found if found.astimezone(zone).replace(tzinfo=None) == wall else None
