"""Doorbells: LISTEN and NOTIFY, so that who waits for rows need not look for them all the time."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection as default_connection

CLOCK = "opsportal_clock"
INBOUND = "opsportal_inbound"
TASKS = "opsportal_tasks"


def ring(connection: Any, channel: str, payload: str = "") -> None:
    """Wake who listens on ``channel``, when the present transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


class Bell:
    """A connection of its own that waits for rings. It survives a restart of the server."""

    def __init__(self, channels: Sequence[str]) -> None:
        self.channels = channels
        self.connection: psycopg.Connection | None = None

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; True when there was one."""
        if seconds <= 0:
            return False
        try:
            return self._wait(seconds)
        except psycopg.OperationalError:
            self.close()
            time.sleep(min(seconds, 0.5))
            return False

    def _wait(self, seconds: float) -> bool:
        if self.connection is None:
            self.connection = _connect()
            for channel in self.channels:
                self.connection.execute(f"LISTEN {channel}")
            return True  # Something may have happened before there was anybody to hear it.
        return any(True for _ in self.connection.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def _connect() -> psycopg.Connection:
    params = default_connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    return psycopg.connect(**params, autocommit=True)
