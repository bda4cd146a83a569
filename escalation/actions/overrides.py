"""Overrides are made, changed and cancelled; what they say of the past stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from escalation.actions import cover_notices
from escalation.actions.schedules import TOLERANCE, name_members
from escalation.choices import OverrideOrigin
from escalation.models import Override, Schedule
from escalation.on_call.schedule_facts import instant_of, load, time_of
from escalation.schedules.facts import OverrideKind
from escalation.schedules.resolver import who
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from incidents.responders import refuse_stakeholders

MAX_LENGTH = timedelta(days=366)
MAX_AHEAD = timedelta(days=731)
MAX_LIVE = 1000  # overrides of one schedule
UNDO_FOR = timedelta(minutes=10)
BY_HAND = (OverrideOrigin.MANUAL, OverrideOrigin.TAKE)


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
    made_at: datetime | None = None,
) -> Override:
    """Raises InvalidRequest, naming the field, where what is asked for cannot be.

    What is imported may be past, and may name people who are switched off: they do not count.
    ``made_at``: when it was made elsewhere.
    """
    row = Schedule.objects.select_for_update(no_key=True).get(pk=schedule.pk)
    now = timezone.now()
    is_import = origin == OverrideOrigin.IMPORT
    _check_span(draft.span, now, is_import=is_import)
    _check_people(draft, is_import=is_import)
    live = Override.objects.filter(schedule=row, cancelled_at=None, ends_at__gt=now)
    if live.count() >= MAX_LIVE:
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
        made_at=made_at or now,
        made_by=by,
    )
    named = [*draft.people, *([draft.instead_of] if draft.instead_of else [])]
    name_members(row, [person.pk for person in named])
    return override


@transaction.atomic
def take(schedule: Schedule, user: User, until: datetime, *, instead_of: User | None) -> Override:
    """The person is on call from now on, in place of one who is and who is told, or where it is
    nobody.

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
    override = add_override(row, draft, by=user, origin=OverrideOrigin.TAKE)
    cover_notices.tell_relieved(override, now=timezone.now())
    return override


@transaction.atomic
def cancel_override(override: Override, *, by: User | None) -> Override:
    """It counts no longer; what was on call by it until now stays so. Raises DomainError where it
    is over, and where it belongs to a request for cover, which is undone as a whole."""
    row: Override = Override.objects.select_for_update(no_key=True).get(pk=override.pk)
    now = time_of(instant_of(timezone.now()))
    if row.cover_id:
        raise DomainError("It belongs to a request for cover: undo that.")
    if row.cancelled_at is None:
        if row.ends_at <= now:
            raise DomainError("It is over, and cannot be cancelled any more.")
        row.cancelled_at, row.cancelled_by = now, by
        row.save(update_fields=["cancelled_at", "cancelled_by"])
    return row


@transaction.atomic
def change_override(override: Override, span: Span, *, by: User | None) -> Override:
    """The same at other times, from now on: it is cancelled, and the one that is returned is made
    in its place. What was on call by it until now stays so.

    Raises InvalidRequest for wrong times, and DomainError for one that is over, cancelled, or was
    not made by hand.
    """
    row = cancel_override(_changeable(override), by=by)
    draft = OverrideDraft(
        span=Span(max(span.starts_at, row.cancelled_at or span.starts_at), span.ends_at),
        people=sorted(User.objects.filter(pk__in=row.people), key=lambda p: row.people.index(p.pk)),
        kind=OverrideKind(row.kind),
        instead_of=row.instead_of,
        layer=row.layer,
        reason=row.reason,
    )
    made = add_override(row.schedule, draft, by=by, origin=row.origin)
    made.replaces = row
    made.save(update_fields=["replaces"])
    return made


def undo_change(override: Override, *, by: User | None) -> Override:
    """Its times are those it had before it was changed. Raises DomainError later than ten minutes
    after the change, and whatever ``change_override`` does."""
    before = override.replaces
    if before is None or timezone.now() - override.made_at > UNDO_FOR:
        raise DomainError("It can be undone for ten minutes. Change its times instead.")
    return change_override(override, Span(before.starts_at, before.ends_at), by=by)


def _changeable(override: Override) -> Override:
    """The row, held. Raises DomainError where its times are not to be changed."""
    row: Override = Override.objects.select_for_update(no_key=True).get(pk=override.pk)
    if row.cancelled_at is not None:
        raise DomainError("It is cancelled already.")
    if row.origin not in BY_HAND:
        raise DomainError("It was not made by hand: cancel it, and make another.")
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


def _check_people(draft: OverrideDraft, *, is_import: bool) -> None:
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
    off = [str(person) for person in people if not person.is_active]
    if off and not is_import:
        raise InvalidRequest(f"people: {', '.join(off)} cannot be paged: switched off.")
    refuse_stakeholders("people", people)
