"""What is written before a notification is sent, and after it: claims, successes, failures."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from notifications.actions.address_faults import note_gone
from notifications.actions.fallback import fall_back, lock_person
from notifications.actions.outcomes import tell, telling
from notifications.channels import all_channels
from notifications.models import Attempt, Notification
from notifications.page import (
    EXCUSED_BACK_OFF,
    GIVE_UP_AFTER,
    LEASE,
    LEASE_MARGIN,
    MAX_ATTEMPTS,
    back_off,
)
from notifications.receipts import Accepted
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.pg_notify import SCHEDULER, notify

State = Notification.State

CLAIM = """
    WITH ours AS (
        UPDATE notifications_notification AS n
        SET attempts_made = n.attempts_made + 1, next_attempt_at = %(lease)s,
            lane = %(lane)s, sending_since = %(now)s, waits_for_lane = false,
            waits_for_rate = false
        FROM unnest(%(ids)s::bigint[], %(made)s::int[]) AS v(id, made)
        WHERE n.id = v.id AND n.attempts_made = v.made AND n.state = 'waiting'
        RETURNING n.id, n.attempts_made),
    unsure AS (
        SELECT EXISTS (
            SELECT FROM notifications_attempt AS a JOIN ours ON ours.id = a.notification_id
            WHERE a.outcome = 'started') AS so),
    tried AS (
        INSERT INTO notifications_attempt
            (notification_id, number, started_at, outcome, error, provider_id, may_repeat, provider,
             provider_name)
        SELECT ours.id, ours.attempts_made, %(now)s, 'started', '', '', unsure.so, %(provider)s,
               %(provider_name)s
        FROM ours, unsure)
    SELECT ours.id, unsure.so FROM ours, unsure
"""


def claim(
    group: Sequence[Notification], lane: str, *, provider: str = "", provider_name: str = ""
) -> tuple[list[Notification], bool]:
    """The rows that are ours now, and whether an earlier attempt may have arrived after all.

    ``provider`` is the key of the account that carries them, where their channel has some, and
    ``provider_name`` what people call it.
    """
    now = timezone.now()
    values: dict[str, Any] = {
        "ids": [row.pk for row in group],
        "made": [row.attempts_made for row in group],
        "now": now,
        "lease": now + LEASE,
        "lane": lane,
        "provider": provider,
        "provider_name": provider_name,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        ours = dict(cursor.fetchall())
    claimed = [row for row in group if row.pk in ours]
    for row in claimed:
        row.attempts_made += 1
        row.next_attempt_at = now + LEASE
        row.lane, row.sending_since = lane, now
    return claimed, any(ours.values())


def extend_lease(group: Sequence[Notification], budget_s: float) -> None:
    """Keep what is being sent for as long as that may take: nobody else sends it meanwhile."""
    needed = timedelta(seconds=budget_s) + LEASE_MARGIN
    if needed > LEASE:
        ours = Notification.objects.filter(
            pk__in=[row.pk for row in group], sending_since=group[0].sending_since
        )
        ours.update(next_attempt_at=timezone.now() + needed)


# The device may have said that it arrived before whoever took it did.
SUCCESS = """
    WITH told AS (
        UPDATE notifications_notification
        SET state = CASE WHEN state = 'delivered' THEN state ELSE 'sent' END,
            done_at = %(now)s, next_attempt_at = NULL, error = '', sending_since = NULL,
            merged_into_id = CASE WHEN id = %(first)s THEN NULL ELSE %(first)s END
        WHERE id = ANY(%(ids)s::bigint[])
        RETURNING id, state
    )
    UPDATE notifications_attempt AS a
    SET outcome = 'accepted', finished_at = %(now)s, provider_id = %(provider)s,
        segments = %(segments)s, price = %(price)s, currency = %(currency)s,
        receipt_due_at = CASE WHEN told.state = 'sent' THEN %(receipt_due)s::timestamptz END
    FROM unnest(%(ids)s::bigint[], %(numbers)s::int[]) AS v(id, number) JOIN told ON told.id = v.id
    WHERE a.notification_id = v.id AND a.number = v.number
