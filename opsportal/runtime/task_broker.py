"""django-q's broker on PostgreSQL, woken instead of polling.

Takes the place of its ORM broker on the same table: a task is claimed with one
``UPDATE … SKIP LOCKED … RETURNING``, oldest first of the queue that goes first, and an empty queue
is waited for with LISTEN.
Adding a task is an INSERT, so it is committed together with what it is about.
"""

import logging
import time
from datetime import timedelta
from typing import Any
from weakref import WeakSet

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from opsportal.lib import task_queues
from opsportal.lib.database_errors import UNAVAILABLE
from opsportal.lib.pg_notify import TASKS, Listener, notify

logger = logging.getLogger(__name__)
RECONNECT_S = 0.5

# As an array the rows are chosen once. Behind IN the planner may choose them anew for each row that
# it looks at, depending on its statistics, and more than the limit are claimed.
CLAIM = """
    UPDATE django_q_ormq SET lock = %(until)s WHERE id = ANY(ARRAY(
        SELECT id FROM django_q_ormq
        WHERE key = ANY(%(keys)s) AND lock <= %(now)s AND (key <> %(background)s OR %(room)s > (
            SELECT count(*) FROM django_q_ormq WHERE key = %(background)s AND lock > %(now)s
        ))
        ORDER BY array_position(%(keys)s, key::text), id FOR UPDATE SKIP LOCKED LIMIT %(most)s
    )) RETURNING id, payload
"""
DELETE = "DELETE FROM django_q_ormq WHERE id = %s RETURNING key"


_relaxed: WeakSet[psycopg.Connection] = WeakSet()


def relax_durability() -> None:
    """From now on this thread's commits do not wait for the disk.

    Only for claims, leases and acknowledgements: what a crash of the database undoes of them, the
    rows of the portal ask for again.
    """
    default = connections["default"]
    default.ensure_connection()
    if default.connection not in _relaxed:
        with default.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
        _relaxed.add(default.connection)


def drop_useless_connection() -> None:
    """Outside a transaction a connection on which a statement has failed is replaced by a new one.

    django-q's service has no requests at whose ends Django would do it.
    """
    if transaction.get_autocommit():
        connections["default"].close_if_unusable_or_obsolete()


def channel_of(queue: str) -> str:
    """Where it is notified that a task was added to this queue."""
    queue = task_queues.shared(queue)
    return TASKS if queue in task_queues.PRIORITIES else f"{TASKS}_{queue}"


def keys_of(queue: str) -> list[str]:
    """The queues that the workers of a queue take tasks of, in this order."""
    if queue == task_queues.SENDERS:
        return [task_queues.of_node(task_queues.FIRST), *task_queues.PRIORITIES]
    return [task_queues.of_node(queue), queue] if queue == task_queues.TIMERS else [queue]


class PostgresBroker(ORM):
    """Tasks in ``django_q_ormq``. ``lock`` is the time until which a task belongs to a worker."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key=list_key or Conf.CLUSTER_NAME)
        self.listener = Listener([channel_of(self.list_key)])

    def enqueue(self, task: str) -> int:
        row = OrmQ.objects.create(key=self.list_key, payload=task, lock=timezone.now())
        notify(connection, channel_of(self.list_key))
        return row.pk

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Some tasks, oldest first; None after waiting in vain for the poll interval.

        None, too, while the database does not answer: django-q's pusher would wait for 10 s, end,
        and take the whole service with it.
        """
        try:
            return self._claim() or (self._claim() if self.listener.wait(Conf.POLL) else None)
        except UNAVAILABLE as error:
            logger.warning("The database does not answer; tasks are looked for again: %s", error)
            connections["default"].close()
            time.sleep(RECONNECT_S)
            return None

    def delete(self, task_id: int) -> None:
        """Drop a task that is done; without the database it stays, and is run again later.

        An error would end django-q's monitor, and with it the whole service.
        """
        try:
            drop_useless_connection()
            with connection.cursor() as cursor:
                cursor.execute(DELETE, [task_id])
                rows = cursor.fetchall()
            if rows == [(task_queues.BACKGROUND,)]:  # There is room for the next of them.
                notify(connection, channel_of(task_queues.BACKGROUND))
        except UNAVAILABLE as error:
            logger.warning("The database does not answer; task %s stays: %s", task_id, error)
            connections["default"].close()

    def _claim(self) -> list[tuple[int, str]]:
        now = timezone.now()
        values = {
            "until": now + timedelta(seconds=Conf.RETRY),
            "now": now,
            "keys": keys_of(self.list_key),
            "most": Conf.BULK,
            "background": task_queues.BACKGROUND,
            "room": max(1, settings.Q_CLUSTER["workers"] - 1),
        }
        drop_useless_connection()
        if transaction.get_autocommit():
            relax_durability()
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, values)
            return sorted(cursor.fetchall())

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self.listener = Listener([channel_of(self.list_key)])
