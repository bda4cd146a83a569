"""Who is on call by OpsKnight's own rules, for it keeps no shifts: from one hour to the next.

The turn of a layer is counted from its start: whole days by the clock of the zone, other lengths
in seconds. Disabled people are left out of the ring. An override replaces one person, or everybody
(in version 2 it adds); the one that starts last wins. Of layers the highest priority wins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC as UTC_ZONE
from datetime import datetime, timedelta
from itertools import pairwise

from integrations.importers.neutral import RenderedShift
from integrations.importers.opsknight.schedules import (
    hours_of,
    layers_of,
    overrides_of,
    ring_of,
    weekdays_of,
)
from integrations.importers.opsknight.source import EQUAL_HOURS, NOBODY, UTC, Source
from integrations.importers.rows import Row
from opsportal.lib.wall_clock import DAY_S, WallClock, clock_of, wall_of

HOUR_S, DAYS = 3600, 90
DAY_HOURS = 24
MONDAY = 3  # 1970-01-01 was a Thursday.


@dataclass(frozen=True, slots=True)
class Layer:
    """Instants are seconds since 1970; ``windows``: (weekdays, from hour, to hour) or None."""

    start: int
    end: int | None
    rotation_h: int
    shift_h: int
    ring: tuple[str, ...]
    days: frozenset[int]
    hours: tuple[int, int] | None

    def person_at(self, instant: int, clock: WallClock) -> str:
        """Who is on call by it alone; '' is nobody."""
        if not self.ring or instant < self.start or (self.end and instant >= self.end):
            return ""
        if not self._is_open(clock.wall_at(instant)):
            return ""
        is_days = self.rotation_h % DAY_HOURS == 0
        passed = instant - self.start
        if is_days:
            passed = clock.wall_at(instant) - clock.wall_at(self.start)
        turn, within = divmod(passed, self.rotation_h * HOUR_S)
        return self.ring[turn % len(self.ring)] if within < self.shift_h * HOUR_S else ""

    def _is_open(self, wall: int) -> bool:
        if self.hours is None:
            return True
        start, end = self.hours
        day, hour = wall // DAY_S, wall % DAY_S // HOUR_S
        if start < end:
            return (day + MONDAY) % 7 in self.days and start <= hour < end
        is_late = hour >= start and (day + MONDAY) % 7 in self.days
        return is_late or (hour < end and (day - 1 + MONDAY) % 7 in self.days)


def rendered_of(source: Source, row: Row) -> tuple[RenderedShift, ...]:
    """The shifts of a schedule for 90 days. Raises FieldError."""
    zone, start = row.zone("timeZone", "UTC"), _hour(source.now)
    end = start + DAYS * DAY_S
    clock = clock_of(zone, start, end)
    rows = layers_of(source, row.id())
    layers = [one for found in reversed(rows) if (one := _layer(source, found))]
    overrides = overrides_of(source, row.id())
    spans = [(_second(one, "start"), _second(one, "end"), one) for one in overrides]
    edges = {start, end, *(edge for span in spans for edge in span[:2] if start < edge < end)}
    for phase in _phases(layers, clock):
        edges |= set(range(start + phase, end, HOUR_S))
    found: list[tuple[int, int, frozenset[str]]] = []
    for begins, ends in pairwise(sorted(edges)):
        people = _people(source, layers, spans, begins, clock)
        if found and found[-1][1:] == (begins, people):
            found[-1] = (found[-1][0], ends, people)
        else:
            found.append((begins, ends, people))
    return tuple(_shifts(found))


def _phases(layers: list[Layer], clock: WallClock) -> set[int]:
    """The seconds after each full hour of UTC at which anybody's turn or hours may begin."""
    walls = {clock.wall_at(layer.start) for layer in layers} | {0}
    found = {(wall - offset) % HOUR_S for wall in walls for offset in clock.offsets}
    return found | {layer.start % HOUR_S for layer in layers}


def span_of(source: Source) -> tuple[datetime, datetime]:
    """Between which instants the shifts are worked out."""
    start = datetime.fromtimestamp(_hour(source.now), UTC_ZONE)
    return start, start + timedelta(days=DAYS)


def _people(
    source: Source,
    layers: list[Layer],
    spans: list[tuple[int, int, Row]],
    instant: int,
    clock: WallClock,
) -> frozenset[str]:
    people = {next(filter(None, (one.person_at(instant, clock) for one in layers)), "")} - {""}
    for start, end, row in spans:
        if start <= instant < end:
            person, replaced = row.id("userId"), row.text("replacesUserId")
            if replaced and replaced in people:
                people = people - {replaced} | {person}
            elif not replaced:
                people = people | {person} if source.is_second else {person}
    return frozenset(people)


def _layer(source: Source, row: Row) -> Layer | None:
    """None where its hours are of version 1 and never open."""
    restriction = row.row("restrictions")
    hours = hours_of(restriction) if restriction else None
    if hours and hours[0] == hours[1] and source.choices.get(EQUAL_HOURS) == NOBODY:
        return None
    rotation = row.whole("rotationLengthHours", DAY_HOURS)
    end = row.instant_or_none("end", UTC)
    return Layer(
        start=_second(row, "start"),
        end=int(end.timestamp()) if end else None,
        rotation_h=rotation,
        shift_h=row.whole("shiftLengthHours", rotation),
        ring=tuple(one for one in ring_of(source, row.id()) if one not in source.disabled),
        days=frozenset(weekdays_of(restriction) if restriction else range(7)),
        hours=hours,
    )


def _shifts(found: list[tuple[int, int, frozenset[str]]]) -> Iterator[RenderedShift]:
    for start, end, people in found:
        for person in sorted(people):
            moment = datetime.fromtimestamp(start, UTC_ZONE)
            yield RenderedShift(person, moment, datetime.fromtimestamp(end, UTC_ZONE))


def _second(row: Row, name: str) -> int:
    return int(row.instant(name, UTC).timestamp())


def _hour(now: datetime) -> int:
    second = wall_of(now.astimezone(UTC_ZONE).replace(tzinfo=None))
    return second - second % HOUR_S
