"""Who is on call: one answer for pages, feeds, the API and policies. Pure.

In this order: the version that holds; the turns of its layers within their windows, changed by
the overrides of a layer; inactive people drop out, and nobody moves up; the highest rank that has
anybody; the overrides of the whole schedule in the order in which they were made; those who cover
for somebody who is away.
"""

from collections.abc import Iterator, Sequence
from functools import partial, reduce
from itertools import groupby, pairwise

from escalation.schedules.definition import Definition, Layer
from escalation.schedules.facts import Absence, Facts, Override, OverrideKind, Version
from escalation.schedules.timeline import (
    AbsenceCause,
    OverrideCause,
    Piece,
    Place,
    Places,
    Timeline,
    TurnCause,
    change,
    complete,
    covers,
    cut,
    fill,
    joined,
    over,
    split,
    together,
)
from escalation.schedules.turns import PRIMARY, rotation_between
from escalation.schedules.windows import spans_of
from opsportal.lib.wall_clock import DAY_S

MAX_COVERS = 5  # in a chain: the cover of the cover
ROLE_ORDER = {"primary": 0, "secondary": 1}
LOOK_AHEAD_S = (DAY_S, 8 * DAY_S, 64 * DAY_S, 400 * DAY_S)


def who(facts: Facts, at: int) -> Places:
    """Who is on call at an instant, in order; () is nobody."""
    return shifts(facts, at, at + 1)[0].places


def shifts(facts: Facts, start: int, end: int) -> Timeline:
    """Who is on call between two instants, without a gap: where it is nobody a piece says so.

    Neighbours that differ in nothing but the turn stay apart.
    """
    pieces: Timeline = []
    for version, begin, finish in _versions_between(facts, start, end):
        pieces += cut(_layers(facts, version.definition, begin, finish), begin, finish)
    for override in _in_order(facts.overrides, start, end):
        if not override.layer:
            pieces = _overridden(facts, pieces, override, start, end)
    pieces = _covered(facts, pieces, start, end)
    return joined(complete([_without_duplicates(piece) for piece in pieces], start, end))


def piece_at(facts: Facts, at: int) -> Piece:
    """Who is on call at an instant, and until when, looked for up to 400 days ahead."""
    for ahead_s in LOOK_AHEAD_S:
        first = shifts(facts, at, at + ahead_s)[0]
        if first.end < at + ahead_s:
            break
    return first


def _versions_between(facts: Facts, start: int, end: int) -> Iterator[tuple[Version, int, int]]:
    """Each version that holds within the span, from when and until when."""
    begins = [start if v.effective_from is None else v.effective_from for v in facts.versions]
    for version, begin, following in zip(facts.versions, begins, [*begins[1:], end], strict=True):
        if max(begin, start) < min(following, end):
            yield version, max(begin, start), min(following, end)


def _layers(facts: Facts, definition: Definition, start: int, end: int) -> Timeline:
    """The layers of a version over each other. Pieces may begin before the span and end after."""
    found: Timeline = []
    ordered = sorted(definition.layers, key=lambda layer: -layer.rank)
    for _, of_rank in groupby(ordered, key=lambda layer: layer.rank):
        if covers(found, start, end):
            break  # What lies below is seen nowhere.
        timelines = [layer_timeline(facts, definition, one, start, end) for one in of_rank]
        found = over(found, reduce(together, timelines))
    return found


def layer_timeline(
    facts: Facts, definition: Definition, layer: Layer, start: int, end: int
) -> Timeline:
    """Who is on call by one layer alone, with the overrides of it; inactive people are left out."""
    if layer.calendar:
        named = facts.calendars.get(layer.id, ())
        pieces = [_of_calendar(layer, *row) for row in named if row[0] < end and row[1] > start]
    else:
        pieces = _turns(facts, definition, layer, start, end)
    for override in _in_order(facts.overrides, start, end):
        if override.layer == layer.id:
            pieces = _overridden(facts, pieces, override, start, end)
    for user in facts.inactive:
        for since, until in facts.inactive[user]:
            pieces = change(pieces, max(since, start), min(until, end), partial(_drop, user))
    return [piece for piece in pieces if piece.places]


def _turns(facts: Facts, definition: Definition, layer: Layer, start: int, end: int) -> Timeline:
    """The turns of a layer within its windows, from its start until its end; one whose place in
    the ring is empty has a piece without anybody."""
    rotation = rotation_between(definition, layer, start, end)
    clock = rotation.clock
    begins = start if layer.starts is None else clock.first(layer.starts)
    ends = end if layer.ends is None else clock.first(layer.ends)
    if max(begins, start) >= min(ends, end):
        return []
    turns = list(rotation.between(max(begins, start), min(ends, end)))
    windows = spans_of(layer, clock, turns[0][1], turns[-1][2], facts.holidays)
    found, place = [], 0
    for turn, since, until in turns:
        cause = (TurnCause(layer.id, since, until),)
        places = tuple(
            [Place(user, role, cause) for role, slot in rotation.roles(turn) for user in slot]
        )
        if windows is None:
            found.append(Piece(since, until, places))
            continue
        while place < len(windows) and windows[place][1] <= since:
            place += 1
        for opens, closes in windows[place:]:
            if opens >= until:
                break
            found.append(Piece(max(opens, since), min(closes, until), places))
    earliest = found[0].start if found and layer.starts is None else begins
    latest = found[-1].end if found and layer.ends is None else ends
    return cut(found, earliest, latest)


