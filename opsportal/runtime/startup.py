"""What is done before the parts of the portal start."""

import os
import socket
import sys
from collections.abc import Callable

from django.core.management import call_command
from django.db import connection, connections

MIGRATING = 0x6F707370  # any number, as long as every version of the portal uses the same


def migrate() -> None:
    """Bring the tables up to date. Of several portals that start at once, one does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def in_child(work: Callable[[], str]) -> str:
    """What ``work`` returns, done in a child: what it leaves in memory ends with it."""
    connections.close_all()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.write(writer, work().encode())
            code = 0
        except BaseException:  # noqa: BLE001 - a child must never return into our caller's code
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    if os.waitpid(pid, 0)[1]:
        raise SystemExit(1)
    return answer


def is_free(host: str, port: int) -> bool:
    """Whether nobody serves there yet. (The web server itself would share the port with others.)"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_serving(host: str, port: int) -> bool:
    """Whether somebody answers there."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((address, port)) == 0
