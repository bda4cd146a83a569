"""What overrides make of a timeline. Pure."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from escalation.schedules.facts import Facts, Override, OverrideKind
from escalation.schedules.timeline import (
    OverrideCause,
    Piece,
    Place,
    Places,
    Timeline,
    change,
    fill,
)
from escalation.schedules.turns import PRIMARY


def drop(user: int, piece: Piece) -> Piece:
    """The piece without a person; the same one where they have no place in it."""
    if all(place.user != user for place in piece.places):
        return piece
    return piece._replace(places=tuple(place for place in piece.places if place.user != user))


def in_order(overrides: Sequence[Override], start: int, end: int) -> list[Override]:
    """Those that have a part in the span, in the order in which they were made."""
    found = [one for one in overrides if one.start < end and one.counts_until > start]
    return sorted(found, key=lambda one: (one.made_at, one.id))


def overridden(
    facts: Facts, pieces: Timeline, override: Override, start: int, end: int
) -> Timeline:
    """Changed by an override. One of a whole schedule fills what is nobody's; one of a layer
    changes the layer where it is on call. Inactive people are taken out of it; if nobody is left
    it counts as not made."""
    start, end = max(start, override.start), min(end, override.counts_until)
    fills = not override.layer and override.instead_of is None
    apply = fill if fills else change
    if override.kind == OverrideKind.NOBODY:
        return apply(pieces, start, end, partial(_without, override))
    edges = edges_of_inactivity(facts, override.people)
    points = [start, *sorted(edge for edge in edges if start < edge < end), end]
    for since, until in pairwise(points):
        people = [user for user in override.people if facts.is_active(user, since)]
        if people:
            pieces = apply(pieces, since, until, partial(_with_override, override, people))
    return pieces


def _without(override: Override, piece: Piece) -> Piece:
    """Without anybody, or without the one person whose place nobody takes."""
    if override.instead_of is None:
        return Piece(piece.start, piece.end, (), override.id)
    left = drop(override.instead_of, piece)
    return left if left.places else left._replace(hole=override.id)


def edges_of_inactivity(facts: Facts, people: Sequence[int]) -> set[int]:
    """The instants at which one of these people becomes inactive, or active again."""
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
