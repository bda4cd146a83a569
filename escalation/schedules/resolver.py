"""Who is on call: one answer for pages, feeds, the API and policies. Pure.

In this order: the version that holds; the turns of its layers within their windows, changed by
the overrides of a layer; inactive people drop out, and nobody moves up; the highest rank that has
anybody; the overrides of the whole schedule in the order in which they were made; those who cover
for somebody who is away.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial, reduce
from itertools import groupby

from escalation.schedules.definition import Definition, Layer
from escalation.schedules.facts import Absence, Facts, Version
from escalation.schedules.overrides import drop, edges_of_inactivity, in_order, overridden
from escalation.schedules.spans import Span, overlaps
from escalation.schedules.timeline import (
    AbsenceCause,
    Piece,
    Place,
    Places,
    Timeline,
    TurnCause,
    change,
    complete,
    cut,
    gaps,
    joined,
    over,
    split,
    together,
)
from escalation.schedules.turns import PRIMARY, Roles, rotation_between
from escalation.schedules.windows import spans_of
from opsportal.lib.wall_clock import DAY_S, WallClock

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
    for override in in_order(facts.overrides, start, end):
        if not override.layer:
            pieces = overridden(facts, pieces, override, start, end)
    pieces = _covered(facts, pieces, start, end)
    return joined(complete([_without_duplicates(piece) for piece in pieces], start, end))


def piece_at(facts: Facts, at: int) -> Piece:
    """Who is on call at an instant, and until when, looked for up to 400 days ahead."""
    for ahead_s in LOOK_AHEAD_S:
        first = shifts(facts, at, at + ahead_s)[0]
        if first.end < at + ahead_s:
            break
    return first


def stand_in(facts: Facts, user: int, at: int) -> int | None:
    """Who takes the turn of a person at an instant: they, or whoever covers for them while they
    are away; None where they are inactive, or away without a cover."""
    absences = [one for one in facts.absences if one.team in (None, facts.team)]
    place = _cover(facts, absences, Place(user, PRIMARY, ()), at)
    if not facts.is_active(place.user, at) or _absence_of(absences, place.user, at):
        return None
    return place.user


def following(facts: Facts, at: int) -> Places:
    """The people of the first later shift that are others than those on call at an instant; ()
    where none follows within 400 days."""
    present = {place.user for place in who(facts, at)}
    for ahead_s in LOOK_AHEAD_S:
        for piece in shifts(facts, at, at + ahead_s):
            if piece.places and {place.user for place in piece.places} != present:
                return piece.places
    return ()


def preceding(facts: Facts, at: int) -> Places:
    """The people of the last earlier shift that are others than those on call at an instant; ()
    where none precedes within 400 days."""
    present = {place.user for place in who(facts, at)}
    for back_s in LOOK_AHEAD_S:
        for piece in reversed(shifts(facts, at - back_s, at + 1)):
            if piece.places and {place.user for place in piece.places} != present:
                return piece.places
    return ()


def _versions_between(facts: Facts, start: int, end: int) -> Iterator[tuple[Version, int, int]]:
    """Each version that holds within the span, from when and until when."""
    begins = [start if v.effective_from is None else v.effective_from for v in facts.versions]
    follows = [*begins, end][1:]  # Without a version nothing follows either.
    for version, begin, following in zip(facts.versions, begins, follows, strict=True):
        if max(begin, start) < min(following, end):
            yield version, max(begin, start), min(following, end)


def _layers(facts: Facts, definition: Definition, start: int, end: int) -> Timeline:
    """The layers of a version over each other: of each only what those above leave open."""
    found: Timeline = []
    ordered = sorted(definition.layers, key=lambda layer: -layer.rank)
    for _, of_rank in groupby(ordered, key=lambda layer: layer.rank):
        left = gaps(found, start, end)
        if not left:
            break
        timelines = [layer_timeline(facts, definition, one, left) for one in of_rank]
        found = over(found, reduce(together, timelines))
    return found


def layer_timeline(
    facts: Facts, definition: Definition, layer: Layer, spans: Sequence[Span]
) -> Timeline:
    """Who is on call within these spans by one layer alone, with the overrides of it; inactive
    people are left out. The spans are in order; pieces of a calendar may reach beyond them."""
    start, end = spans[0][0], spans[-1][1]
    if layer.calendar:
        named = facts.calendars.get(layer.id, ())
        pieces = [_of_calendar(layer, *row) for row in named if row[0] < end and row[1] > start]
    else:
        pieces = _turns(facts, definition, layer, spans)
    for override in in_order(facts.overrides, start, end):
        if override.layer == layer.id:
            pieces = overridden(facts, pieces, override, start, end)
    for user in facts.inactive:
        for since, until in facts.inactive[user]:
            pieces = change(pieces, max(since, start), min(until, end), partial(drop, user))
    return [piece for piece in pieces if piece.places]


def _turns(facts: Facts, definition: Definition, layer: Layer, spans: Sequence[Span]) -> Timeline:
    """The turns of a layer within its windows, from its start until its end; one whose place in
    the ring is empty has a piece without anybody."""
    rotation = rotation_between(definition, layer, spans[0][0], spans[-1][1])
    spans = _spans_on_call(layer, rotation.clock, spans, facts.holidays)
    found: Timeline = []
    place = 0
    for turn, since, until in rotation.between(spans[0][0], spans[-1][1]) if spans else ():
        if spans[place][0] >= until:
            continue
        places = _places(layer, rotation.roles(turn), since, until)
        while place < len(spans) and spans[place][0] < until:
            opens, closes = spans[place]
            found.append(Piece(max(since, opens), min(until, closes), places))
            if closes > until:
                break
            place += 1
    return found


def _spans_on_call(
    layer: Layer, clock: WallClock, spans: Sequence[Span], holidays: Collection[int]
) -> Sequence[Span]:
    """What of the spans lies within the windows of a layer, and between its start and its end."""
    if layer.starts is not None or layer.ends is not None:
        begins = spans[0][0] if layer.starts is None else clock.first(layer.starts)
        ends = spans[-1][1] if layer.ends is None else clock.first(layer.ends)
        spans = list(overlaps(spans, [(begins, ends)]))
    if not spans:
        return ()
    windows = spans_of(layer, clock, spans[0][0], spans[-1][1], holidays)
    return spans if windows is None else list(overlaps(spans, windows))


def _places(layer: Layer, roles: Roles, since: int, until: int) -> Places:
    cause = (TurnCause(layer.id, since, until),)
    return tuple([Place(user, role, cause) for role, slot in roles for user in slot])


def _of_calendar(layer: Layer, start: int, end: int, people: Sequence[int]) -> Piece:
    cause = (TurnCause(layer.id, start, end),)
    return Piece(start, end, tuple(Place(user, PRIMARY, cause) for user in people))


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
    edges |= edges_of_inactivity(facts, [one.cover for one in absences if one.cover])
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
