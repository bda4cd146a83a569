"""One web process: granian takes the connections, the front reads, lanes of threads work."""

import resource
from collections.abc import Callable

from django.conf import settings
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from integrations.inbound.client_ip import trusted_of
from opsportal.lib.database_roles import use_role
from opsportal.runtime.web.front import Front
from opsportal.runtime.web.granian_server import InProcessServer
from opsportal.runtime.web.lane import Lane
from opsportal.runtime.web.machine_handler import MachineHandler, body_limit
from opsportal.runtime.web.status_handler import StatusHandler, is_public
from opsportal.wsgi import application

# docs/decisions/0002-processes.md and 0012-front-door.md have the measurements.
LANE_THREADS = 2
STATUS_THREADS = 1
STATUS_BODY_BYTES = 16 * 1024  # of a form with one address
MAX_CONNECTIONS = 8192  # in one process; those that are silent count, too
BACKLOG = 4096
HEADER_TIMEOUT_MS = 30_000  # also the longest time between two requests of a connection
OPEN_FILES = 16_384
# What granian says goes the way of all log lines, which redacts them.
LOGGING = {"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}}


def serve(host: str, port: int, report_alive: Callable[[float], None]) -> None:
    """Serve until SIGTERM. Several may: the kernel shares the connections out among them."""
    use_role("web")
    _allow_open_files()
    server = InProcessServer(
        "opsportal.runtime.web.front:Front",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        websockets=False,
        backlog=BACKLOG,
        backpressure=MAX_CONNECTIONS,
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
    )
    front = make_front(report_alive)
    server.serve(target_loader=lambda: front, wrap_loader=False)


def make_front(report_alive: Callable[[float], None]) -> Front:
    """Slow pages hold up no machine, a flood of messages holds up no page, and whoever reads
    status pages holds up neither."""
    machines = Lane(MachineHandler(), LANE_THREADS)
    handler = StatusHandler(application)
    pages, public = Lane(handler, LANE_THREADS), Lane(handler, STATUS_THREADS)

    def lane_of(path: str, host: str) -> tuple[Lane, int]:
        if is_public(path, host):
            return public, STATUS_BODY_BYTES
        limit = body_limit(path)
        # One byte more: by it whoever reads the body sees that it is too large.
        if limit is None:
            return pages, settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
        return machines, limit + 1

    trusted = trusted_of(settings.TRUSTED_PROXIES)
    return Front([machines, pages, public], lane_of, report_alive, trusted)


def _allow_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
