"""Overrides are made, changed and cancelled; what they say of the past stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from escalation.actions.schedules import TOLERANCE, name_members
from escalation.choices import OverrideOrigin
from escalation.models import Override, Schedule
from escalation.schedule_facts import instant_of, load, time_of
from escalation.schedules.facts import OverrideKind
from escalation.schedules.resolver import who
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from incidents.responders import refuse_stakeholders

MAX_LENGTH = timedelta(days=366)
MAX_AHEAD = timedelta(days=731)
MAX_LIVE = 1000  # overrides of one schedule
UNDO_FOR = timedelta(minutes=10)


class NotOnCall(DomainError):
    """The person who was to be replaced is not on call in that time."""

    code = "not_on_call"


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when; parts of a second are dropped."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideDraft:
    """These people are on call instead of everybody, instead of one person, or in addition; or it
    is nobody, for a reason. ``layer``: the id of the layer that alone is changed."""

    span: Span
    people: Sequence[User] = ()
    kind: OverrideKind = OverrideKind.INSTEAD
    instead_of: User | None = None
    layer: str = ""
    reason: str = ""


@transaction.atomic
def add_override(
    schedule: Schedule,
    draft: OverrideDraft,
    *,
    by: User | None = None,
    origin: str = OverrideOrigin.MANUAL,
) -> Override:
    """Raises InvalidRequest, naming the field, where what is asked for cannot be."""
    row = Schedule.objects.select_for_update(no_key=True).get(pk=schedule.pk)
    now = timezone.now()
    _check_span(draft.span, now, is_import=origin == OverrideOrigin.IMPORT)
    _check_people(draft)
    if Override.objects.live_between(now, now + MAX_AHEAD).filter(schedule=row).count() >= MAX_LIVE:
        raise InvalidRequest(f"starts_at: {row} has {MAX_LIVE} overrides to come already.")
    override = Override.objects.create(
        schedule=row,
        layer=draft.layer,
        kind=draft.kind.value,
        instead_of=draft.instead_of,
        people=[person.pk for person in draft.people],
        starts_at=time_of(instant_of(draft.span.starts_at)),
        ends_at=time_of(instant_of(draft.span.ends_at)),
        reason=draft.reason[:300],
        origin=origin,
        made_by=by,
    )
    named = [*draft.people, *([draft.instead_of] if draft.instead_of else [])]
    name_members(row, [person.pk for person in named])
    return override


@transaction.atomic
def take(schedule: Schedule, user: User, until: datetime, *, instead_of: User | None) -> Override:
    """The person is on call from now on, in place of one who is, or where it is nobody.

    Raises NotOnCall where the other is not on call, InvalidRequest for a wrong time, and
    DomainError where the person is on call already.
    """
    row = Schedule.objects.select_for_update(no_key=True).get(pk=schedule.pk)
    now = time_of(instant_of(timezone.now()))
    places = who(load([row], now, now + timedelta(seconds=1))[row.pk], instant_of(now))
    ids = [place.user for place in places]
    if user.pk in ids:
        raise DomainError(f"You are on call in {row} already.")
    if instead_of is not None and instead_of.pk not in ids:
        raise NotOnCall(f"{instead_of} is not on call in {row} any more.")
    if instead_of is None and len(ids) > 1:
        raise InvalidRequest("instead_of: Several are on call. Say whose place you take.")
    draft = OverrideDraft(
        span=Span(now, until), people=[user], instead_of=instead_of, reason="Taken over"
    )
    return add_override(row, draft, by=user, origin=OverrideOrigin.TAKE)


@transaction.atomic
def cancel_override(override: Override, *, by: User | None) -> Override:
    """It counts no longer; what was on call by it until now stays so. Raises DomainError where it
    is over."""
    row: Override = Override.objects.select_for_update(no_key=True).get(pk=override.pk)
    now = time_of(instant_of(timezone.now()))
    if row.cancelled_at is None:
        if row.ends_at <= now:
            raise DomainError("It is over, and cannot be cancelled any more.")
        row.cancelled_at, row.cancelled_by = now, by
        row.save(update_fields=["cancelled_at", "cancelled_by"])
    return row


def _check_span(span: Span, now: datetime, *, is_import: bool) -> None:
    if span.ends_at <= span.starts_at:
        raise InvalidRequest("ends_at: It has to end after it starts.")
    if span.ends_at - span.starts_at > MAX_LENGTH:
        raise InvalidRequest("ends_at: An override lasts at most 366 days. Change the layers.")
    if span.ends_at > now + MAX_AHEAD:
        raise InvalidRequest("ends_at: That is more than two years ahead.")
    if not is_import and span.starts_at < now - TOLERANCE:
        raise InvalidRequest("starts_at: That is past. Choose now or a time to come.")


def _check_people(draft: OverrideDraft) -> None:
    people = draft.people
    if draft.kind == OverrideKind.NOBODY:
        if people:
            raise InvalidRequest("people: With nobody on call there is nobody to name.")
        if not draft.reason.strip():
            raise InvalidRequest("reason: Say why nobody is to be on call.")
        return
    if not people:
        raise InvalidRequest("people: Choose at least one person.")
    if len({person.pk for person in people}) < len(people):
        raise InvalidRequest("people: The same person is named twice.")
    if draft.instead_of in people:
        raise InvalidRequest("instead_of: Nobody takes their own place.")
    if off := [str(person) for person in people if not person.is_active]:
        raise InvalidRequest(f"people: {', '.join(off)} cannot be paged: switched off.")
    refuse_stakeholders("people", people)