def _of_calendar(layer: Layer, start: int, end: int, people: Sequence[int]) -> Piece:
    cause = (TurnCause(layer.id, start, end),)
    return Piece(start, end, tuple(Place(user, PRIMARY, cause) for user in people))


def _drop(user: int, piece: Piece) -> Piece:
    if all(place.user != user for place in piece.places):
        return piece
    return piece._replace(places=tuple(place for place in piece.places if place.user != user))


def _in_order(overrides: Sequence[Override], start: int, end: int) -> list[Override]:
    """Those that have a part in the span, in the order in which they were made."""
    found = [one for one in overrides if one.start < end and one.counts_until > start]
    return sorted(found, key=lambda one: (one.made_at, one.id))


def _overridden(
    facts: Facts, pieces: Timeline, override: Override, start: int, end: int
) -> Timeline:
    """Changed by an override. One of a whole schedule fills what is nobody's; one of a layer
    changes the layer where it is on call. Inactive people are taken out of it; if nobody is left
    it counts as not made."""
    start, end = max(start, override.start), min(end, override.counts_until)
    fills = not override.layer and override.instead_of is None
    apply = fill if fills else change
    if override.kind == OverrideKind.NOBODY:
        return apply(pieces, start, end, lambda p: Piece(p.start, p.end, (), override.id))
    edges = {
        edge for user in override.people for span in facts.inactive.get(user, ()) for edge in span
    }
    points = [start, *sorted(edge for edge in edges if start < edge < end), end]
    for since, until in pairwise(points):
        people = [user for user in override.people if facts.is_active(user, since)]
        if people:
            pieces = apply(pieces, since, until, partial(_with_override, override, people))
    return pieces


def _edges_of_inactivity(facts: Facts, people: Sequence[int]) -> set[int]:
    return {edge for user in people for span in facts.inactive.get(user, ()) for edge in span}


def _with_override(override: Override, people: Sequence[int], piece: Piece) -> Piece:
    named = tuple(_named(override, user) for user in people)
    if override.kind == OverrideKind.ALSO:
        return Piece(piece.start, piece.end, piece.places + named)
    if override.instead_of is None:
        return Piece(piece.start, piece.end, named)
    places: Places = ()
    for place in piece.places:
        if place.user == override.instead_of:
            places += tuple(_named(override, user, place) for user in people)
        else:
            places += (place,)
    return piece._replace(places=places)


def _named(override: Override, user: int, instead: Place | None = None) -> Place:
    """A person whom an override names, in the role and with the causes of whom they replace."""
    cause = OverrideCause(override.id, instead.user if instead else None)
    if instead is None:
        return Place(user, PRIMARY, (cause,), override.made_at)
    return Place(user, instead.role, (*instead.causes, cause), override.made_at)


def _covered(facts: Facts, pieces: Timeline, start: int, end: int) -> Timeline:
    """Whoever is away and has a cover is replaced by them."""
    absences = [
        one
        for one in facts.absences
        if one.cover is not None
        and one.team in (None, facts.team)
        and one.start < end
        and one.counts_until > start
    ]
    if not absences:
        return pieces
    edges = {edge for one in absences for edge in (one.start, one.counts_until)}
    edges |= _edges_of_inactivity(facts, [one.cover for one in absences if one.cover])
    return [
        piece._replace(places=tuple(_cover(facts, absences, p, piece.start) for p in piece.places))
        for piece in split(pieces, edges)
    ]


def _cover(facts: Facts, absences: Sequence[Absence], place: Place, at: int) -> Place:
    """Whoever covers for the person of a place, and for the cover, at an instant. An override
    that names somebody after they said that they are away stands."""
    user, causes, met = place.user, place.causes, {place.user}
    for link in range(MAX_COVERS):
        absence = _absence_of(absences, user, at)
        if absence is None or (link == 0 and place.named_at > absence.made_at):
            break
        cover = absence.cover
        if cover is None or cover in met or not facts.is_active(cover, at):
            break
        causes = (*causes, AbsenceCause(absence.id, user))
        user = cover
        met.add(cover)
    return place if user == place.user else place._replace(user=user, causes=causes)


def _absence_of(absences: Sequence[Absence], user: int, at: int) -> Absence | None:
    """The absence of a person at an instant; one from the team of the schedule comes first."""
    found = [one for one in absences if one.user == user and one.start <= at < one.counts_until]
    return max(found, key=lambda one: (one.team is not None, one.made_at, one.id), default=None)


def _without_duplicates(piece: Piece) -> Piece:
    """Each person once: in their first place, with their highest role."""
    if len(piece.places) < 2:
        return piece
    found: dict[int, Place] = {}
    for place in piece.places:
        known = found.setdefault(place.user, place)
        if ROLE_ORDER[place.role] < ROLE_ORDER[known.role]:
            found[place.user] = known._replace(role=place.role)
    return (
        piece if len(found) == len(piece.places) else piece._replace(places=tuple(found.values()))
    )
