"""What is done before the services of the portal start."""

import errno
import os
import socket
import sys
from collections.abc import Callable

from django.core.management import CommandError, call_command
from django.db import connections

from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock
from opsportal.lib.database_errors import UNAVAILABLE
from opsportal.runtime import start_errors


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
        except UNAVAILABLE as error:
            sys.stderr.write(f"OpsPortal cannot start: {start_errors.sentence_of(error)}\n")
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


def demand_port(host: str, port: int) -> None:
    """Raises CommandError where nobody could listen; the web server would share a taken port."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {port} is in use. Another: make run PORT={port + 1}"
        else:
            sentence = f"Nobody can listen at HOST={host}, PORT={port}: {error.strerror}."
        raise CommandError(sentence) from None
    except OverflowError:
        raise CommandError(f"PORT={port} is no port: they end at 65535.") from None


def is_serving(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((address, port)) == 0
