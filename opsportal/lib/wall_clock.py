"""The clock on the wall of a time zone, as a table: wall time ↔ instant by integer arithmetic.

Instants are seconds since 1970 in UTC. Wall times are seconds since 1970-01-01 00:00 as the clock
reads them; ``wall_of`` and ``naive_of`` convert naive datetimes. Aware datetimes of one zone
compare by the wall, and are never compared here.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_S = 86_400
PROBE_S = DAY_S // 2  # No zone changes its clock twice within half a day.
MAX_OFFSET_S = 16 * 3600  # Local mean times reach 15:56.
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time


@dataclass(frozen=True, slots=True)
class WallClock:
    """Offsets of a zone over a span of years; outside of it the nearest offset holds on.

    ``offsets[i]``, in seconds, holds from ``starts[i]`` until ``starts[i + 1]``; ``starts[0]`` is
    before every time.
    """

    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    def wall_at(self, instant: int) -> int:
        """What the clock reads at the instant."""
        return instant + self.offsets[bisect_right(self.starts, instant) - 1]

    def first(self, wall: int) -> int:
        """The first instant at which the clock reads ``wall``; where the clock leaves it out, the
        instant of the leap. Never decreases from an earlier wall time to a later one."""
        starts, offsets = self.starts, self.offsets
        place = bisect_right(starts, wall - MAX_OFFSET_S) - 1
        while place + 1 < len(starts) and wall >= starts[place + 1] + offsets[place]:
            place += 1
        return max(wall - offsets[place], starts[place])

    def firsts(self, walls: Iterable[int]) -> Iterator[int]:
        """`first` of wall times that do not decrease, in one walk over the changes of the clock."""
        starts, offsets = self.starts, self.offsets
        place = 0
        for wall in walls:
            while place + 1 < len(starts) and wall >= starts[place + 1] + offsets[place]:
                place += 1
            yield max(wall - offsets[place], starts[place])

    def last(self, wall: int) -> int:
        """The last instant at which the clock reads ``wall``; where the clock leaves it out, the
        instant of the leap."""
        starts, offsets = self.starts, self.offsets
        place = bisect_right(starts, wall + MAX_OFFSET_S) - 1
        while place and wall < starts[place] + offsets[place]:
            place -= 1
        instant = wall - offsets[place]
        return min(instant, starts[place + 1]) if place + 1 < len(starts) else instant

    def changes(self, start: int, end: int) -> list[int]:
        """The instants from ``start`` until ``end`` at which the clock is put forward or back."""
        return [instant for instant in self.starts[1:] if start <= instant < end]


def clock_of(zone: str, start: int, end: int) -> WallClock:
    """The clock of an IANA zone from two days before ``start`` until two days after ``end``."""
    first, last = _year(start - 2 * DAY_S), _year(end + 2 * DAY_S)
    return _clock(zone, first, last)


def wall_of(naive: datetime) -> int:
    """A naive datetime as a wall time."""
    return (naive - EPOCH) // timedelta(seconds=1)


def naive_of(wall: int) -> datetime:
    """A wall time as a naive datetime."""
    return EPOCH + timedelta(seconds=wall)


@lru_cache(maxsize=512)
def _clock(zone: str, first_year: int, last_year: int) -> WallClock:
    years = [_changes(zone, year) for year in range(first_year, last_year + 1)]
    before = _offset(ZoneInfo(zone), _start_of(first_year))
    pairs = [(-(2**62), before), *(pair for changes in years for pair in changes)]
    return WallClock(tuple(at for at, _ in pairs), tuple(offset for _, offset in pairs))


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """(instant, offset from then on) of each change of the clock in a year of UTC."""
    place, found = ZoneInfo(zone), []
    low, end = _start_of(year), _start_of(year + 1)
    before = _offset(place, low)
    while low < end:
        high = min(low + PROBE_S, end)
        offset = _offset(place, high)
        if offset != before:
            found.append((_change_between(place, low, high), offset))
        low, before = high, offset
    return tuple(found)


def _change_between(zone: ZoneInfo, low: int, high: int) -> int:
    """The first second that has the offset of ``high``, found by bisection."""
    offset = _offset(zone, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == offset else (middle, high)
    return high


def _offset(zone: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, zone).utcoffset() or timedelta()
    return offset // timedelta(seconds=1)


def _start_of(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


def _year(instant: int) -> int:
    return datetime.fromtimestamp(instant, UTC).year
