"""The services of the portal. The supervisor forks them from a process that has loaded all."""

import gc
import io
import logging
import multiprocessing
import sys
from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import django.db
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connections
from django.urls import get_resolver
from django_q.brokers import get_broker

from escalation.timer_loop import TimerLoop
from integrations import catalog
from notifications.channels import all_channels
from opsportal.lib.database_roles import use_role
from opsportal.runtime import task_workers
from opsportal.runtime.web.machine_handler import MachineHandler
from opsportal.wsgi import application

logger = logging.getLogger(__name__)


def worker() -> None:
    """Send, and do whatever else may take its time, until SIGTERM."""
    use_role("worker")
    try:
        task_workers.run_senders()
    except django.db.Error as error:
        sys.exit(f"The database does not answer: {error}")


def scheduler() -> None:
    """Find what is due, make tasks of it and run them, until SIGTERM."""
    use_role("scheduler")
    try:
        loop = TimerLoop()
        task_workers.run_timers(loop.turn, loop.stand_by)
    except django.db.Error as error:
        sys.exit(f"The database does not answer: {error}")


def command(name: str) -> Callable[[], None]:
    """A management command that runs until SIGTERM."""

    def run() -> None:
        call_command(name, skip_checks=True)

    return run


def preload() -> None:
    """Load what the services need and freeze it in memory, so that their forks share it."""
    # Only by fork do django-q's and granian's processes share it: no default in Python 3.14.
    multiprocessing.set_start_method("fork", force=True)
    all_channels()
    catalog.all_templates()
    get_broker()
    get_resolver().reverse_dict  # noqa: B018 - it is made at the first look
    _visit(MachineHandler(), "/healthz")
    _visit(application, "/admin/login/")
    connections.close_all()
    gc.collect()
    gc.freeze()


def _no_answer(
    status: str, headers: list[Any], exc_info: object = None
) -> Callable[[bytes], object]:
    return bytes


def _visit(handler: WSGIHandler, path: str) -> None:
    """Ask ourselves for a page: it imports, compiles and caches what later requests use."""
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
    setup_testing_defaults(environ)
    logging.disable(logging.ERROR)
    try:
        handler(environ, _no_answer).close()
    except Exception:  # noqa: BLE001 - a page that cannot be made must not stop the pager
        logger.warning("%s could not be preloaded", path)
    finally:
        logging.disable(logging.NOTSET)
