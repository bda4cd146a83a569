"""PostgreSQL's LISTEN and NOTIFY: processes that wait for rows sleep until there are some."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection as default_connection

# Channels, named for the process that listens.
ENGINE = "opsportal_engine"
SCHEDULER = "opsportal_scheduler"
TASKS = "opsportal_tasks"

RECONNECT_PAUSE_S = 0.5
CURSOR_PARAMS = ("cursor_factory", "context", "prepare_threshold")  # Django's own, for its cursors.


def notify(connection: Any, channel: str) -> None:
    """Wake the listeners of ``channel`` when the current transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])


class ThrottledNotifier:
    """Notifies ``channel`` at most once in ``interval_s`` seconds for each process.

    A transaction that notifies makes its commit wait for all others that do. A process that
    writes many rows a second uses this; its listener polls for a while after each wake-up.
    """

    def __init__(self, channel: str, interval_s: float) -> None:
        self.channel, self.interval_s = channel, interval_s
        self.notified_at = 0.0

    def sql_if_due(self) -> str:
        """SQL to append to a ``RETURNING`` list: ``, pg_notify(…)`` when due, else nothing."""
        now = time.monotonic()
        if now - self.notified_at < self.interval_s:
            return ""
        self.notified_at = now
        return f", pg_notify('{self.channel}', '')"


class Listener:
    """Waits for notifications of ``channels`` on a connection of its own, which it renews."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.channels = channels
        self.connection: psycopg.Connection | None = None

    def wait(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` seconds; True after a notification, or after connecting.

        Does not raise when the server is gone: it pauses, returns False and connects at the
        next call.
        """
        if timeout_s <= 0:
            return False
        try:
            return self._wait(timeout_s)
        except psycopg.OperationalError:
            self.close()
            time.sleep(min(timeout_s, RECONNECT_PAUSE_S))
            return False

    def _wait(self, timeout_s: float) -> bool:
        if self.connection is None:
            self.connection = _connect()
            for channel in self.channels:
                self.connection.execute(f"LISTEN {channel}")
            return True  # Rows may have been written before anybody listened.
        return any(True for _ in self.connection.notifies(timeout=timeout_s, stop_after=1))

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def _connect() -> psycopg.Connection:
    params = default_connection.get_connection_params()
    for name in CURSOR_PARAMS:
        params.pop(name, None)
    return psycopg.connect(**params, autocommit=True)
