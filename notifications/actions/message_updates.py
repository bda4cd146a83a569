"""Messages that change with their incidents, on channels with threads.

What was sent is found by its attempts: which account carried it, and the id that it was given
there. A message that is out of date is a row, which a worker rewrites within a second.
"""

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone
from django_q.tasks import async_task

from incidents.models import Incident
from notifications.actions import lanes
from notifications.actions.build_message import build_message
from notifications.channels import all_channels
from notifications.models import Attempt, MessageUpdate, Notification
from notifications.page import MAX_ATTEMPTS, back_off
from notifications.provider_accounts import ProviderAccount, accounts_of
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.languages import written_in
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.task_queues import LATER

logger = logging.getLogger(__name__)
TASK = "notifications.tasks.update_message"
LEASE = timedelta(seconds=30)
PAUSE = timedelta(seconds=1)  # between two changes of one message
MAX_HANDED_OVER = 50
SHOWN = ("status", "severity", "urgency", "assignee_id", "title")

REQUEST = """
    INSERT INTO notifications_messageupdate (provider, provider_id, due_at)
    SELECT DISTINCT a.provider, a.provider_id, %(now)s::timestamptz
    FROM notifications_attempt AS a
    JOIN notifications_notification AS n ON n.id = a.notification_id
    WHERE n.incident_id = ANY(%(incidents)s::bigint[]) AND n.channel = ANY(%(channels)s::text[])
      AND a.outcome = 'accepted' AND a.provider <> '' AND a.provider_id <> ''
    ON CONFLICT (provider, provider_id)
    DO UPDATE SET version = notifications_messageupdate.version + 1
    RETURNING id, due_at <= %(now)s
"""


@cache
def channels_with_threads() -> tuple[str, ...]:
    """Their keys."""
    return tuple(key for key, channel in all_channels().items() if channel.has_threads)


def earlier_id(rows: Sequence[Notification], account: str) -> str:
    """The provider's id of the last message about these incidents to the same address; '' where
    there is none, or not the same for all."""
    first = rows[0]
    if not account or first.incident_id is None or first.channel not in channels_with_threads():
        return ""
    sent = Attempt.objects.filter(
        provider=account,
        outcome=Attempt.Outcome.ACCEPTED,
        notification__contact_method=first.contact_method_id,
        notification__shared_channel=first.shared_channel_id,
        notification__incident__in=[row.incident_id for row in rows],
    ).exclude(provider_id="")
    found = dict(sent.order_by("pk").values_list("notification__incident", "provider_id"))
    ids = {found.get(row.incident_id or 0, "") for row in rows}
    return ids.pop() if len(ids) == 1 else ""


def request(incidents: Collection[int]) -> None:
    """Have the messages about these incidents rewritten: one request for what changes at once."""
    if not incidents or not channels_with_threads():
        return
    values: dict[str, Any] = {
        "now": timezone.now(),
        "incidents": list(incidents),
        "channels": list(channels_with_threads()),
    }
    with connection.cursor() as cursor:
        cursor.execute(REQUEST, values)
        due = [pk for pk, is_due in cursor.fetchall() if is_due]
    _hand_over(due)


def request_if_changed(rows: Sequence[Notification]) -> None:
    """What changed while a message about it was being sent is shown, too."""
    if rows[0].channel not in channels_with_threads():
        return
    shown = {row.incident.pk: row.incident for row in rows if row.incident}
    fresh = Incident.objects.in_bulk(shown)
    request([pk for pk, old in shown.items() if pk in fresh and _differs(old, fresh[pk])])


def _differs(old: Incident, new: Incident) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in SHOWN)


def hand_over_due(now: datetime) -> None:
    """What failed and is to be tried again, and what a worker died over."""
    due = MessageUpdate.objects.filter(due_at__lte=now).order_by("due_at")
    _hand_over(due.values_list("pk", flat=True)[:MAX_HANDED_OVER])


