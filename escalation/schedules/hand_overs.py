"""Hand-overs: when other people come on call than those who were. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from escalation.schedules.timeline import Piece


class HandOverAt(NamedTuple):
    """At an instant ``outgoing`` have been relieved by ``incoming``; ``began`` is when the
    shift began that ends."""

    at: int
    began: int
    outgoing: tuple[int, ...]
    incoming: tuple[int, ...]


def hand_overs(pieces: Iterable[Piece]) -> list[HandOverAt]:
    """Those between the pieces of a timeline, in order. Times at which it is nobody are passed
    over; who joins or leaves while another stays on hands nothing over."""
    found: list[HandOverAt] = []
    last: tuple[int, ...] = ()
    began = 0
    for piece in pieces:
        people = tuple(place.user for place in piece.places)
        if not people or set(people) == set(last):
            continue
        outgoing = tuple(user for user in last if user not in people)
        incoming = tuple(user for user in people if user not in last)
        if outgoing and incoming:
            found.append(HandOverAt(piece.start, began, outgoing, incoming))
        if incoming:
            began = piece.start
        last = people
    return found
