"""The engine: stored messages become alerts and incidents, in the order in which they came.

The messages of each integration are a queue. A queue is processed by one engine at a time, a batch
at a time, and the queues take turns: a storm in one does not hold up the others.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from escalation.actions import ingest
from integrations.engine.commands import COMMAND_HANDLERS, execute, follow_up
from integrations.engine.log_entry import entry_of_command, entry_of_message
from integrations.engine.pipeline import MessageParser
from integrations.inbound.log import LogUpdate, write_results
from integrations.models import InboundMessage

logger = logging.getLogger(__name__)
BATCH_SIZE = 50  # messages
MAX_TRIES = 3
RETRY_DELAY_S = 2  # after the first failure; five times as long after each further one
QUEUE_LOCKS = 0x0B5E  # Our own space of advisory locks.
# Where the database itself was the trouble, by SQLSTATE: serialization failure, deadlock, too many
# connections, shutdown. https://www.postgresql.org/docs/current/errcodes-appendix.html
TRANSIENT_SQLSTATES = ("40001", "40P01", "53300", "57P01")

# The integrations with pending messages, without reading all of those: a skip scan.
QUEUES = """
    WITH RECURSIVE queues(id) AS (
        (SELECT integration_id FROM integrations_inboundmessage
         WHERE status = 'pending' ORDER BY integration_id LIMIT 1)
        UNION ALL
        (SELECT (SELECT m.integration_id FROM integrations_inboundmessage AS m
                 WHERE m.status = 'pending' AND m.integration_id > queues.id
                 ORDER BY m.integration_id LIMIT 1)
         FROM queues WHERE queues.id IS NOT NULL)
    )
    SELECT id FROM queues WHERE id IS NOT NULL
    UNION ALL  -- Whose integration was deleted since: they end, too.
    SELECT 0 WHERE EXISTS (SELECT FROM integrations_inboundmessage
                           WHERE status = 'pending' AND integration_id IS NULL)
"""


def process_pending(*, now: datetime | None = None, parser: MessageParser | None = None) -> int:
    """Process one batch of each queue; returns how many messages that were.

    A ``parser`` that is kept saves looking up integrations and plans, which it knows as they were.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUEUES)
        queues = [queue for (queue,) in cursor.fetchall()]
    parser = parser or MessageParser()
    return sum(_process_queue(queue, parser, now or timezone.now()) for queue in queues)


def process_now(message_id: int) -> InboundMessage:
    """Process one message at once, for routes whose answer carries its result.

    One that has to queue behind others stays pending.
    """
    now = timezone.now()
    with transaction.atomic():
        pending = InboundMessage.objects.pending().select_for_update(no_key=True, of=("self",))
        rows = list(pending.filter(pk=message_id, ready_at__lte=now))
        if rows:
            _process_each(rows, MessageParser(), now)
    return InboundMessage.objects.select_related("incident").get(pk=message_id)


def _process_queue(queue: int, parser: MessageParser, now: datetime) -> int:
    """A batch of one integration, or nothing where another engine has it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [QUEUE_LOCKS, queue])
            if not cursor.fetchone()[0]:
                return 0
        own = Q(integration_id=queue) if queue else Q(integration_id=None)
        due = InboundMessage.objects.pending().filter(own, ready_at__lte=now)
        due = due.select_for_update(skip_locked=True, no_key=True, of=("self",))
        rows = list(due.order_by("pk")[:BATCH_SIZE])
        if rows:
            _process(rows, parser, now)
    return len(rows)


def _process(rows: Sequence[InboundMessage], parser: MessageParser, now: datetime) -> None:
    """All in one go; where anything goes wrong, one by one, each in a savepoint of its own."""
    try:
        with transaction.atomic():
            apply(rows, parser, now)
    except Exception:
        logger.exception("A batch of %s messages failed; one by one now", len(rows))
        _process_each(rows, parser, now)


def _process_each(rows: Sequence[InboundMessage], parser: MessageParser, now: datetime) -> None:
    for row in rows:
        try:
            with transaction.atomic():
                apply([row], parser, now)
        except Exception as error:
            logger.exception("Message %s could not be processed", row.pk)
            _schedule_retry(row, error, now)


def _schedule_retry(row: InboundMessage, error: Exception, now: datetime) -> None:
    """Try it again, three times in all; then it has failed, and says why."""
    row.attempts += 1
    values: dict[str, Any] = {
        "attempts": row.attempts,
        "reason": f"{type(error).__name__}: {error}"[:1000],
        "ready_at": now + timedelta(seconds=RETRY_DELAY_S * 5 ** (row.attempts - 1)),
    }
    if row.attempts >= MAX_TRIES and not _is_transient(error):
        values |= {"status": InboundMessage.Status.FAILED, "processed_at": now}
    write_results([LogUpdate(row, values)])


def _is_transient(error: Exception) -> bool:
    """Whether the database itself was the trouble: then it is tried until it works."""
    sqlstate = getattr(error.__cause__, "sqlstate", "")
    return isinstance(error, DatabaseError) and sqlstate in TRANSIENT_SQLSTATES


def apply(rows: Sequence[InboundMessage], parser: MessageParser, now: datetime) -> None:
    """Do in their order what these messages ask for, and write the results."""
    for is_command, group in groupby(rows, key=lambda row: row.route in COMMAND_HANDLERS):
        if is_command:
            write_results([entry_of_command(row, execute(row, now), now) for row in group])
        else:
            _apply_events(list(group), parser, now)


def _apply_events(rows: Sequence[InboundMessage], parser: MessageParser, now: datetime) -> None:
    """Change the incidents as the events of these messages ask, and start the runs."""
    messages = parser.parse(rows)
    reported = [one for parsed in messages for one in parsed.reported_events]
    asked = [(one, one.report, one.plan) for one in reported if one.report and one.plan]
    reports, plans = [report for _, report, _ in asked], [plan for _, _, plan in asked]
    outcomes = ingest.report(reports, now=now, plans=plans)
    for (one, _, _), outcome in zip(asked, outcomes, strict=True):
        one.outcome = outcome
    for parsed in messages:
        follow_up(parsed, now)
    write_results([entry_of_message(parsed, now) for parsed in messages])
