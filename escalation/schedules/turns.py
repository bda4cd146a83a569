"""Turns: when each begins and ends, and which places of the ring are on call in it.

A turn begins at the first instant at which the clock reads the wall time of its boundary, so that
there is no gap and no overlap through any change of the clock. A turn whose boundary and whose
successor's fall into the same leap has no length, and is used up.
"""

import math
from calendar import monthrange
from collections.abc import Iterator
from itertools import count

from escalation.schedules.definition import Definition, Layer, Slot, Turns, Unit
from escalation.schedules.windows import meets
from opsportal.lib.wall_clock import DAY_S, WallClock, clock_of, naive_of, wall_of

UNIT_S = {Unit.HOUR: 3600, Unit.DAY: DAY_S, Unit.WEEK: 7 * DAY_S}
WEEK_S = 7 * DAY_S
LONGEST_MONTH_S = 31 * DAY_S
PRIMARY, SECONDARY = "primary", "secondary"
Roles = tuple[tuple[str, Slot], ...]  # (role, people) of each place that is on call


class Rotation:
    """The turns of a layer, by the clock of its zone. Turns before the anchor are negative."""

    __slots__ = ("_before", "_roles", "clock", "layer")

    def __init__(self, layer: Layer, clock: WallClock) -> None:
        self.layer, self.clock = layer, clock
        self._roles: dict[int, Roles] = {}
        self._before = _duty_turns_before(layer)

    def begins(self, turn: int) -> int:
        """The instant at which a turn begins."""
        return self.clock.first(boundary_wall(self.layer, turn))

    def turn_at(self, instant: int) -> int:
        """The number of the turn of an instant."""
        turn = _estimate(self.layer, self.clock.wall_at(instant))
        while self.begins(turn) > instant:
            turn -= 1
        while self.begins(turn + 1) <= instant:
            turn += 1
        return turn

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """(turn, its start, its end) of all that have a part in the span, uncut, in order."""
        turn = self.turn_at(start)
        begins = self.begins(turn)
        for ends in self.clock.firsts(_boundaries_after(self.layer, turn)):
            if begins >= end:
                return
            if begins < ends:
                yield turn, begins, ends
            turn, begins = turn + 1, ends

    def roles(self, turn: int) -> Roles:
        """(role, people) of the places of the ring that are on call in a turn, primary first."""
        place = self.place(turn)
        if place not in self._roles:
            self._roles[place] = _roles(self.layer, place)
        return self._roles[place]

    def place(self, turn: int) -> int:
        """The place of the ring that is the first on call in a turn."""
        return self.duty_count(turn) * self.layer.step % len(self.layer.ring)

    def duty_count(self, turn: int) -> int:
        """How many turns before this one have moved the order on; negative before the anchor."""
        if self._before is None:
            return turn
        if self.layer.unit == Unit.MONTH:
            turns = range(turn) if turn >= 0 else range(turn, 0)
            count = sum(_is_duty(self.layer, number) for number in turns)
            return count if turn >= 0 else -count
        periods, rest = divmod(turn, len(self._before) - 1)
        return periods * self._before[-1] + self._before[rest]


def rotation_between(definition: Definition, layer: Layer, start: int, end: int) -> Rotation:
    """The turns of a layer, by a clock that is right for all that have a part in a span."""
    reach_s = layer.every * UNIT_S.get(layer.unit, LONGEST_MONTH_S)
    return Rotation(layer, clock_of(definition.zone_of(layer), start - reach_s, end + reach_s))


def boundary_wall(layer: Layer, turn: int) -> int:
    """The wall time at which a turn begins. A month is clipped to its last day, always counted
    from the anchor."""
    if layer.unit != Unit.MONTH:
        return layer.anchor + turn * layer.every * UNIT_S[layer.unit]
    anchor = naive_of(layer.anchor)
    years, month = divmod(anchor.month - 1 + turn * layer.every, 12)
    year = anchor.year + years
    day = min(anchor.day, monthrange(year, month + 1)[1])
    return wall_of(anchor.replace(year=year, month=month + 1, day=day))


def _boundaries_after(layer: Layer, turn: int) -> Iterator[int]:
    """The wall times at which the following turns begin, without an end."""
    if layer.unit == Unit.MONTH:
        return (boundary_wall(layer, number) for number in count(turn + 1))
    return count(boundary_wall(layer, turn + 1), layer.every * UNIT_S[layer.unit])


def _roles(layer: Layer, place: int) -> Roles:
    """Those of the ring from a place on."""
    size = len(layer.ring)
    return tuple(
        (
            PRIMARY if number < layer.primaries else SECONDARY,
            layer.ring[(place + number) % size],
        )
        for number in range(layer.primaries + layer.secondaries)
    )


def _estimate(layer: Layer, wall: int) -> int:
    if layer.unit != Unit.MONTH:
        return (wall - layer.anchor) // (layer.every * UNIT_S[layer.unit])
    anchor, now = naive_of(layer.anchor), naive_of(wall)
    months = 12 * (now.year - anchor.year) + now.month - anchor.month
    return months // layer.every


def _duty_turns_before(layer: Layer) -> list[int] | None:
    """How many duty turns come before each turn of a period, after which all begins again: the
    least common multiple of a turn and a week, at most 168 turns. None where all turns count."""
    if layer.turns == Turns.CALENDAR or not layer.windows:
        return None
    if layer.unit == Unit.MONTH:
        return []
    length_s = layer.every * UNIT_S[layer.unit]
    counts = [0]
    for turn in range(math.lcm(length_s, WEEK_S) // length_s):
        counts.append(counts[-1] + _is_duty(layer, turn))
    return counts


def _is_duty(layer: Layer, turn: int) -> bool:
    start, end = boundary_wall(layer, turn), boundary_wall(layer, turn + 1)
    return any(meets(window, start, end) for window in layer.windows)
