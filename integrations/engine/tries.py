"""Tries: how often a message was begun with, counted and committed before it is worked on.

A message whose engine died has a try more than it has failures: it is worked alone from then on,
so that it takes no others with it, and has failed after `MAX_TRIES`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from integrations.engine.queues import NO_INTEGRATION
from integrations.inbound.log import LogUpdate
from integrations.models import InboundMessage

MAX_TRIES = 3
DIED = (
    f"The engine ended while it worked on this message, {MAX_TRIES} times: it may need too much"
    " memory, or never come to an end. The log of the portal says how the engine ended."
)

# The first messages of a queue up to one that has to be alone, or that one. `RETURNING` makes it
# one statement for a batch, whose bodies are read once.
CLAIM = """
    WITH head AS (
        SELECT id, attempts > 0 OR events_done > 0 AS is_alone
        FROM integrations_inboundmessage
        WHERE status = 'pending' AND ready_at <= %(now)s AND {which}
        ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    ), claimed AS (
        SELECT id FROM head
        WHERE id = (SELECT min(id) FROM head)
           OR id < coalesce((SELECT min(id) FROM head WHERE is_alone), %(last)s)
    )
    UPDATE integrations_inboundmessage AS m SET attempts = m.attempts + 1
    FROM claimed WHERE m.id = claimed.id RETURNING m.*
"""
# Those behind a place that were never tried, to be looked at and given back.
CLAIM_UNSEEN = """
    WITH unseen AS (
        SELECT id FROM integrations_inboundmessage
        WHERE status = 'pending' AND integration_id = %(queue)s AND id > %(after)s
          AND attempts = 0 AND events_done = 0
        ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE integrations_inboundmessage AS m SET attempts = m.attempts + 1
    FROM unseen WHERE m.id = unseen.id RETURNING m.*
"""
# Due or not: what was never tried waits for the pace of its rate limit at most.
CLAIM_IDS = """
    UPDATE integrations_inboundmessage AS m SET attempts = m.attempts + 1
    WHERE id = ANY(%(ids)s) AND status = 'pending' AND attempts = 0 AND events_done = 0
    RETURNING m.*
"""
LAST_ID = 2**63 - 1
_uncounted: list[int] = []


def claim(queue: int, now: datetime, *, limit: int) -> list[InboundMessage]:
    """Count a try of the next messages of a queue, which the caller holds; returns them."""
    if queue == NO_INTEGRATION:
        return _claim("integration_id IS NULL", now, limit)
    return _claim("integration_id = %(queue)s", now, limit, queue=queue)


def claim_one(message_id: int, now: datetime) -> list[InboundMessage]:
    """The same of one message; [] where it is not pending, or not due yet."""
    return _claim("id = %(id)s", now, 1, id=message_id)


def claim_unseen(queue: int, after: int, *, limit: int) -> list[InboundMessage]:
    """Count a try of messages that are only looked at, so that one that ends the engine is known.
    The caller holds the queue, and gives them back."""
    return _counted(CLAIM_UNSEEN, {"queue": queue, "after": after, "limit": limit})


def claim_ids(message_ids: Sequence[int]) -> list[InboundMessage]:
    """Count a try of these messages of a queue that the caller holds; returns those that pend."""
    return _counted(CLAIM_IDS, {"ids": list(message_ids)}) if message_ids else []


def _claim(which: str, now: datetime, limit: int, **values: Any) -> list[InboundMessage]:
    values |= {"now": now, "limit": limit, "last": LAST_ID}
    return _counted(CLAIM.format(which=which), values)


def _counted(statement: str, values: dict[str, Any]) -> list[InboundMessage]:
    """The rows whose tries the statement counts, in their order."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The death of this process does not undo it, and that of the machine may.
            cursor.execute("SET LOCAL synchronous_commit = off")
        rows = InboundMessage.objects.raw(statement, values)
        return sorted(rows, key=lambda row: row.pk)


def hold(messages: Sequence[InboundMessage]) -> set[int]:
    """Lock those that are still as they were claimed, until the transaction ends; their ids."""
    claimed = {row.pk: row.attempts for row in messages}
    pending = InboundMessage.objects.pending().filter(pk__in=claimed)
    locked = pending.select_for_update(no_key=True, skip_locked=True, of=("self",))
    return {pk for pk, tries in locked.values_list("pk", "attempts") if claimed[pk] == tries}


def give_back(message_ids: Sequence[int]) -> None:
    """These were not worked on after all."""
    if message_ids:
        pending = InboundMessage.objects.pending().filter(pk__in=message_ids, attempts__gt=0)
        pending.update(attempts=F("attempts") - 1)


def give_back_later(messages: Sequence[InboundMessage]) -> None:
    """The same where the database is gone: as soon as it is back."""
    _uncounted.extend(row.pk for row in messages)


def give_back_now() -> None:
    """Do what `give_back_later` has put off."""
    if _uncounted:
        give_back(_uncounted)
        _uncounted.clear()


def entry_of_dead(message: InboundMessage, now: datetime) -> LogUpdate:
    """The log entry of a message whose engine died at each of its tries."""
    done = f" {message.events_done} of its events were done." if message.events_done else ""
    return LogUpdate(
        message,
        {
            "status": InboundMessage.Status.FAILED,
            "reason": f"{DIED}{done}",
            "attempts": MAX_TRIES,
            "processed_at": now,
        },
    )
