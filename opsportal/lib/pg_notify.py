"""PostgreSQL's LISTEN and NOTIFY: processes that wait for rows sleep until there are some."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection as default_connection

from opsportal.lib import pg_keepalive

# Channels, named for the process that listens.
ENGINE = "opsportal_engine"
CONFIGURATION = "opsportal_configuration"  # By triggers of the tables that the engine keeps.
SCHEDULER = "opsportal_scheduler"
TASKS = "opsportal_tasks"

RECONNECT_PAUSE_S = 0.5
CONNECT_TIMEOUT_S = 5
KEEPALIVE_S = 3.0
ANSWER_TIMEOUT_S = 5.0
BROKEN = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
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
    """Waits for notifications of ``channels`` on a connection of its own, which it renews.

    Every ``KEEPALIVE_S`` it asks the server for a sign: a connection may be half-open, or lead to
    a server that has turned read-only, where nobody notifies. Both are noticed within
    ``KEEPALIVE_S + ANSWER_TIMEOUT_S``.
    """

    def __init__(self, channels: Sequence[str]) -> None:
        self.channels = channels
        self.connection: psycopg.Connection | None = None
        self.checked_at = 0.0
        self.heard: set[str] = set()  # channels, until they are asked for
        self.is_woken = False  # by what was heard while nobody waited

    def has_heard(self, channel: str) -> bool:
        """Whether the channel was notified since this was asked last, or may have been: as long as
        there is no connection, nobody knows. Does not wait."""
        if self.connection is None:
            return True
        try:
            self._hear(self.connection, 0.0)
        except BROKEN:
            self.close()
            return True
        was_heard = channel in self.heard
        self.heard.discard(channel)
        return was_heard

    def wait(self, timeout_s: float) -> bool:
        """Wait at most ``timeout_s`` seconds; True after a notification, or after connecting.

        Does not raise when the server is gone or takes no writes: it pauses, returns False and
        connects at the next call. This thread's own connection then hangs up as well.
        """
        if timeout_s <= 0:
            return False
        try:
            is_woken = self.is_woken or self._wait(time.monotonic() + timeout_s)
        except BROKEN:
            self.close()
            _hang_up_if_unusable()
            time.sleep(min(timeout_s, RECONNECT_PAUSE_S))
            is_woken = False
        self.is_woken = False
        return is_woken

    def _wait(self, deadline: float) -> bool:
        if self.connection is None:
            self.connection = _connect()
            for channel in self.channels:
                self.connection.execute(f"LISTEN {channel}")
            pg_keepalive.check(self.connection, ANSWER_TIMEOUT_S)
            self.checked_at = time.monotonic()
            self.heard.update(self.channels)
            return True  # Rows may have been written before anybody listened.
        while (left_s := deadline - time.monotonic()) > 0:
            pause_s = min(left_s, max(0.0, self.checked_at + KEEPALIVE_S - time.monotonic()))
            if self._hear(self.connection, pause_s):
                return True
            if time.monotonic() >= self.checked_at + KEEPALIVE_S:
                found = pg_keepalive.check(self.connection, ANSWER_TIMEOUT_S)
                self.checked_at = time.monotonic()
                self.heard |= found
                if found:
                    return True
        return False

    def _hear(self, connection: psycopg.Connection, timeout_s: float) -> bool:
        """Wait for notifications, and note their channels; False after a time without any."""
        found = {one.channel for one in connection.notifies(timeout=timeout_s, stop_after=1)}
        self.heard |= found
        self.is_woken = self.is_woken or bool(found)
        return bool(found)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def _connect() -> psycopg.Connection:
    params = default_connection.get_connection_params()
    for name in CURSOR_PARAMS:
        params.pop(name, None)
    params.setdefault("connect_timeout", CONNECT_TIMEOUT_S)
    return psycopg.connect(**params, autocommit=True)


def _hang_up_if_unusable() -> None:
    """Close this thread's connection of Django's where it leads to the same server."""
    is_free = default_connection.connection is not None and not default_connection.in_atomic_block
    if is_free and not default_connection.is_usable():
        default_connection.close()
