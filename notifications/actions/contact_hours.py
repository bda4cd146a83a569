"""Hours of contact methods are looked at when a message is sent, and not when it is written.

Outside of them what is not urgent waits. A page of high urgency goes by another way that is within
its hours; where there is none, by the first of those that it has, and says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from notifications.actions.enqueue import enqueue
from notifications.actions.fallback import lock_person, siblings_of, unused_methods, use_method
from notifications.choices import NotificationEvent
from notifications.contact_hours import is_within, opening
from notifications.models import Notification
from notifications.page import PICKUP_TIMEOUT

State = Notification.State
LOOK_AGAIN = timedelta(seconds=15)
# Somebody waits for these.
AWAITED = (NotificationEvent.TEST, NotificationEvent.VERIFICATION)


def within_hours(group: Sequence[Notification], now: datetime) -> list[Notification]:
    """Those of a group, all to one address, that are sent now."""
    method = group[0].contact_method if group else None
    if method is None or not method.hours or is_within(method, now):
        return list(group)
    return [row for row in group if _is_awaited(row) or _is_sent_outside(row, now)]


def _is_awaited(row: Notification) -> bool:
    """A test, a code, or what came of an answer from this very address."""
    is_answer = row.event == NotificationEvent.NOTICE and not row.is_announcement
    return row.event in AWAITED or is_answer


@transaction.atomic
def _is_sent_outside(row: Notification, now: datetime) -> bool:
    """Whether a row is sent although its contact method is outside its hours."""
    lock_person(row.user_id)
    if not row.urgent:
        _wait(row, opening(row.contact_method, now) or now + LOOK_AGAIN)
        return False
    others = list(siblings_of(row).select_related("contact_method__user"))
    if any(one.state in (State.SENT, State.DELIVERED) for one in others):
        _end(row, now)
        return False
    waiting = [one for one in others if one.state == State.WAITING and one.contact_method]
    if _is_sent_by_another(row, waiting, now):
        _put_back(row, now + LOOK_AGAIN)
        return False
    _say_why(row)
    return True


def _is_sent_by_another(row: Notification, waiting: list[Notification], now: datetime) -> bool:
    """Whether another way is on its way, or is begun with now."""
    inside = [one for one in waiting if is_within(one.contact_method, now)]
    if inside:
        _begin(min(inside, key=_rank), now)
        return True
    free = [method for method in unused_methods(row) if is_within(method, now)]
    if free:
        use_method(row, free[0], now, f"{row.channel} is outside its hours")
        return True
    return any(_rank(one) < _rank(row) for one in waiting)


def _rank(row: Notification) -> tuple[datetime, int]:
    """As the rules of the person use them."""
    return row.due_at, row.pk


def _begin(row: Notification, now: datetime) -> None:
    if row.due_at > now:
        row.due_at, row.next_attempt_at = now, now + PICKUP_TIMEOUT
        row.save(update_fields=["due_at", "next_attempt_at"])
        enqueue([row])


def _end(row: Notification, now: datetime) -> None:
    _change(
        row,
        state=State.SUPERSEDED,
        error=f"{_outside(row)}: told by another way",
        done_at=now,
        next_attempt_at=None,
    )


def _wait(row: Notification, until: datetime) -> None:
    _change(row, due_at=until, next_attempt_at=until, error=f"{_outside(row)}: it waits for them")


def _put_back(row: Notification, until: datetime) -> None:
    _change(row, next_attempt_at=until, error=f"{_outside(row)}: another way is tried first")


def _say_why(row: Notification) -> None:
    words = f"{_outside(row)}, and no other way is within its own"
    row.reason = f"{row.reason}; {words}" if words not in row.reason else row.reason
    _change(row, reason=row.reason)


def _outside(row: Notification) -> str:
    hours = row.contact_method.hours if row.contact_method else ""
    return f"outside the hours of this address ({hours})"


def _change(row: Notification, **fields: object) -> None:
    """Unless another worker has it by now."""
    mine = Notification.objects.filter(
        pk=row.pk, state=State.WAITING, attempts_made=row.attempts_made
    )
    mine.update(**fields)
