"""Times of the week in a time zone: which instants they are, through every change of the clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """From ``start`` to ``end`` (minutes of the day) on these days; an end that is not after the
    start is on the next day, which makes it belong to the day on which it began."""

    days: frozenset[int]  # 0 is Monday
    start: int = 0
    end: int = A_DAY

    def spans(self, zone: ZoneInfo, around: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The spans that begin from the day before ``around`` on, for so many days."""
        for offset in range(-1, days):
            day = around + timedelta(days=offset)
            if day.weekday() in self.days:
                end = self.end if self.end > self.start else self.end + A_DAY
                yield (
                    _instant(day, self.start, zone, is_end=False),
                    _instant(day, end, zone, is_end=True),
                )

    def holds(self, zone: ZoneInfo, now: datetime) -> bool:
        """Whether ``now`` is within these hours."""
        today = now.astimezone(zone).date()
        return any(begin <= now < end for begin, end in self.spans(zone, today, 1))


def next_opening(table: Sequence[Hours], zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first instant of the hours that come next; None within them."""
    if any(hours.holds(zone, now) for hours in table):
        return None
    today = now.astimezone(zone).date()
    begins = [begin for hours in table for begin, _ in hours.spans(zone, today, 9)]
    return min((begin for begin in begins if begin > now), default=None)


def _instant(day: date, minutes: int, zone: ZoneInfo, *, is_end: bool) -> datetime:
    day, minutes = day + timedelta(days=minutes // A_DAY), minutes % A_DAY
    return instant(datetime.combine(day, time(minutes // 60, minutes % 60)), zone, is_end=is_end)


def instant(wall: datetime, zone: ZoneInfo, *, is_end: bool) -> datetime:
    """That time by the clock on the wall, in UTC. Of a time that comes twice a span begins with
    the first and ends with the second; of one that is left out it is the moment of the leap."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first <= second:
        return second if is_end else first
    return _leap(second, first, zone)


def _leap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the clock on the wall is put forward, between these two."""
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = after.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)