"""


def record_success(
    group: Sequence[Notification], accepted: Accepted, *, receipt_within_s: float | None = None
) -> None:
    """One statement, and so one commit: what was sent is recorded as soon as can be."""
    now = timezone.now()
    within_s = accepted.receipt_within_s
    within_s = receipt_within_s if within_s is None else within_s
    due_at = None if within_s is None else now + timedelta(seconds=within_s)
    with telling(group, State.SENT), connection.cursor() as cursor:
        cursor.execute(
            SUCCESS,
            {
                "now": now,
                "first": group[0].pk,
                "ids": [row.pk for row in group],
                "numbers": [row.attempts_made for row in group],
                "provider": accepted.provider_id[:255],
                "segments": accepted.segments,
                "price": accepted.price,
                "currency": accepted.currency,
                "receipt_due": due_at,
            },
        )


@transaction.atomic
def record_failure(
    group: Sequence[Notification], error: DeliveryError, *, has_next: bool = False
) -> None:
    """To be tried again, by back-off; or given up, and told by the person's next way at once.

    With ``has_next`` another provider is asked at once for what was the fault of this one.
    """
    now = timezone.now()
    lock_person(group[0].user_id)
    for row in group:
        Attempt.objects.filter(notification=row, number=row.attempts_made).update(
            outcome=_outcome_of(error), error=str(error), finished_at=now
        )
    has_next = has_next and error.provider_fault
    ours = [row for row in group if _reschedule(row, error, now, has_next=has_next)]
    given_up = [row for row in ours if row.state == State.FAILED or row.attempts_made == 2]
    if error.address_fault:
        note_gone(group[0], str(error))
    fall_back(given_up, now)
    tell([row for row in given_up if row.state == State.FAILED], State.FAILED)
    if error.provider_fault and not has_next:
        # Another provider may do at once what this one cannot.
        others = [row for row in ours if row not in given_up and row.attempts_made == 1]
        fall_back(others, now, by_other_lane=True)
    notify(connection, SCHEDULER)  # It may be asleep until after the next attempt is due.


def _outcome_of(error: DeliveryError) -> str:
    if error.permanent and not error.provider_fault:
        return Attempt.Outcome.REFUSED
    # Nobody knows: the next attempt says that it may repeat.
    return Attempt.Outcome.STARTED if error.ambiguous else Attempt.Outcome.FAILED


def _reschedule(row: Notification, error: DeliveryError, now: datetime, *, has_next: bool) -> bool:
    """Whether it was still ours: what outlived its lease belongs to whoever has it now."""
    row.error, row.sending_since, row.waits_for_lane = str(error), None, False
    if is_excused := _is_excused(row, error, now):
        row.attempts_excused += 1
    used = row.attempts_made - row.attempts_excused
    if (error.permanent and not error.provider_fault) or used >= MAX_ATTEMPTS:
        row.state, row.done_at, row.next_attempt_at = State.FAILED, now, None
    elif has_next:
        row.next_attempt_at = now
    else:
        wait = timedelta(seconds=min(error.retry_after or 0, 300))
        usual = back_off(row.attempts_made)
        row.next_attempt_at = now + max(wait, min(usual, EXCUSED_BACK_OFF) if is_excused else usual)
        row.waits_for_lane = error.provider_fault and not wait
    mine = Notification.objects.filter(
        pk=row.pk, state=State.WAITING, attempts_made=row.attempts_made
    )
    fields = ("state", "error", "done_at", "next_attempt_at", "sending_since")
    more = ("waits_for_lane", "attempts_excused")
    return bool(mine.update(**{name: getattr(row, name) for name in fields + more}))


def _is_excused(row: Notification, error: DeliveryError, now: datetime) -> bool:
    """Whether a failure says nothing of the address, so that it is tried again for a day."""
    if row.incident_id is None or not error.provider_fault or now - row.due_at > GIVE_UP_AFTER:
        return False
    channel = all_channels().get(row.channel)
    return row.is_announcement or (channel is not None and channel.has_provider)
