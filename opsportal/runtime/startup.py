"""What is done before the services of the portal start."""

import os
import socket
import sys
from collections.abc import Callable

from django.core.management import CommandError, call_command
from django.db import connections

from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock


def migrate() -> None:
    """Run the migrations under a lock: of several portals that start at once, one does it."""
    with advisory_locks.awaited_session_lock(Lock.MIGRATION):
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


def run_in_child(work: Callable[[], str]) -> str:
    """What ``work`` returns, called in a fork, so that its memory is freed when it ends.

    Raises SystemExit when it fails; the child has printed why.
    """
    connections.close_all()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.write(writer, work().encode())
            code = 0
        except CommandError as refusal:
            sys.stderr.write(f"{refusal}\n")
        except BaseException:  # noqa: BLE001 - a child must never return into our caller's code
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        answer = pipe.read()
    if os.waitpid(pid, 0)[1]:
        raise SystemExit(1)
    return answer


def is_port_free(host: str, port: int) -> bool:
    """Whether nobody listens there; the web server itself would share the port with others."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_serving(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((address, port)) == 0
