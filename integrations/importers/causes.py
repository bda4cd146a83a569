"""Why the source and we differ at some time, as far as that can be seen from both sides."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from integrations.importers.comparison import DAY_S, MINUTE_S, Cause, Difference, Sides
from opsportal.lib.wall_clock import WallClock, clock_of

HALF_HOUR_S = 30 * MINUTE_S
CLOCK_REACH_S = 200 * DAY_S  # A change of the clock is looked for so long before.
LARGEST_CHANGE_S = 2 * 3600
EARLY, LATE = "early", "late"
# Zones whose rules were changed lately, from which day on older data are wrong.
CHANGED_ZONES = {
    "Africa/Casablanca": "2026-09-20",
    "Africa/El_Aaiun": "2026-09-20",
    "America/Edmonton": "2026-11-01",
    "America/Inuvik": "2026-11-01",
    "America/Yellowknife": "2026-11-01",
    "America/Rainy_River": "2026-11-01",
    "America/Vancouver": "2026-11-01",
    "America/Winnipeg": "2026-11-01",
    "Canada/Central": "2026-11-01",
    "Canada/Mountain": "2026-11-01",
    "Canada/Pacific": "2026-11-01",
    "America/Havana": "2026-11-01",
    "Cuba": "2026-11-01",
    "Europe/Chisinau": "2025-03-30",
    "Europe/Tiraspol": "2025-03-30",
}


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the source but not of its shifts. ``was_edited``: since it was read;
    ``skips_disabled``: it leaves disabled people out of its rings, so that the others move up."""

    was_edited: bool = False
    skips_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Whether a hand-over is earlier there than here, or later: each is one end of it."""

    is_early: bool
    is_late: bool


def hints_of(source: str) -> Hints:
    """What is known of a source by its name."""
    return Hints(skips_disabled=source == "opsknight")


def explained(found: Sequence[Difference], sides: Sides, hints: Hints) -> Iterator[Difference]:
    """The same, each with the first cause that fits."""
    span = set(sides.span)
    theirs = {edge for stretch in sides.theirs for edge in stretch[:2]} - span
    ours = {edge for stretch in sides.ours for edge in stretch[:2]} - span
    for one in found:
        moved = Moved(
            is_early=one.start in theirs and one.end in ours,
            is_late=one.start in ours and one.end in theirs,
        )
        yield replace(one, cause=next(_causes(one, sides, hints, moved)))


def _causes(one: Difference, sides: Sides, hints: Hints, moved: Moved) -> Iterator[Cause]:
    if hints.skips_disabled and _has_disabled(sides, one.start):
        yield Cause.DISABLED_PEOPLE
    if any(_is_unknown(sides, person, one.start) for person in one.there - one.here):
        yield Cause.UNKNOWN_PERSON
    yield from _by_time(one, sides, moved)
    if _is_absence(one, sides):
        yield Cause.ABSENCE
    yield from _by_people(one, sides)
    yield Cause.EDITED if hints.was_edited else Cause.UNEXPLAINED


def _by_time(one: Difference, sides: Sides, moved: Moved) -> Iterator[Cause]:
    if not (moved.is_early or moved.is_late):
        return
    for zone in _zones(sides, one.start):
        if _is_old_zone(zone, one):
            yield Cause.OLD_ZONES
        clock = clock_of(zone, one.start - CLOCK_REACH_S, one.end)
        way = _way_of_change(clock, one, since=_first_anchor(sides, one.start))
        if (way == EARLY and moved.is_early) or (way == LATE and moved.is_late):
            yield Cause.CLOCK
        if _is_rounding(clock, one, moved):
            yield Cause.ROUNDING


def _by_people(one: Difference, sides: Sides) -> Iterator[Cause]:
    definition = sides.facts.definition_at(one.start)
    has_empty_slot = any(not slot for layer in definition.layers for slot in layer.ring)
    if not (one.there and one.here) and has_empty_slot:
        yield Cause.EMPTY_SLOT
    if one.here and one.here < one.there:
        yield Cause.SEVERAL_THERE
    if one.there and one.there < one.here:
        yield Cause.SEVERAL_HERE


def _has_disabled(sides: Sides, instant: int) -> bool:
    layers = sides.facts.definition_at(instant).layers
    return any(
        not sides.facts.is_active(person, instant) for layer in layers for person in layer.people
    )


def _is_unknown(sides: Sides, person: str, instant: int) -> bool:
    """Whether they are nobody here, or somebody who may not be on call."""
    number = sides.people.get(person)
    return number is None or not sides.facts.is_active(number, instant)


def _zones(sides: Sides, instant: int) -> list[str]:
    definition = sides.facts.definition_at(instant)
    return sorted({definition.zone, *map(definition.zone_of, definition.layers)})


def _is_old_zone(zone: str, one: Difference) -> bool:
    day = CHANGED_ZONES.get(zone)
    is_since = day is not None and datetime.fromtimestamp(one.start, UTC).date().isoformat() >= day
    return is_since and one.end - one.start <= LARGEST_CHANGE_S


def _first_anchor(sides: Sides, instant: int) -> int:
    """From when on the turns of a source that counts seconds may be off, as a time on the wall."""
    layers = sides.facts.definition_at(instant).layers
    return min((layer.anchor for layer in layers), default=instant)


def _way_of_change(clock: WallClock, one: Difference, since: int) -> str:
    """Where it is as long as the last change of the clock: whether a source that counts seconds is
    early since then, because the clock was put back, or late. '' where it is not."""
    place = bisect_right(clock.starts, one.end - 1) - 1
    if place < 1 or clock.starts[place] < max(one.start - CLOCK_REACH_S, since):
        return ""
    change_s = clock.offsets[place] - clock.offsets[place - 1]
    if one.end - one.start != abs(change_s):
        return ""
    return EARLY if change_s < 0 else LATE


def _is_rounding(clock: WallClock, one: Difference, moved: Moved) -> bool:
    """Whether theirs is at a half hour of the wall, and ours is not."""
    start, end = clock.wall_at(one.start) % HALF_HOUR_S, clock.wall_at(one.end) % HALF_HOUR_S
    is_theirs = (moved.is_early and not start and end) or (moved.is_late and not end and start)
    return one.end - one.start < HALF_HOUR_S and bool(is_theirs)


def _is_absence(one: Difference, sides: Sides) -> bool:
    names = {number: person for person, number in sides.people.items()}
    differing = one.there ^ one.here
    return any(
        {names.get(absence.user), names.get(absence.cover or 0)} & differing
        for absence in sides.facts.absences
        if absence.start < one.end and absence.counts_until > one.start
    )
