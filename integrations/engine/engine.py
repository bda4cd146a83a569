"""The engine: stored messages become alerts and incidents, in the order in which they came.

The messages of each integration are a queue. A queue is processed by one engine at a time, a slice
at a time, and the queues take turns: neither a storm nor a large message in one holds up the
others. What a message does to incidents and what the log says of it are one transaction.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from escalation.actions import ingest
from integrations.engine import lookahead, queues, tries, unreadable
from integrations.engine.commands import COMMAND_HANDLERS, execute, follow_up
from integrations.engine.log_entry import entry_of_command, entry_of_message
from integrations.engine.parsed import ParsedMessage
from integrations.engine.pipeline import MessageParser
from integrations.engine.slices import Slice, SliceSize
from integrations.inbound.log import LogUpdate, write_results
from integrations.models import InboundMessage
from opsportal.lib.time_budget import TimeBudgetExceeded

logger = logging.getLogger(__name__)
ROUND_S = 1.0  # So long the queues take turns before the engine looks at its timers again.
INLINE_WAIT_S = 2.0  # So long a request waits for the queue of its message.
RETRY_DELAY_S = 2  # after the first failure; five times as long after each further one
# Where the database itself was the trouble, by SQLSTATE: serialization failure, deadlock, a lock
# that was not to be had in time, too many connections, shutdown, crash, start; read-only, idle in a
# transaction for too long. https://www.postgresql.org/docs/current/errcodes-appendix.html
TRANSIENT_SQLSTATES = (
    "40001",
    "40P01",
    "55P03",
    "53300",
    "57P01",
    "57P02",
    "57P03",
    "25006",
    "25P03",
)
_rotation = queues.Rotation()
_size = SliceSize()


def process_pending(*, now: datetime | None = None, parser: MessageParser | None = None) -> int:
    """Process one slice of each queue; returns how many messages were begun with.

    After a second the other queues wait for the next call. A ``parser`` that is kept saves looking
    up integrations and plans, which it knows as they were.
    """
    tries.give_back_now()
    parser, done, began_at = parser or MessageParser(), 0, time.monotonic()
    for queue in _rotation.pending():
        done += _process_queue(queue, parser, now or timezone.now())
        if time.monotonic() - began_at > ROUND_S:
            break
    return done


def process_now(message_id: int) -> InboundMessage:
    """Process one message at once, for routes whose answer carries its result.

    One that has to queue behind others stays pending, and so does one whose queue or incident
    somebody else holds for long: the engine takes it later.
    """
    rows = InboundMessage.objects.select_related("incident")
    queue = rows.values_list("integration_id", flat=True).get(pk=message_id)
    now = timezone.now()
    with queues.lock(queue or queues.NO_INTEGRATION, wait_s=INLINE_WAIT_S) as is_held:
        if is_held and (claimed := tries.claim_one(message_id, now)):
            _process(claimed, MessageParser(), now)
    return rows.get(pk=message_id)


def _process_queue(queue: int, parser: MessageParser, now: datetime) -> int:
    """A slice of one integration, or nothing where another engine has it.

    Of a long queue what is urgent comes first, and it is looked at before anything of it is done.
    """
    with queues.lock(queue) as is_held:
        if not is_held:
            return 0
        urgent = lookahead.claim_urgent(queue, parser, now, limit=_size.events)
        rows = tries.claim(queue, now, limit=_size.events) if urgent is None else urgent
        if rows:
            done = _process(rows, parser, now)
            lookahead.note_done(queue, rows[:done])
        return len(rows) or int(urgent is not None)


def _process(rows: Sequence[InboundMessage], parser: MessageParser, now: datetime) -> int:
    """As many of these as fit into a slice, returned; the others get their try back."""
    room = Slice(_size.events)
    left = list(rows)
    for _, group in groupby(rows, key=_kind):
        messages = list(group)
        done = _process_group(messages, parser, room, now)
        left = left[done:]
        if done < len(messages):
            break
    _size.learn(room)
    tries.give_back([row.pk for row in left])
    return len(rows) - len(left)


def _kind(row: InboundMessage) -> tuple[bool, bool]:
    return row.attempts > tries.MAX_TRIES, row.route in COMMAND_HANDLERS


def _process_group(
    rows: Sequence[InboundMessage], parser: MessageParser, room: Slice, now: datetime
) -> int:
    """All in one go; where anything goes wrong, one by one. Returns how many were begun with."""
    try:
        return _attempt(rows, parser, room, now)
    except Exception as error:
        _raise_if_disconnected(error, rows)
        if len(rows) > 1:
            logger.exception("A batch of %s messages failed; one by one now", len(rows))
            return _process_each(rows, parser, room, now)
        logger.exception("Message %s could not be processed", rows[0].pk)
        _schedule_retry(rows[0], error, now)
    return 1


def _process_each(
    rows: Sequence[InboundMessage], parser: MessageParser, room: Slice, now: datetime
) -> int:
    for done, row in enumerate(rows):
        if done and room.is_full:
            return done
        _process_group([row], parser, room, now)
    return len(rows)


def _attempt(
    rows: Sequence[InboundMessage], parser: MessageParser, room: Slice, now: datetime
) -> int:
    is_dead, is_command = _kind(rows[0])
    if is_dead:
        logger.error("Messages %s ended their engine again", [row.pk for row in rows])
        _give_up([tries.entry_of_dead(row, now) for row in rows])
        return len(rows)
    if is_command:
        return _execute_commands(rows, room, now)
    messages = parser.parse(rows, room)
    with transaction.atomic(), parser.workflows.kept():
        held = tries.hold([parsed.message for parsed in messages])
        _apply_events([p for p in messages if p.message.pk in held and not p.error], now)
    for parsed in messages:
        if parsed.error:
            logger.error("Message %s: %s", parsed.message.pk, parsed.error)
            _schedule_retry(parsed.message, parsed.error, now)
    return len(messages)


@transaction.atomic
def _execute_commands(rows: Sequence[InboundMessage], room: Slice, now: datetime) -> int:
    held, updates, done = tries.hold(rows), [], 0
    for row in rows:
        if done and room.is_full:
            break
        if row.pk in held:
            updates.append(entry_of_command(row, execute(row, now), now))
        done, room.events = done + 1, room.events + 1
    write_results(updates)
    return done


def _raise_if_disconnected(error: Exception, rows: Sequence[InboundMessage]) -> None:
    """A try that ended with the connection is none of the message's."""
    if isinstance(error, OperationalError | InterfaceError) and not connection.is_usable():
        tries.give_back_later(rows)
        raise error


