"""Timelines: who is on call from when until when, as pieces that are disjoint and in order.

What is between two pieces is nobody's. Instants are seconds since 1970 in UTC.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from escalation.schedules.spans import Span, without


class TurnCause(NamedTuple):
    """It is the turn of the person in a layer."""

    layer: str
    start: int
    end: int


class OverrideCause(NamedTuple):
    """An override names the person, ``instead_of`` somebody or of everybody (None)."""

    override: int
    instead_of: int | None = None


class AbsenceCause(NamedTuple):
    """The person covers for somebody who is away."""

    absence: int
    user: int


Cause = TurnCause | OverrideCause | AbsenceCause


class Place(NamedTuple):
    """A person on call, and why: the causes in the order in which they made it so.

    ``named_at``: when the override was made that names the person; 0 for a turn.
    """

    user: int
    role: str
    causes: tuple[Cause, ...]
    named_at: int = 0


Places = tuple[Place, ...]


class Piece(NamedTuple):
    """``places`` is empty where an override (``hole``) says that it is nobody."""

    start: int
    end: int
    places: Places
    hole: int = 0


Timeline = list[Piece]
Change = Callable[[Piece], Piece | None]
_start, _end = attrgetter("start"), attrgetter("end")


def cut(pieces: Sequence[Piece], start: int, end: int) -> Timeline:
    """What is between two instants."""
    inside = pieces[_first_after(pieces, start) : bisect_left(pieces, end, key=_start)]
    found = list(inside)
    if found and found[0].start < start:
        found[0] = found[0]._replace(start=start)
    if found and found[-1].end > end:
        found[-1] = found[-1]._replace(end=end)
    return found


def change(pieces: Timeline, start: int, end: int, by: Change) -> Timeline:
    """The same with the pieces between two instants changed; None leaves one out."""
    if start >= end:
        return pieces
    changed = [new for piece in cut(pieces, start, end) if (new := by(piece))]
    return _before(pieces, start) + changed + _after(pieces, end)


def fill(pieces: Timeline, start: int, end: int, by: Change) -> Timeline:
    """The same with all between two instants changed, what is nobody's too."""
    if start >= end:
        return pieces
    changed = [new for piece in complete(pieces, start, end) if (new := by(piece))]
    return _before(pieces, start) + changed + _after(pieces, end)


def complete(pieces: Timeline, start: int, end: int) -> Timeline:
    """What is between two instants, with pieces without anybody where nobody is on call."""
    found, at = [], start
    for piece in cut(pieces, start, end):
        if piece.start > at:
            found.append(Piece(at, piece.start, ()))
        found.append(piece)
        at = piece.end
    if at < end:
        found.append(Piece(at, end, ()))
    return found


def _before(pieces: Timeline, instant: int) -> Timeline:
    return cut(pieces, pieces[0].start, instant) if pieces and pieces[0].start < instant else []


def _after(pieces: Timeline, instant: int) -> Timeline:
    return cut(pieces, instant, pieces[-1].end) if pieces and pieces[-1].end > instant else []


def over(top: Timeline, below: Timeline) -> Timeline:
    """Where the upper one has nobody the lower one shows through."""
    if not top or not below:
        return top or below
    found: Timeline = []
    at, place = below[0].start, 0
    for piece in top:
        if at < piece.start:
            place = _show(below, place, at, piece.start, found)
        found.append(piece)
        at = piece.end
    _show(below, place, at, max(at, below[-1].end), found)
    return found


def _show(below: Timeline, place: int, start: int, end: int, found: Timeline) -> int:
    """Append what is between two instants, from a place on; returns the place where to go on."""
    while place < len(below) and below[place].end <= start:
        place += 1
    while place < len(below) and below[place].start < end:
        piece = below[place]
        if piece.start < start or piece.end > end:
            piece = piece._replace(start=max(piece.start, start), end=min(piece.end, end))
        found.append(piece)
        if below[place].end > end:
            break
        place += 1
    return place


def gaps(pieces: Timeline, start: int, end: int) -> list[Span]:
    """What is between two instants, and in none of the pieces."""
    return without([(start, end)], [piece[:2] for piece in pieces])


def together(first: Timeline, second: Timeline) -> Timeline:
    """Both at once; where both have somebody, those of the first come first."""
    if not first or not second:
        return first or second
    edges = sorted({edge for piece in (*first, *second) for edge in piece[:2]})
    found: Timeline = []
    one = other = 0
    for start, end in pairwise(edges):
        while one < len(first) and first[one].end <= start:
            one += 1
        while other < len(second) and second[other].end <= start:
            other += 1
        places: Places = ()
        if one < len(first) and first[one].start <= start:
            places = first[one].places
        if other < len(second) and second[other].start <= start:
            places += second[other].places
        if places:
            found.append(Piece(start, end, places))
    return found


def split(pieces: Timeline, edges: Iterable[int]) -> Timeline:
    """The same with each piece cut at those edges that lie within it."""
    ordered = sorted(set(edges))
    found: Timeline = []
    for piece in pieces:
        inside = ordered[bisect_right(ordered, piece.start) : bisect_left(ordered, piece.end)]
        points = [piece.start, *inside, piece.end]
        found += [piece._replace(start=start, end=end) for start, end in pairwise(points)]
    return found


def joined(pieces: Iterable[Piece]) -> Timeline:
    """Those that touch and are the same in everything else become one."""
    found: Timeline = []
    for piece in pieces:
        if found:
            last = found[-1]
            if last.end == piece.start and last.places == piece.places and last.hole == piece.hole:
                found[-1] = last._replace(end=piece.end)
                continue
        found.append(piece)
    return found


def same_people(pieces: Iterable[Piece]) -> Timeline:
    """Neighbours with the same people in the same order become one, whatever the reason; it has
    the causes of the first."""
    found: Timeline = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and [p.user for p in last.places] == [p.user for p in piece.places]:
            found[-1] = last._replace(end=piece.end)
        else:
            found.append(piece)
    return found


def _first_after(pieces: Sequence[Piece], instant: int) -> int:
    """The place of the first piece that ends after the instant."""
    return bisect_right(pieces, instant, key=_end)
