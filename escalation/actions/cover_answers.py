"""A request for cover is taken, as a whole or in part, and that is undone. The first one wins."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from escalation.actions import cover_notices
from escalation.actions.cover_requests import NotOpen, lock_request, why_not_open
from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.choices import CoverStatus, OverrideOrigin
from escalation.models import CoverRequest, Override
from escalation.on_call.cover_facts import MIN_S, is_on_call, open_spans
from escalation.on_call.schedule_facts import instant_of, time_of, timeline_of
from escalation.schedules.spans import Span as Instants
from escalation.schedules.spans import length_of, overlap
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User


@transaction.atomic
def accept(
    request_id: int, user: User, *, span: Span | None = None, in_return: Instants | None = None
) -> CoverRequest:
    """The person takes what is open of it, or what of that is in ``span``; the asker takes the
    shift ``in_return``, one of those offered, where one is named.

    Raises NotOpen where somebody else was first, InvalidRequest for a span or an offer that is
    none, and DomainError where the person is on call there then already.
    """
    row = lock_request(request_id)
    now = time_of(instant_of(timezone.now()))
    wanted = _wanted(row, span, now)
    if user.pk == row.asker_id:
        raise DomainError("You have asked for it yourself: withdraw it instead.")
    pieces = timeline_of(row.schedule, time_of(wanted[0]), time_of(wanted[1]))
    if is_on_call(pieces, user.pk):
        raise DomainError(f"You are on call in {row.schedule} then yourself.")
    origin = OverrideOrigin.SWAP if in_return else OverrideOrigin.COVER
    _put(row, user, row.asker, wanted, by=user, origin=origin)
    if in_return:
        _take_back(row, user, in_return)
    return _taken(row, user, now)


def _wanted(row: CoverRequest, span: Span | None, now: datetime) -> Instants:
    """From the first to the last instant of what is open and wanted. Raises NotOpen or
    InvalidRequest."""
    left = open_spans(row, now)
    if not left:
        raise NotOpen(why_not_open(row))
    if span is None:
        return left[0][0], left[-1][1]
    chosen = instant_of(span.starts_at), instant_of(span.ends_at)
    if chosen[0] >= chosen[1]:
        raise InvalidRequest("ends_at: It has to end after it starts.")
    inside = [both for one in left if (both := overlap(one, chosen))]
    if length_of(inside) < MIN_S:
        raise NotOpen(f"{row.asker} is not on call then, or somebody else has taken that part.")
    return inside[0][0], inside[-1][1]


def _put(
    row: CoverRequest, user: User, instead_of: User, span: Instants, *, by: User, origin: str
) -> None:
    draft = OverrideDraft(
        span=Span(time_of(span[0]), time_of(span[1])),
        people=[user],
        instead_of=instead_of,
        reason=f"{user} covers for {instead_of}",
    )
    override = add_override(row.schedule, draft, by=by, origin=origin)
    override.cover = row
    override.save(update_fields=["cover"])


def _take_back(row: CoverRequest, user: User, offer: Instants) -> None:
    """The asker takes the offered shift of whoever takes the request."""
    if offer not in row.get_offers():
        raise InvalidRequest("in_return: That is none of the shifts that were offered.")
    pieces = timeline_of(row.schedule, time_of(offer[0]), time_of(offer[1]))
    if not is_on_call(pieces, user.pk):
        raise InvalidRequest("in_return: You are not on call then.")
    if is_on_call(pieces, row.asker_id):
        raise InvalidRequest(f"in_return: {row.asker} is on call then already.")
    _put(row, row.asker, user, offer, by=user, origin=OverrideOrigin.SWAP)


def _taken(row: CoverRequest, user: User, now: datetime) -> CoverRequest:
    is_whole = not open_spans(row, now)
    row.status = CoverStatus.TAKEN if is_whole else CoverStatus.PARTLY
    row.taken_by, row.answered_at = user, now
    row.next_look_at = None if is_whole else now
    row.save(update_fields=["status", "taken_by", "answered_at", "next_look_at"])
    cover_notices.tell_taken(row, by=user, now=now)
    return row


@transaction.atomic
def undo(request_id: int, *, by: User) -> CoverRequest:
    """What was taken is the asker's again from now on, with what was given in return: all of it,
    or what ``by`` has taken, unless they asked or manage. It is asked for again where it may
    still be.

    Raises DomainError where there is nothing to undo.
    """
    row = lock_request(request_id)
    now = time_of(instant_of(timezone.now()))
    live = row.overrides.filter(cancelled_at=None, ends_at__gt=now)
    own = live.filter(made_by=by)
    undone = list(own if own.exists() else live)
    if not undone:
        raise DomainError("There is nothing to undo any more.")
    _cancel(undone, by, now)
    if row.status in (CoverStatus.TAKEN, CoverStatus.PARTLY):
        row.status = CoverStatus.PARTLY if live.exists() else CoverStatus.OPEN
        if now >= row.expires_at:
            row.status = CoverStatus.EXPIRED
        row.next_look_at = now if row.is_open else None
        row.taken_by = None if row.status == CoverStatus.OPEN else row.taken_by
        row.save(update_fields=["status", "next_look_at", "taken_by"])
    takers = {one.made_by_id for one in undone if one.made_by_id}
    cover_notices.tell_undone(row, takers, by=by, now=now)
    return row


def _cancel(overrides: Sequence[Override], by: User, now: datetime) -> None:
    for override in overrides:
        override.cancelled_at, override.cancelled_by = now, by
        override.save(update_fields=["cancelled_at", "cancelled_by"])
