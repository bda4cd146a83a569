"""Claim, look again, send, record: one notification is sent by one worker, once."""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from incidents.models import Incident
from notifications.actions.build_message import build_message
from notifications.actions.enqueue import enqueue, merges
from notifications.actions.fallback import fall_back, lock_person
from notifications.channels import all_channels
from notifications.models import Attempt, Notification
from notifications.page import LEASE, MAX_ATTEMPTS, PAGES, back_off
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.pg_notify import SCHEDULER, notify

logger = logging.getLogger(__name__)
State = Notification.State
FRESH_S = 0.5  # A look at the incident that is older is repeated before the next send.
BUDGET_S = 15.0  # What a slow provider leaves undone after this goes to the other workers.


def deliver(items: Sequence[tuple[int, int]]) -> None:
    """Send what is still wanted of these (notification, attempts made so far) pairs.

    Of two workers with the same pair one sends and one does nothing. No transaction is open
    while a provider is waited for.
    """
    began = time.monotonic()
    for group in _groups(_load(items)):
        age = time.monotonic() - began
        if age > BUDGET_S:
            enqueue(group)
            continue
        _send(_drop_superseded(group, is_fresh=age < FRESH_S))


def _load(items: Iterable[tuple[int, int]]) -> list[Notification]:
    made = dict(items)
    related = ("incident__service", "incident__assignee", "user", "contact_method")
    rows = Notification.objects.filter(pk__in=made, state=State.WAITING).select_related(
        *related, "shared_channel"
    )
    return [row for row in rows.order_by("pk") if row.attempts_made == made[row.pk]]


def _groups(rows: list[Notification]) -> Iterable[list[Notification]]:
    """What may go out as one message: the same address, event and urgency of telling."""

    def key(row: Notification) -> tuple[int, int, str, int]:
        apart = 0 if merges(row.channel) and row.incident_id else row.pk
        return (row.contact_method_id or 0, row.shared_channel_id or 0, row.event, apart)

    for _, group in groupby(sorted(rows, key=key), key):
        yield list(group)


def _send(group: list[Notification]) -> None:
    group, unsure = _claim(group)
    if not group:
        return
    now = timezone.now()
    try:
        channel = all_channels()[group[0].channel]
        provider_id = channel.send(
            _config(group[0]), build_message(group, now=now, may_repeat=unsure)
        )
    except DeliveryError as error:
        _record_failure(group, error)
    except Exception as error:
        logger.exception("Notification %s could not be sent", group[0].pk)
        _record_failure(group, DeliveryError(f"A defect of the portal: {error!r}"))
    else:
        _record_success(group, provider_id)


def _config(row: Notification) -> dict[str, Any]:
    place = row.contact_method or row.shared_channel
    if place is None:
        raise DeliveryError("This address was deleted meanwhile", permanent=True)
    config: dict[str, Any] = place.config
    return config


def _drop_superseded(group: list[Notification], *, is_fresh: bool) -> list[Notification]:
    """Look at the incidents again: what nobody needs any more is recorded, and not sent."""
    fresh = {row.incident_id: row.incident for row in group if row.incident}
    if not is_fresh:
        fresh = Incident.objects.in_bulk(fresh)
    kept = []
    for row in group:
        incident = fresh.get(row.incident_id)
        if incident is None:
            kept.append(row)
            continue
        if reason := superseded_reason(row, incident):
            _close(row, State.SUPERSEDED, reason)
            continue
        for name in ("status", "severity", "urgency", "assignee_id"):
            setattr(row.incident, name, getattr(incident, name))
        kept.append(row)
    return kept


def superseded_reason(row: Notification, incident: Incident) -> str:
    """Why a notification is not needed any more; '' where it is."""
    if row.event not in PAGES:
        return ""
    if incident.is_resolved:
        return "Resolved before this was sent"
    if incident.paging_round != row.facts.get("paging_round", incident.paging_round):
        return "Paging has started anew since"
    if incident.status == Incident.Status.ON_HOLD:
        return "On hold before this was sent"
    taken = incident.status == Incident.Status.ACKNOWLEDGED
    if taken and not (row.facts.get("despite_acknowledgement") and incident.assigned_at is None):
        return "Acknowledged before this was sent"
    return ""


def _close(row: Notification, state: str, error: str) -> None:
    Notification.objects.filter(
        pk=row.pk, state=State.WAITING, attempts_made=row.attempts_made
    ).update(state=state, error=error, done_at=timezone.now(), next_attempt_at=None)


