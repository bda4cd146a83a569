"""The engine: stored messages become alerts and incidents, in the order in which they came.

Each integration is a lane. A lane is worked by one engine at a time, a batch at a time, and the
lanes take turns: a storm in one does not hold up the others.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from escalation.actions import hold
from escalation.actions import start as escalation_start
from incidents.actions import ingest
from incidents.report import Outcome
from integrations.engine.commands import DEEDS, do, follow_up
from integrations.engine.outcome import finish, summarize
from integrations.engine.plan_choice import Lead
from integrations.engine.reader import Reader, Reading
from integrations.models import InboundMessage
from opsportal.lib.text import clean

logger = logging.getLogger(__name__)
BATCH = 50
MAX_TRIES = 3
LANE_LOCKS = 0x0B5E  # Our own space of advisory locks.

# The integrations with pending messages, without reading all of those: a skip scan.
LANES = """
    WITH RECURSIVE lanes(id) AS (
        (SELECT integration_id FROM integrations_inboundmessage
         WHERE status = 'pending' ORDER BY integration_id LIMIT 1)
        UNION ALL
        (SELECT (SELECT m.integration_id FROM integrations_inboundmessage AS m
                 WHERE m.status = 'pending' AND m.integration_id > lanes.id
                 ORDER BY m.integration_id LIMIT 1)
         FROM lanes WHERE lanes.id IS NOT NULL)
    )
    SELECT id FROM lanes WHERE id IS NOT NULL
    UNION ALL  -- Whose integration was deleted since: they end, too.
    SELECT 0 WHERE EXISTS (SELECT FROM integrations_inboundmessage
                           WHERE status = 'pending' AND integration_id IS NULL)
"""


def work(*, now: datetime | None = None, reader: Reader | None = None) -> int:
    """Work off one batch of each lane; returns how many messages that were.

    A ``reader`` that is kept saves looking up integrations and plans, which it knows as they were.
    """
    with connection.cursor() as cursor:
        cursor.execute(LANES)
        lanes = [lane for (lane,) in cursor.fetchall()]
    reader = reader or Reader()
    return sum(_work_lane(lane, reader, now or timezone.now()) for lane in lanes)


def work_now(message_id: int) -> InboundMessage:
    """Work off one message at once, for routes whose answer carries the outcome.

    One that has to queue behind others stays pending.
    """
    now = timezone.now()
    with transaction.atomic():
        pending = InboundMessage.objects.pending().select_for_update(no_key=True, of=("self",))
        rows = list(pending.filter(pk=message_id, ready_at__lte=now))
        if rows:
            _process_each(rows, Reader(), now)
    return InboundMessage.objects.select_related("incident").get(pk=message_id)


def _work_lane(lane: int, reader: Reader, now: datetime) -> int:
    """A batch of one integration, or nothing where another engine has it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LANE_LOCKS, lane])
            if not cursor.fetchone()[0]:
                return 0
        due = InboundMessage.objects.pending().filter(
            integration_id=lane or None, ready_at__lte=now
        )
        rows = list(
            due.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("pk")[
                :BATCH
            ]
        )
        if rows:
            _process(rows, reader, now)
    return len(rows)


def _process(rows: Sequence[InboundMessage], reader: Reader, now: datetime) -> None:
    """All in one go; where anything goes wrong, one by one, each in a savepoint of its own."""
    try:
        with transaction.atomic():
            apply(rows, reader, now)
    except Exception:
        logger.exception("A batch of %s messages failed; one by one now", len(rows))
        _process_each(rows, reader, now)


def _process_each(rows: Sequence[InboundMessage], reader: Reader, now: datetime) -> None:
    for row in rows:
        try:
            with transaction.atomic():
                apply([row], reader, now)
        except Exception as error:
            logger.exception("Message %s could not be worked off", row.pk)
            _put_off(row, error, now)


def _put_off(row: InboundMessage, error: Exception, now: datetime) -> None:
    """Try it again, three times in all; then it has failed, and says why."""
    row.attempts += 1
    row.reason = clean(f"{type(error).__name__}: {error}"[:1000])
    row.ready_at = now + timedelta(seconds=2 * 5 ** (row.attempts - 1))
    if row.attempts >= MAX_TRIES and not _is_passing(error):
        row.status, row.processed_at = InboundMessage.Status.FAILED, now
    row.save(update_fields=["attempts", "reason", "ready_at", "status", "processed_at"])


def _is_passing(error: Exception) -> bool:
    """Whether the database itself was the trouble: then it is tried until it works."""
    return isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") in (
        "40001",
        "40P01",
        "53300",
        "57P01",
    )


def apply(rows: Sequence[InboundMessage], reader: Reader, now: datetime) -> None:
    """Do in their order what these messages say, and write what became of it."""
    for is_deed, group in groupby(rows, key=lambda row: row.route in DEEDS):
        if is_deed:
            finish([do(row, now) for row in group])
        else:
            _map(list(group), reader, now)


def _map(rows: Sequence[InboundMessage], reader: Reader, now: datetime) -> None:
    """Change the incidents as these messages say, and start the runs."""
    readings = reader.read(rows)
    wanted = [(reading, at) for reading in readings for at in range(len(reading.reports))]
    reports = [reading.reports[at] for reading, at in wanted]
    results = ingest.report(reports) if reports else []
    leads = [reading.leads[at] for reading, at in wanted]
    _page(list(zip(leads, results, strict=True)), now)
    for (reading, _), outcome in zip(wanted, results, strict=True):
        reading.results.append(outcome)
    for reading in readings:
        follow_up(reading, now)
    finish([summarize(reading, now) for reading in readings])


def _page(led: Sequence[tuple[Lead, Outcome]], now: datetime) -> None:
    """Start the runs, let go what was held back, and insist where everybody was told."""
    starts = [
        escalation_start.Start(outcome.incident_id, lead.plan, lead.policy_id, lead.play_id)
        for lead, outcome in led
        if outcome.paged and outcome.incident_id
    ]
    if starts:
        escalation_start.start(_last_of_each(starts), now=now)
    if released := {o.incident_id for _, o in led if o.released and o.incident_id}:
        hold.release(sorted(released), now=now)
    if insisting := {o.incident_id for _, o in led if o.insists and o.incident_id}:
        hold.insist(sorted(insisting), now=now)


def _last_of_each(starts: list) -> list:
    """One run for one incident, although several messages of a batch may ask for one."""
    return list({start.incident_id: start for start in starts}.values())


__all__ = ["Reading", "apply", "work", "work_now"]
