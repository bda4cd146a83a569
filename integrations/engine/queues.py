"""Queues: the pending messages of each integration, processed by one engine at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from django.db import connection

from opsportal.lib.advisory_locks import Space, session_lock

NO_INTEGRATION = 0  # The queue of messages whose integration was deleted since: they end, too.

# The integrations with pending messages, and whether the first of each was tried before; without
# reading all of those: a skip scan.
QUEUES = """
    WITH RECURSIVE queues(id, attempts) AS (
        (SELECT integration_id, attempts FROM integrations_inboundmessage
         WHERE status = 'pending' ORDER BY integration_id, id LIMIT 1)
        UNION ALL
        SELECT following.integration_id, following.attempts FROM queues, LATERAL (
            SELECT m.integration_id, m.attempts FROM integrations_inboundmessage AS m
            WHERE m.status = 'pending' AND m.integration_id > queues.id
            ORDER BY m.integration_id, m.id LIMIT 1
        ) AS following
    )
    SELECT id, attempts > 0 FROM queues WHERE id IS NOT NULL
    UNION ALL
    SELECT 0, false WHERE EXISTS (SELECT FROM integrations_inboundmessage
                                  WHERE status = 'pending' AND integration_id IS NULL)
"""


class Rotation:
    """The order in which the queues have their turns: a round goes on where the last one ended.

    An engine begins with the queues that did not end the one before it.
    """

    def __init__(self) -> None:
        self.last: int | None = None

    def pending(self) -> Iterator[int]:
        """The queues that hold pending messages; each has had its turn once it was yielded."""
        with connection.cursor() as cursor:
            cursor.execute(QUEUES)
            was_tried = dict(cursor.fetchall())
        last, found = self.last, sorted(was_tried)
        if last is None:
            order = sorted(found, key=lambda queue: was_tried[queue])
        else:
            later = [queue for queue in found if queue > last]
            order = later + [queue for queue in found if queue <= last]
        for queue in order:
            self.last = queue
            yield queue


def lock(queue: int, *, wait_s: float = 0.0) -> AbstractContextManager[bool]:
    """Hold a queue; False where somebody else has it, for ``wait_s`` seconds at least.

    The lock is of the session and not of a transaction: there are several while it is held. The
    server releases it when the session ends, however that was.
    """
    return session_lock(Space.ENGINE_QUEUE, queue, wait_s=wait_s)