CLAIM = """
    WITH ours AS (
        UPDATE notifications_notification AS n
        SET attempts_made = n.attempts_made + 1, next_attempt_at = %(lease)s
        FROM unnest(%(ids)s::bigint[], %(made)s::int[]) AS v(id, made)
        WHERE n.id = v.id AND n.attempts_made = v.made AND n.state = 'waiting'
        RETURNING n.id, n.attempts_made),
    unsure AS (
        SELECT EXISTS (
            SELECT FROM notifications_attempt AS a JOIN ours ON ours.id = a.notification_id
            WHERE a.outcome = 'started') AS so),
    tried AS (
        INSERT INTO notifications_attempt
            (notification_id, number, started_at, outcome, error, provider_id, may_repeat)
        SELECT ours.id, ours.attempts_made, %(now)s, 'started', '', '', unsure.so
        FROM ours, unsure)
    SELECT ours.id, unsure.so FROM ours, unsure
"""


def _claim(group: list[Notification]) -> tuple[list[Notification], bool]:
    """The rows that are ours now, and whether an earlier attempt may have arrived after all."""
    if not group:
        return [], False
    now = timezone.now()
    values: dict[str, Any] = {
        "ids": [row.pk for row in group],
        "made": [row.attempts_made for row in group],
        "now": now,
        "lease": now + LEASE,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        ours = dict(cursor.fetchall())
    claimed = [row for row in group if row.pk in ours]
    for row in claimed:
        row.attempts_made += 1
        row.next_attempt_at = now + LEASE
    return claimed, any(ours.values())


SUCCESS = """
    WITH told AS (
        UPDATE notifications_notification
        SET state = 'sent', done_at = %(now)s, next_attempt_at = NULL, error = '',
            merged_into_id = CASE WHEN id = %(first)s THEN NULL ELSE %(first)s END
        WHERE id = ANY(%(ids)s::bigint[])
    )
    UPDATE notifications_attempt AS a
    SET outcome = 'accepted', finished_at = %(now)s, provider_id = %(provider)s
    FROM unnest(%(ids)s::bigint[], %(numbers)s::int[]) AS v(id, number)
    WHERE a.notification_id = v.id AND a.number = v.number
"""


def _record_success(group: list[Notification], provider_id: str) -> None:
    """One statement, and so one commit: what was sent is recorded as soon as can be."""
    with connection.cursor() as cursor:
        cursor.execute(
            SUCCESS,
            {
                "now": timezone.now(),
                "first": group[0].pk,
                "ids": [row.pk for row in group],
                "numbers": [row.attempts_made for row in group],
                "provider": str(provider_id)[:255],
            },
        )


@transaction.atomic
def _record_failure(group: list[Notification], error: DeliveryError) -> None:
    """To be tried again, by back-off; or given up, and told by the person's next way at once."""
    now = timezone.now()
    outcome = Attempt.Outcome.FAILED
    if error.permanent:
        outcome = Attempt.Outcome.REFUSED
    elif error.ambiguous:
        outcome = Attempt.Outcome.STARTED  # Nobody knows: the next attempt says that it may repeat.
    lock_person(group[0].user_id)
    for row in group:
        Attempt.objects.filter(notification=row, number=row.attempts_made).update(
            outcome=outcome, error=str(error), finished_at=now
        )
    ours = [row for row in group if _reschedule(row, error, now)]
    fall_back([row for row in ours if row.state == State.FAILED or row.attempts_made == 2], now)
    notify(connection, SCHEDULER)  # It may be asleep until after the next attempt is due.


def _reschedule(row: Notification, error: DeliveryError, now: datetime) -> bool:
    """Whether it was still ours: what outlived its lease belongs to whoever has it now."""
    row.error = str(error)
    if error.permanent or row.attempts_made >= MAX_ATTEMPTS:
        row.state, row.done_at, row.next_attempt_at = State.FAILED, now, None
    else:
        wait = timedelta(seconds=min(error.retry_after or 0, 300))
        row.next_attempt_at = now + max(wait, back_off(row.attempts_made))
    mine = Notification.objects.filter(
        pk=row.pk, state=State.WAITING, attempts_made=row.attempts_made
    )
    fields = ("state", "error", "done_at", "next_attempt_at")
    return bool(mine.update(**{name: getattr(row, name) for name in fields}))
