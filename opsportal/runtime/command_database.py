"""The embedded PostgreSQL that a command has started ends with the command.

A portal that runs, or another command that still uses it, keeps it; the last command stops it.
"""

import signal
import sys
from pathlib import Path

import psycopg
from django.db import connections

from opsportal.runtime import embedded_postgres
from opsportal.runtime.processes import AlreadyRunning, PidFile

# In the data folder: a command has ended and left its server to others.
MARK = "stop_after_command"


def end_in_order() -> None:
    """Let SIGTERM end this process as Ctrl-C does, so that it gets to ``stop_if_unused``."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def stop_if_unused() -> None:
    """Stop the server that this process has started, or an ended command, if nobody needs it."""
    data_dir = embedded_postgres.used
    if data_dir is None or not (embedded_postgres.has_started or (data_dir / MARK).exists()):
        return
    connections.close_all()
    try:
        PidFile(data_dir / "portal.pid").acquire(timeout_s=0)
    except AlreadyRunning:
        (data_dir / MARK).unlink(missing_ok=True)  # The portal stops it.
        return
    if _is_used(data_dir):
        (data_dir / MARK).touch()
        return
    embedded_postgres.stop(data_dir)
    (data_dir / MARK).unlink(missing_ok=True)


def _is_used(data_dir: Path) -> bool:
    """Whether anybody is connected. One that does not answer has nobody."""
    try:
        with psycopg.connect(embedded_postgres.url(data_dir), autocommit=True) as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
    except psycopg.Error:
        return False
    return row != (0,)
