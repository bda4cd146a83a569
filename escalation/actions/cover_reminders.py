"""As time goes by: those who were asked are reminded, and the asker is told that nobody came.

A request changes nothing by itself: until somebody takes it the asker is on call.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from escalation.actions import cover_notices
from escalation.actions.cover_requests import close, lock_request
from escalation.choices import CoverStatus
from escalation.models import CoverInvitation, CoverRequest
from escalation.on_call.cover_facts import open_spans
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.hours import is_at_work

logger = logging.getLogger(__name__)
# Before the start: those that wait for the receiver's hours of work, and those that do not.
AT_WORK = (timedelta(weeks=2), timedelta(weeks=1), timedelta(days=3))
ANY_TIME = (timedelta(days=1), timedelta(hours=12))
WARNINGS = (timedelta(hours=24), timedelta(hours=12))
RUNNING_WARNING = timedelta(minutes=15)  # after it was asked for, where the shift runs
AGAIN = timedelta(minutes=15)


def look_at_due(now: datetime, *, limit: int = 50) -> int:
    """Remind and tell whom it is time for; returns how many requests were looked at. One that
    fails stops no other."""
    due = CoverRequest.objects.filter(next_look_at__lte=now).order_by("next_look_at")
    ids = list(due.values_list("pk", flat=True)[:limit])
    for pk in ids:
        try:
            _look(pk, now)
        except Exception:
            logger.exception("Cover request %s could not be looked at; it is tried again", pk)
    return len(ids)


@transaction.atomic
def _look(pk: int, now: datetime) -> None:
    row = lock_request(pk)
    if not row.is_open or row.next_look_at is None or row.next_look_at > now:
        return
    left = open_spans(row, now)
    if not left:  # An override or an edit of the schedule has done it; or it is over.
        close(row, CoverStatus.EXPIRED if now >= row.ends_at else CoverStatus.TAKEN)
        return
    if now >= row.expires_at:
        cover_notices.tell_nobody(row, now=now)
        close(row, CoverStatus.EXPIRED)
        return
    if passed := _passed(warning_times(row), row.warned_at or row.made_at, now):
        cover_notices.tell_nobody(row, now=now)
        row.warned_at = passed
    is_waiting = _remind(row, now)
    row.next_look_at = _next(row, now, is_waiting=is_waiting)
    row.save(update_fields=["warned_at", "next_look_at"])


def warning_times(row: CoverRequest) -> list[datetime]:
    """When the asker and the managers are told that nobody has taken it, but for its end."""
    if row.is_for_running_shift:
        return [row.made_at + RUNNING_WARNING]
    return [row.starts_at - before for before in WARNINGS]


def reminder_times(row: CoverRequest) -> list[datetime]:
    """When those who have not answered are asked again, the earliest first."""
    if row.is_for_running_shift:
        return []
    return [row.starts_at - before for before in (*AT_WORK, *ANY_TIME)]


def _remind(row: CoverRequest, now: datetime) -> bool:
    """Ask again whom it is time for; whether somebody's hours of work are waited for."""
    times, is_waiting = reminder_times(row), False
    asked = row.invitations.filter(declined_at=None).select_related("user")
    for invitation in asked:
        passed = _passed(times, invitation.reminded_at or row.made_at, now)
        if passed is None:
            continue
        if passed < row.starts_at - max(ANY_TIME) and not is_at_work(
            instant_of(now), invitation.user.zone
        ):
            is_waiting = True
            continue
        _remind_one(row, invitation, passed, now)
    return is_waiting


def _remind_one(
    row: CoverRequest, invitation: CoverInvitation, passed: datetime, now: datetime
) -> None:
    cover_notices.tell_asked(row, [invitation.user], now=now, is_reminder=True)
    invitation.reminded_at = passed
    invitation.save(update_fields=["reminded_at"])


def _passed(times: Iterable[datetime], since: datetime, now: datetime) -> datetime | None:
    """The latest of these times that is over and was not at ``since``."""
    return max((at for at in times if since < at <= now), default=None)


def _next(row: CoverRequest, now: datetime, *, is_waiting: bool) -> datetime:
    times = [*reminder_times(row), *warning_times(row), row.expires_at]
    if is_waiting:
        times.append(now + AGAIN)
    return min(at for at in times if at > now)
