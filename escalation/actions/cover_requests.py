"""Somebody asks for cover, withdraws that, or says no."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from escalation.actions import cover_notices
from escalation.actions.overrides import MAX_AHEAD, NotOnCall, Span
from escalation.actions.overrides import MAX_LENGTH as MAX_OVERRIDE
from escalation.choices import CoverStatus
from escalation.models import CoverInvitation, CoverRequest, Schedule
from escalation.on_call.cover_facts import is_on_call, names_of, ring_of
from escalation.on_call.schedule_facts import instant_of, time_of, timeline_of
from escalation.schedules.absence_events import AbsenceEvent
from escalation.schedules.spans import Span as Instants
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User

MAX_OFFERS = 10
MAX_ASKED = 100


class NotOpen(DomainError):
    """The request has been taken, withdrawn, or is over."""

    code = "cover_not_open"


@dataclass(frozen=True, slots=True)
class CoverDraft:
    """What is asked for. ``asked``: whom; () for all others of the asker's layers. ``gives_back``:
    shifts of theirs of which the asker takes one in return. ``event``: the absence that it is
    for."""

    span: Span
    asked: Sequence[User] = ()
    message: str = ""
    gives_back: Sequence[Instants] = field(default=())
    event: AbsenceEvent | None = None


@transaction.atomic
def ask_for_cover(
    schedule: Schedule, asker: User, draft: CoverDraft, *, by: User, tells_asked: bool = True
) -> CoverRequest:
    """Ask others to take the asker's shift, or a part of it; a shift that runs from now on.

    Until somebody takes it the asker is on call. Without ``tells_asked`` those asked first hear of
    it when they are reminded. Raises NotOnCall where the asker is not on call
    in it for a minute, InvalidRequest for what cannot be, and DomainError for what is asked
    already.
    """
    row = Schedule.objects.select_for_update(no_key=True).get(pk=schedule.pk)
    now = time_of(instant_of(timezone.now()))
    span = _span(draft.span, now)
    pieces = timeline_of(row, span.starts_at, span.ends_at)
    if not is_on_call(pieces, asker.pk):
        said = names_of(pieces)
        raise NotOnCall(f"{asker} is not on call in {row} then. On call is: {said}.")
    others = CoverRequest.objects.open().filter(schedule=row, asker=asker)
    if others.filter(starts_at__lt=span.ends_at, ends_at__gt=span.starts_at).exists():
        raise DomainError(f"{asker} has asked for cover in {row} then already.")
    asked = _asked(row, asker, draft.asked, span.starts_at)
    request = CoverRequest.objects.create(
        schedule=row,
        asker=asker,
        made_by=by,
        made_at=now,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        message=draft.message.strip()[:500],
        gives_back=_offers(draft.gives_back, now),
        next_look_at=now,
        event=draft.event.key if draft.event else "",
        event_span=[draft.event.start, draft.event.end] if draft.event else None,
    )
    CoverInvitation.objects.bulk_create(
        CoverInvitation(request=request, user=user) for user in asked
    )
    if tells_asked:
        cover_notices.tell_asked(request, [user for user in asked if user != by], now=now)
    return request


def _span(span: Span, now: datetime) -> Span:
    starts_at = max(time_of(instant_of(span.starts_at)), now)
    ends_at = time_of(instant_of(span.ends_at))
    if ends_at <= starts_at:
        raise InvalidRequest("ends_at: It has to end after it starts, and after now.")
    if ends_at - starts_at > MAX_OVERRIDE:
        raise InvalidRequest("ends_at: At most 366 days at a time.")
    if ends_at > now + MAX_AHEAD:
        raise InvalidRequest("ends_at: That is more than two years ahead.")
    return Span(starts_at, ends_at)


def _asked(schedule: Schedule, asker: User, asked: Sequence[User], at: datetime) -> list[User]:
    """Those who can be paged, each once."""
    ids = [user.pk for user in asked] or ring_of(schedule, asker.pk, at)
    if len(ids) > MAX_ASKED:
        raise InvalidRequest(f"asked: Ask at most {MAX_ASKED} people.")
    people = User.objects.pageable().in_bulk(ids)
    found = [people[pk] for pk in dict.fromkeys(ids) if pk in people and pk != asker.pk]
    if not found:
        raise InvalidRequest("asked: Nobody else can be asked. Choose somebody.")
    return found


def _offers(offers: Sequence[Instants], now: datetime) -> list[Instants]:
    latest = instant_of(now + MAX_AHEAD)
    if len(offers) > MAX_OFFERS:
        raise InvalidRequest(f"gives_back: Offer at most {MAX_OFFERS} shifts.")
    for start, end in offers:
        if not instant_of(now) <= start < end <= latest:
            raise InvalidRequest("gives_back: Offer spans that are to come.")
    return sorted(set(offers))


@transaction.atomic
def withdraw(request_id: int, *, by: User) -> CoverRequest:
    """Nobody is asked any more; what has been taken stays so. Twice changes nothing.

    Raises NotOpen where it was taken as a whole, or is over.
    """
    row = lock_request(request_id)
    if row.status == CoverStatus.WITHDRAWN:
        return row
    if not row.is_open:
        raise NotOpen(why_not_open(row))
    close(row, CoverStatus.WITHDRAWN)
    now = timezone.now()
    cover_notices.tell_withdrawn(row, by=by, now=now)
    return row


@transaction.atomic
def replace_request(request_id: int, draft: CoverDraft) -> CoverRequest:
    """Ask anew, for another span, for what was asked; what has been taken stays so.

    It is another request, so that nobody takes by an old link what they have not seen. Raises
    NotOpen where it was taken as a whole, or is over, and what ``ask_for_cover`` raises.
    """
    row = lock_request(request_id)
    if not row.is_open:
        raise NotOpen(why_not_open(row))
    close(row, CoverStatus.WITHDRAWN)
    return ask_for_cover(row.schedule, row.asker, draft, by=row.asker)


@transaction.atomic
def decline(request_id: int, user: User) -> CoverRequest:
    """The person cannot, and is not reminded. Where all have said so the asker is told.

    Raises NotOpen where it makes no difference any more.
    """
    row = lock_request(request_id)
    if not row.is_open:
        raise NotOpen(why_not_open(row))
    now = timezone.now()
    invitations = row.invitations.filter(declined_at=None)
    if invitations.filter(user=user).update(declined_at=now) and not invitations.exists():
        cover_notices.tell_all_declined(row, now=now)
    return row


def lock_request(request_id: int) -> CoverRequest:
    """The request, held with its schedule until the transaction ends: the schedule first, as for
    every change of who is on call."""
    schedule = CoverRequest.objects.filter(pk=request_id).values("schedule")
    Schedule.objects.select_for_update(no_key=True).get(pk__in=schedule)
    rows = CoverRequest.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("schedule__team", "asker", "taken_by").get(pk=request_id)


def close(row: CoverRequest, status: CoverStatus) -> None:
    """It is looked at no more."""
    row.status, row.next_look_at = status, None
    row.save(update_fields=["status", "next_look_at"])


def why_not_open(row: CoverRequest) -> str:
    """Why nothing of it can be taken, as its reader is told."""
    if row.status == CoverStatus.TAKEN:
        return f"{row.taken_by or 'Somebody else'} has taken it."
    if row.status == CoverStatus.WITHDRAWN:
        return f"{row.asker} does not ask any more."
    return "It is over."
