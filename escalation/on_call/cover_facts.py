"""What is known of cover: when somebody is on call, whom they may ask, and what is still open."""

from collections.abc import Collection
from datetime import datetime, timedelta

from escalation.models import CoverRequest, Schedule
from escalation.on_call.schedule_facts import definition_at, timeline_of
from escalation.schedules.spans import Span, joined_spans, length_of, overlap
from escalation.schedules.timeline import Timeline
from incidents.models import User

MIN_S = 60
SWAP_AHEAD = timedelta(weeks=6)
SWAP_PERCENT = 25  # A shift in return is as long, give or take so much.
MAX_PROPOSALS = 12


def spans_of_person(pieces: Timeline, user: int) -> list[Span]:
    """When the person is on call, joined."""
    return joined_spans(
        (piece.start, piece.end)
        for piece in pieces
        if any(place.user == user for place in piece.places)
    )


def open_spans(request: CoverRequest, now: datetime) -> list[Span]:
    """What of the request nobody has taken: when the asker is on call in it, from now on. Less
    than a minute is nothing."""
    start = max(request.starts_at, now)
    if not request.is_open or start >= request.ends_at:
        return []
    pieces = timeline_of(request.schedule, start, request.ends_at)
    found = spans_of_person(pieces, request.asker_id)
    return found if length_of(found) >= MIN_S else []


def ring_of(schedule: Schedule, asker: int, at: datetime) -> list[int]:
    """The ids of all others in the layers that name the person; in all layers, where none does."""
    definition = definition_at(schedule, at)
    mine = [layer for layer in definition.layers if asker in layer.people]
    people = [
        person
        for layer in mine or definition.layers
        for slot in layer.ring
        for person in slot
        if person != asker
    ]
    return list(dict.fromkeys(people))


def proposals(
    pieces: Timeline, asked: Collection[int], length_s: int, taken: Span
) -> list[tuple[int, Span]]:
    """→ (person, shift) of those asked, about as long, that the asker may take in return, in
    their order; ``taken`` is what the asker asks cover for."""
    least, most = (length_s * (100 + sign * SWAP_PERCENT) / 100 for sign in (-1, 1))
    found = [
        (place.user, (piece.start, piece.end))
        for piece in pieces
        for place in piece.places
        if place.user in asked
        and least <= piece.end - piece.start <= most
        and not overlap((piece.start, piece.end), taken)
    ]
    return found[:MAX_PROPOSALS]


def is_on_call(pieces: Timeline, user: int) -> bool:
    """Whether the person is on call for at least a minute."""
    return length_of(spans_of_person(pieces, user)) >= MIN_S


def names_of(pieces: Timeline) -> str:
    """Who is on call, as a sentence names them."""
    ids = [place.user for piece in pieces for place in piece.places]
    people = User.objects.in_bulk(ids)
    return ", ".join(dict.fromkeys(str(people[pk]) for pk in ids)) or "nobody"
