"""Who is on call there and here, cut to minutes and compared as sets of people.

Minutes that differ alike are joined. Instants are seconds since 1970 in UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from escalation.schedules.definition import Layer
from escalation.schedules.facts import Facts
from escalation.schedules.resolver import shifts
from escalation.schedules.spans import Span
from escalation.schedules.timeline import Timeline
from integrations.importers.neutral import RenderedShift

MINUTE_S = 60
DAY_S = 86_400
FIT_S = 35 * DAY_S  # over which the order of a ring is tried; then over all
FITS_WITHIN = 10  # A turned ring explains what differs if at most a tenth of it is left.
People = frozenset[str]
Stretch = tuple[int, int, People]  # start, end, and who: never nobody


class Cause(StrEnum):
    """Why a minute differs."""

    UNKNOWN_PERSON = "unknown person"
    CLOCK = "source counts seconds over a change of the clock"
    ROUNDING = "source rounds to :00/:30"
    FIRST_SHIFT = "first shift differs"
    EDITED = "edited at the source since"
    EMPTY_SLOT = "empty slot"
    SEVERAL_THERE = "several at once there, one here"
    SEVERAL_HERE = "several at once here, one there"
    OLD_ZONES = "older time-zone data there"
    ABSENCE = "absence or forwarding"
    DISABLED_PEOPLE = "order moved by disabled people"
    UNEXPLAINED = "not explained"


@dataclass(frozen=True, slots=True)
class Difference:
    """From ``start`` until ``end`` the source names others than we do; ids of the source."""

    start: int
    end: int
    there: People
    here: People
    cause: Cause = Cause.UNEXPLAINED

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.end - self.start) // MINUTE_S


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides as stretches, the facts of ours, and the ids at the source of our people."""

    theirs: list[Stretch]
    ours: list[Stretch]
    facts: Facts
    people: Mapping[str, int]  # id at the source → ours
    span: Span


def sides_of(
    facts: Facts, rendered: Sequence[RenderedShift], people: Mapping[str, int], span: Span
) -> Sides:
    """Both sides within a span of whole minutes."""
    theirs = [
        (int(one.starts_at.timestamp()), int(one.ends_at.timestamp()), frozenset([one.person]))
        for one in rendered
    ]
    return Sides(_flat(theirs, span), _ours(facts, people, span), facts, people, span)


def differences(sides: Sides) -> list[Difference]:
    """All minutes at which the sets of people differ, as intervals."""
    edges = {edge for side in (sides.theirs, sides.ours) for one in side for edge in one[:2]}
    found: list[Difference] = []
    one = other = 0
    for start, end in pairwise(sorted(edges | set(sides.span))):
        one, there = _at(sides.theirs, one, start)
        other, here = _at(sides.ours, other, start)
        if there == here:
            continue
        last = found[-1] if found else None
        if last and (last.end, last.there, last.here) == (start, there, here):
            found[-1] = replace(last, end=end)
        else:
            found.append(Difference(start, end, there, here))
    return found


def rotations_of(sides: Sides, found: Sequence[Difference]) -> dict[str, int]:
    """By how many places each ring has to be turned so that nearly all that differs ends; {} where
    that does not help. Each ring is tried after those of higher ranks."""
    start, end = sides.span
    short = _cut(sides, (start, min(end, start + FIT_S)))
    fitted: dict[str, int] = {}
    for layer in _rings(sides.facts):
        tries = range(len(layer.ring))
        best = min(tries, key=lambda n: _differing(turned(short, {**fitted, layer.id: n})))
        if best:
            fitted[layer.id] = best
    before = sum(one.minutes for one in found)
    is_explained = fitted and _differing(turned(sides, fitted)) * FITS_WITHIN <= before
    return fitted if is_explained else {}


def turned(sides: Sides, rotations: Mapping[str, int]) -> Sides:
    """The same with the rings of layers turned by so many places."""
    versions = tuple(
        replace(version, definition=replace(version.definition, layers=layers))
        for version in sides.facts.versions
        for layers in [tuple(turn(one, rotations) for one in version.definition.layers)]
    )
    facts = replace(sides.facts, versions=versions)
    return replace(sides, facts=facts, ours=_ours(facts, sides.people, sides.span))


def turn(layer: Layer, rotations: Mapping[str, int]) -> Layer:
    """A layer whose ring begins so many places later."""
    places = rotations.get(layer.id, 0)
    return replace(layer, ring=layer.ring[places:] + layer.ring[:places]) if places else layer


def _rings(facts: Facts) -> list[Layer]:
    layers = {layer.id: layer for one in facts.versions for layer in one.definition.layers}
    rings = [layer for layer in layers.values() if len(set(layer.ring)) > 1]
    return sorted(rings, key=lambda layer: -layer.rank)


def _differing(sides: Sides) -> int:
    return sum(one.minutes for one in differences(sides))


def _cut(sides: Sides, span: Span) -> Sides:
    return replace(
        sides,
        span=span,
        theirs=_flat(sides.theirs, span),
        ours=_ours(sides.facts, sides.people, span),
    )


def _ours(facts: Facts, people: Mapping[str, int], span: Span) -> list[Stretch]:
    if span[0] >= span[1]:
        return []
    names = {number: person for person, number in people.items()}
    pieces: Timeline = shifts(facts, *span)
    return _flat(
        [
            (piece.start, piece.end, frozenset([names.get(place.user, f"#{place.user}")]))
            for piece in pieces
            for place in piece.places
        ],
        span,
    )


def _flat(stretches: Iterable[Stretch], span: Span) -> list[Stretch]:
    """Cut to whole minutes and to the span, those of the same time together, in order."""
    events: list[tuple[int, int, str]] = []
    for start, end, people in stretches:
        begins, ends = max(minute_of(start), span[0]), min(minute_of(end), span[1])
        if begins < ends:
            for person in people:
                events += [(begins, 1, person), (ends, -1, person)]
    events.sort(key=lambda event: event[0])
    found: list[Stretch] = []
    counts: dict[str, int] = {}
    for (at, change, person), following in pairwise([*events, (span[1], 0, "")]):
        counts[person] = counts.get(person, 0) + change
        now = frozenset(name for name, count in counts.items() if count)
        if now and following[0] > at:
            found.append((at, following[0], now))
    return found


def _at(side: Sequence[Stretch], place: int, instant: int) -> tuple[int, People]:
    """(the place from which to go on, who is on call at an instant) of stretches in order."""
    while place < len(side) and side[place][1] <= instant:
        place += 1
    if place < len(side) and side[place][0] <= instant:
        return place, side[place][2]
    return place, frozenset()


def minute_of(instant: int) -> int:
    """The minute that an instant is in."""
    return instant - instant % MINUTE_S
