"""Calendars of people: where an absence meets a shift, cover is asked for, and follows the event.

Nothing of the past is touched, and nothing that somebody has taken.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from escalation.actions.cover_follows import follow
from escalation.models import AbsenceCalendar
from escalation.on_call.calendar_reading import AHEAD, Copy, fetch
from escalation.schedules.absence_events import AbsenceEvent, absences_of
from escalation.schedules.calendar_import import CalendarUnreadable, events_of
from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.actions.notices import notify
from notifications.page import Notice
from opsportal.lib.encryption import SecretUnreadable

logger = logging.getLogger(__name__)
FETCHED_EVERY = timedelta(minutes=10)
READ_WHOLE_EVERY = timedelta(days=1)  # for what recurs, and comes near only as time goes by
TOLD_AFTER = timedelta(days=1)
BUDGET_S = 30.0


@dataclass(frozen=True, slots=True)
class AbsenceDraft:
    """What somebody writes of their calendar; ``url`` '' keeps the one that is known."""

    url: str
    words: str


def subscribe(user: User, draft: AbsenceDraft, now: datetime) -> AbsenceCalendar:
    """Read the calendar now, and again every ten minutes; cover is asked for within a minute.

    Raises InvalidRequest where it cannot be read.
    """
    row = AbsenceCalendar.objects.filter(user=user).first()
    try:
        url = draft.url or (row.url if row else "")
        copy = fetch(url)
        if copy is None:
            raise CalendarUnreadable("There is no calendar at this address.")
        fields = _read(copy, draft.words, user, now)
    except (CalendarUnreadable, SecretUnreadable) as error:
        raise InvalidRequest(f"url: {error}") from error
    values = {"url": url, "words": draft.words, "next_fetch_at": now, **fields}
    return AbsenceCalendar.objects.update_or_create(user=user, defaults=values)[0]


def unsubscribe(user: User) -> None:
    """It is read no more; what was asked for stays."""
    AbsenceCalendar.objects.filter(user=user).delete()


def refresh_due(now: datetime) -> int:
    """Read the calendars whose time has come, each by one of all who try; returns how many."""
    began, done = time.monotonic(), 0
    due = AbsenceCalendar.objects.filter(next_fetch_at__lte=now).order_by("next_fetch_at")
    for number in list(due.values_list("pk", flat=True)):
        if time.monotonic() - began > BUDGET_S:
            break
        if due.filter(pk=number).update(next_fetch_at=now + FETCHED_EVERY):
            done += 1
            _refresh(number, now)
    return done


def _refresh(number: int, now: datetime) -> None:
    row = AbsenceCalendar.objects.select_related("user").filter(pk=number).first()
    if row is None or not User.objects.pageable().filter(pk=row.user_id).exists():
        return
    try:
        fields = _fetched(row, now)
    except (CalendarUnreadable, SecretUnreadable) as error:
        fields = _failed(row, str(error), now)
    except Exception:
        logger.exception("The calendar of person %s could not be read", row.user_id)
        fields = _failed(row, "A defect of the portal.", now)
    claimed = AbsenceCalendar.objects.filter(pk=number, next_fetch_at=row.next_fetch_at)
    if claimed.update(**fields):  # Else the person has changed it meanwhile.
        found = fields.get("absences", row.absences)
        follow(row.user, [AbsenceEvent(*one) for one in found], now)


def _fetched(row: AbsenceCalendar, now: datetime) -> dict[str, Any]:
    """The columns that the calendar changes. Raises CalendarUnreadable or SecretUnreadable."""
    is_due = row.read_at is None or row.read_at <= now - READ_WHOLE_EVERY
    copy = fetch(row.url) if is_due else fetch(row.url, row.etag, row.modified)
    if copy is None:
        return {"succeeded_at": now, "error": "", "told_at": None}
    return _read(copy, row.words, row.user, now)


def _read(copy: Copy, words: str, user: User, now: datetime) -> dict[str, Any]:
    events = events_of(copy.body, user.zone, now, now + AHEAD)
    return {
        "absences": [list(one) for one in absences_of(events, words)],
        "etag": copy.etag,
        "modified": copy.modified,
        "read_at": now,
        "succeeded_at": now,
        "error": "",
        "told_at": None,
    }


def _failed(row: AbsenceCalendar, error: str, now: datetime) -> dict[str, Any]:
    """What was read last goes on; after a day the person is told, once."""
    fields: dict[str, Any] = {"error": error[:500]}
    if row.told_at is None and row.succeeded_at and row.succeeded_at <= now - TOLD_AFTER:
        fields["told_at"] = now
        title = f"Your calendar could not be read since {row.succeeded_at:%a %-d %b %H:%M} UTC"
        notice = Notice(title, f"{error}\nAbsences that are new in it are not known.", _page())
        notify([row.user_id], notice, key=f"absences:{row.pk}:{now:%Y%m%d%H%M}", now=now)
    return fields


def _page() -> str:
    return reverse("my_shifts")