def _hand_over(updates: Iterable[int]) -> None:
    for pk in updates:
        async_task(TASK, pk, cluster=LATER)


def run(update_id: int) -> None:
    """Rewrite one message as it would be now; later where its lane fails or Slack is busy."""
    now = timezone.now()
    mine = MessageUpdate.objects.filter(pk=update_id, due_at__lte=now)
    if not mine.update(due_at=now + LEASE, tries=F("tries") + 1):
        return
    update = MessageUpdate.objects.get(pk=update_id)
    rows = _rows_of(update)
    account = _account_of(update, rows)
    if account is None:
        update.delete()
        return
    state = lanes.look(account.lane, now)
    until = lanes.wait_until(state, now, is_first=False)
    if until is not None:
        MessageUpdate.objects.filter(pk=update.pk).update(due_at=until, tries=F("tries") - 1)
        return
    try:
        _rewrite_by(account, state, rows, update.provider_id)
    except DeliveryError as error:
        _failed(update, error)
    except Exception as error:  # It is tried as often as what fails, and not for ever.
        logger.exception("Message %s could not be changed", update.provider_id)
        permanent = isinstance(error, SecretUnreadable)
        _failed(update, DeliveryError(type(error).__name__, permanent=permanent))
    else:
        _done(update)


def _rewrite_by(
    account: ProviderAccount, state: lanes.LaneState, rows: Sequence[Notification], provider_id: str
) -> None:
    """Rewrite it, and count what is the fault of its lane. Raises ``DeliveryError``."""
    began = time.monotonic()
    try:
        _rewrite(account, rows, provider_id)
    except DeliveryError as error:
        if error.retry_after is None and not error.address_fault:
            lanes.note_failure(state, time.monotonic() - began, timezone.now(), error)
        raise


def _rows_of(update: MessageUpdate) -> list[Notification]:
    """The notifications that went out as this message."""
    sent = Attempt.objects.filter(provider=update.provider, provider_id=update.provider_id)
    first = sent.order_by("notification").values_list("notification", flat=True).first()
    rows = Notification.objects.filter(Q(pk=first) | Q(merged_into=first)).select_related(
        "incident__service", "incident__assignee", "user", "contact_method", "shared_channel"
    )
    return sorted(rows, key=lambda row: row.pk)


def _account_of(update: MessageUpdate, rows: Sequence[Notification]) -> ProviderAccount | None:
    """None where the account, the message or its address is gone."""
    if not rows or not (rows[0].contact_method or rows[0].shared_channel):
        return None
    known = accounts_of(rows[0].channel)
    return next((one for one in known if one.key == update.provider), None)


def _rewrite(account: ProviderAccount, rows: Sequence[Notification], provider_id: str) -> None:
    """As it was sent: it is not late for being changed later."""
    place = rows[0].contact_method or rows[0].shared_channel
    sent_at = rows[0].done_at or rows[0].due_at
    message = build_message(rows, now=sent_at, may_repeat=False)
    config = place.config if place else {}
    with written_in(message.language):
        account.provider.update(account.config, config, message, provider_id)


def _done(update: MessageUpdate) -> None:
    same = MessageUpdate.objects.filter(pk=update.pk, version=update.version)
    if not same.delete()[0]:  # It changed meanwhile.
        again = MessageUpdate.objects.filter(pk=update.pk)
        again.update(due_at=timezone.now() + PAUSE, tries=0)


def _failed(update: MessageUpdate, error: DeliveryError) -> None:
    is_final = error.permanent and not error.provider_fault
    if is_final or update.tries >= MAX_ATTEMPTS:
        logger.warning("A message could not be changed: %s", error)
        update.delete()
        return
    wait = max(error.retry_after or 0, back_off(update.tries).total_seconds())
    _postpone(update, timezone.now() + timedelta(seconds=wait))


def _postpone(update: MessageUpdate, until: datetime) -> None:
    MessageUpdate.objects.filter(pk=update.pk).update(due_at=until)
