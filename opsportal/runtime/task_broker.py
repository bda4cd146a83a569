"""django-q's broker on PostgreSQL, woken instead of polling.

Takes the place of its ORM broker on the same table: a task is claimed with one
``UPDATE … SKIP LOCKED … RETURNING``, oldest first, and an empty queue is waited for with LISTEN.
Adding a task is an INSERT, so it is committed together with what it is about.
"""

from datetime import timedelta
from typing import Any

from django.db import connection, connections, transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from opsportal.lib.pg_notify import TASKS, Listener, notify

CLAIM = """
    UPDATE django_q_ormq SET lock = %(until)s WHERE id IN (
        SELECT id FROM django_q_ormq
        WHERE key = %(key)s AND lock <= %(now)s
        ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %(most)s
    ) RETURNING id, payload
"""


class PostgresBroker(ORM):
    """Tasks in ``django_q_ormq``. ``lock`` is the time until which a task belongs to a worker."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key=list_key or Conf.CLUSTER_NAME)
        self.listener = Listener([TASKS])

    def enqueue(self, task: str) -> int:
        row = OrmQ.objects.create(key=self.list_key, payload=task, lock=timezone.now())
        notify(connection, TASKS)
        return row.pk

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Some tasks, oldest first; None after waiting in vain for the poll interval."""
        return self._claim() or (self._claim() if self.listener.wait(Conf.POLL) else None)

    def _claim(self) -> list[tuple[int, str]]:
        now = timezone.now()
        values = {
            "until": now + timedelta(seconds=Conf.RETRY),
            "now": now,
            "key": self.list_key,
            "most": Conf.BULK,
        }
        if transaction.get_autocommit():
            connections["default"].close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, values)
            return sorted(cursor.fetchall())

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        self.listener = Listener([TASKS])
