"""Whoever takes over confirms it; until then whoever hands over stays on call as well."""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q

from escalation.actions.due_rows import process_due
from escalation.actions.overrides import OverrideDraft, Span, add_override, cancel_override
from escalation.answer_links import answer_path
from escalation.choices import OverrideOrigin
from escalation.models import HandOver, HandOverConfirmation, Override
from escalation.on_call.managers import managers_or_owners
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of, load, time_of
from escalation.schedules.facts import OverrideKind
from escalation.schedules.resolver import shifts, stand_in, who
from incidents.errors import DomainError
from incidents.models import User
from notifications.actions.notices import notify
from notifications.page import Notice

logger = logging.getLogger(__name__)
CONFIRMED_WITHIN = timedelta(minutes=30)
STAYS_AT_MOST = timedelta(hours=4)
SECOND = timedelta(seconds=1)
BATCH = 100
CONFIRM = "The link confirms it, by a button."
PAGE = "hand_over_answer"  # the name of its URL


def ask_to_confirm(row: HandOver, now: datetime) -> datetime | None:
    """Note that those who take over are asked. Returns until when those who hand over stay on
    call; None where they cannot: off already, away, or switched off.

    Runs in the caller's transaction, which holds the hand-over, and tells them all.
    """
    HandOverConfirmation.objects.bulk_create(
        [
            HandOverConfirmation(
                hand_over=row, user=user, asked_at=now, due_at=now + CONFIRMED_WITHIN
            )
            for user in User.objects.filter(pk__in=row.incoming)
        ],
        ignore_conflicts=True,
    )
    people, until = _staying(row)
    start = max(row.at, time_of(instant_of(now)))
    if not people or until <= start:
        return None
    draft = OverrideDraft(
        span=Span(start, until),
        people=people,
        kind=OverrideKind.ALSO,
        reason="Until the hand-over is confirmed",
    )
    try:
        row.overlap = add_override(row.schedule, draft, origin=OverrideOrigin.HAND_OVER)
    except DomainError:
        logger.exception("Nobody stays on call over the hand-over %s", row.pk)
        return None
    row.save(update_fields=["overlap"])
    return until


def _staying(row: HandOver) -> tuple[list[User], datetime]:
    """Who hands over and was on call until then, and how long they may stay: while those who take
    over are on call, and no more than four hours."""
    facts = load([row.schedule], row.at - SECOND, row.at + STAYS_AT_MOST)[row.schedule_id]
    at, latest = instant_of(row.at), instant_of(row.at + STAYS_AT_MOST)
    before = {place.user for place in who(facts, at - 1)}
    ids = [one for one in row.outgoing if one in before and stand_in(facts, one, at) == one]
    pieces = shifts(facts, at, latest)
    ends = [
        piece.start
        for piece in pieces
        if not {place.user for place in piece.places} & set(row.incoming)
    ]
    return list(User.objects.pageable().filter(pk__in=ids)), time_of(min([*ends, latest]))


def confirm_path(row: HandOver, user_id: int, now: datetime) -> str:
    """The link with which this person confirms, without signing in."""
    return answer_path(PAGE, row.pk, user_id, now=now)


@transaction.atomic
def confirm(hand_over: HandOver, user: User, *, now: datetime) -> HandOver:
    """The person has it: whoever stayed on call is relieved. Repeating it changes nothing.

    Raises DomainError where the person was not asked.
    """
    row: HandOver = HandOver.objects.select_for_update(no_key=True).get(pk=hand_over.pk)
    asked = row.confirmations.filter(user=user).first()
    if asked is None:
        raise DomainError("You are not asked to confirm this hand-over.")
    if asked.confirmed_at is None:
        asked.confirmed_at, asked.due_at = now, None
        asked.save(update_fields=["confirmed_at", "due_at"])
    if overlap := _overlap_at(row, now):
        cancel_override(overlap, by=user)
    return row


def tell_unconfirmed(now: datetime) -> int:
    """Tell of what nobody has confirmed in time; returns how many were looked at."""
    due = HandOverConfirmation.objects.filter(due_at__lte=now).order_by("due_at")
    rows = due.select_related("hand_over__schedule", "hand_over__overlap", "user")
    return process_due(rows, partial(_tell, now=now), limit=BATCH)


def _tell(row: HandOverConfirmation, *, now: datetime) -> None:
    row.due_at = None
    if _is_on_call(row, now):  # Else somebody has taken over in their place.
        row.missed_at = now
        _tell_all(row, now)
    row.save(update_fields=["due_at", "missed_at"])


def _is_on_call(row: HandOverConfirmation, now: datetime) -> bool:
    schedule = row.hand_over.schedule
    facts = load([schedule], now, now + SECOND)[schedule.pk]
    return row.user_id in {place.user for place in who(facts, instant_of(now))}


def _tell_all(row: HandOverConfirmation, now: datetime) -> None:
    """The person once more, whoever stays on call, and the managers of the schedule."""
    hand_over = row.hand_over
    schedule = hand_over.schedule
    overlap = _overlap_at(hand_over, now)
    staying = list(User.objects.filter(pk__in=overlap.people)) if overlap else []
    key, url = f"unconfirmed:{row.pk}", hand_over.get_absolute_url()
    title = f"{schedule}: Confirm that you have taken over"
    notice = Notice(title, CONFIRM, confirm_path(hand_over, row.user_id, now))
    notify([row.user_id], notice, key=key, now=now, urgent=True)
    title = f"{schedule}: {row.user} has not confirmed the hand-over"
    managers = managers_or_owners(Q(team__schedules=schedule))
    told = {*(one.pk for one in staying), *managers} - {row.user_id}
    names = " and ".join(map(str, staying))
    stay = "stays" if len(staying) == 1 else "stay"
    for person in User.objects.filter(pk__in=told):
        text = ""
        if overlap:
            until = spell(overlap.ends_at, person.zone)
            text = f"{names} {stay} on call as well until then, or until {until}."
        notify([person.pk], Notice(title, text, url), key=key, now=now)


def _overlap_at(row: HandOver, now: datetime) -> Override | None:
    """By which whoever handed over is on call yet; None once it is confirmed, or over."""
    found = row.overlap
    return found if found and found.cancelled_at is None and found.ends_at > now else None
