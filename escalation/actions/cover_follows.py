"""Requests for cover that follow the absences in the calendar of whoever asks.

Nothing of the past is touched, and nothing that somebody has taken.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from escalation.actions.cover_requests import (
    CoverDraft,
    ask_for_cover,
    lock_request,
    replace_request,
    withdraw,
)
from escalation.actions.overrides import MAX_LENGTH, Span
from escalation.choices import CoverStatus
from escalation.models import CoverRequest, PublishedShift, Schedule
from escalation.on_call.schedule_facts import time_of
from escalation.schedules.absence_events import AbsenceEvent
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User

logger = logging.getLogger(__name__)
MESSAGE = "I am away then."
MOVED = "I am away then: it has moved, and takes the place of what I asked before."
Key = tuple[str, int]  # of an event, the id of a schedule


@dataclass(slots=True)
class Meeting:
    """An absence and the shifts of a schedule that it meets, from the first to the last."""

    event: AbsenceEvent
    schedule: Schedule
    span: Span

    @property
    def event_span(self) -> list[int]:
        """As a request keeps it."""
        return [self.event.start, self.event.end]

    def draft(self, message: str) -> CoverDraft:
        """What is asked for."""
        return CoverDraft(self.span, message=message, event=self.event)


def follow(user: User, absences: Iterable[AbsenceEvent], now: datetime) -> None:
    """Ask for cover where absences meet the person's shifts, ask anew where one has moved, and
    withdraw what is open where it is gone. What the person withdrew is not asked for again."""
    meetings = _meetings(user, absences, now)
    rows = CoverRequest.objects.filter(asker=user, ends_at__gt=now).exclude(event="")
    latest = {(row.event, row.schedule_id): row for row in rows.order_by("pk")}
    for key, row in latest.items():
        if key not in meetings and row.is_open:
            _forget(row, user)
    for key, meeting in meetings.items():
        try:
            _ask(meeting, user, latest.get(key), now)
        except (DomainError, InvalidRequest) as error:  # Such as that nobody else is in the ring.
            logger.info("No cover is asked for an absence of %s: %s", user.pk, error)


def _meetings(user: User, absences: Iterable[AbsenceEvent], now: datetime) -> dict[Key, Meeting]:
    shifts = PublishedShift.objects.live().filter(user=user, ends_at__gt=now)
    coming = list(shifts.select_related("schedule"))
    found: dict[Key, Meeting] = {}
    for event in absences:
        start, end = max(time_of(event.start), now), time_of(event.end)
        for shift in coming:
            span = Span(max(start, shift.starts_at), min(end, shift.ends_at))
            if span.starts_at < span.ends_at:
                key = event.key, shift.schedule_id
                meeting = found.setdefault(key, Meeting(event, shift.schedule, span))
                meeting.span = _both(meeting.span, span)
    return found


def _both(one: Span, other: Span) -> Span:
    """From the earlier start to the later end; at most as long as an override may be."""
    start = min(one.starts_at, other.starts_at)
    return Span(start, min(max(one.ends_at, other.ends_at), start + MAX_LENGTH))


def _ask(meeting: Meeting, user: User, last: CoverRequest | None, now: datetime) -> None:
    if last is None or last.status == CoverStatus.TAKEN:
        ask_for_cover(meeting.schedule, user, meeting.draft(MESSAGE), by=user)
    elif last.is_open and _has_moved(meeting, last, now):
        replace_request(last.pk, meeting.draft(MOVED))
    elif not last.is_open and last.event_span != meeting.event_span:
        ask_for_cover(meeting.schedule, user, meeting.draft(MESSAGE), by=user)


def _has_moved(meeting: Meeting, last: CoverRequest, now: datetime) -> bool:
    """Whether the event is at another time than when cover was asked for, or the shift is. What
    is left of a request, or of a span that runs, differs by itself."""
    if last.event_span != meeting.event_span:
        return True
    is_whole = last.status == CoverStatus.OPEN and last.starts_at > now
    return is_whole and Span(last.starts_at, last.ends_at) != meeting.span


@transaction.atomic
def _forget(row: CoverRequest, user: User) -> None:
    """Withdraw it; where the same absence is back it is asked for again."""
    if lock_request(row.pk).is_open:
        withdraw(row.pk, by=user)
        CoverRequest.objects.filter(pk=row.pk).update(event="")