def _schedule_retry(row: InboundMessage, error: Exception, now: datetime) -> None:
    """Try it again, three times in all; then it has failed, and says why."""
    failed = row.attempts - 1 if _is_transient(error) else row.attempts
    # What takes too long has cost its time already.
    wait_s = 0 if isinstance(error, TimeBudgetExceeded) else RETRY_DELAY_S * 5 ** max(failed - 1, 0)
    values: dict[str, Any] = {
        "attempts": failed,
        "reason": f"{type(error).__name__}: {error}"[:1000],
        "ready_at": now + timedelta(seconds=wait_s),
    }
    if failed >= tries.MAX_TRIES:
        values |= {"status": InboundMessage.Status.FAILED, "processed_at": now}
    _give_up([LogUpdate(row, values)])


@transaction.atomic
def _give_up(updates: Sequence[LogUpdate]) -> None:
    write_results(updates)
    unreadable.count_failed(updates)


def _is_transient(error: Exception) -> bool:
    """Whether the database itself was the trouble: then it is tried until it works."""
    sqlstate = getattr(error.__cause__, "sqlstate", "")
    return isinstance(error, DatabaseError) and sqlstate in TRANSIENT_SQLSTATES


def try_first_slice(message: InboundMessage, parser: MessageParser, now: datetime) -> None:
    """Do what the first slice of a message asks for, in a transaction that the caller undoes."""
    message.events_done, message.results = 0, []
    if message.route in COMMAND_HANDLERS:
        write_results([entry_of_command(message, execute(message, now), now)])
        return
    _apply_events(parser.parse([message]), now)


def _apply_events(messages: Sequence[ParsedMessage], now: datetime) -> None:
    """Change the incidents as the events of these messages ask, and start the runs."""
    reported = [one for parsed in messages for one in parsed.reported_events]
    asked = [(one, one.report, one.plan) for one in reported if one.report and one.plan]
    reports, plans = [report for _, report, _ in asked], [plan for _, _, plan in asked]
    outcomes = ingest.report(reports, now=now, plans=plans)
    for (one, _, _), outcome in zip(asked, outcomes, strict=True):
        one.outcome = outcome
    for parsed in messages:
        follow_up(parsed, now)
    updates = [entry_of_message(parsed, now) for parsed in messages]
    write_results(updates)
    pairs = zip(messages, updates, strict=True)
    unreadable.count_failed(update for parsed, update in pairs if not parsed.is_refused)
