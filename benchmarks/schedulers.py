"""Run in a portal's environment: two more clusters of timers, kept alive as its own."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsportal.settings")
django.setup()

from django.db import connections  # noqa: E402 - Django has to be set up first

from opsportal.runtime import processes, services  # noqa: E402
from opsportal.runtime.supervisor import Supervisor  # noqa: E402


def nothing(*_: object) -> None:
    pass


if __name__ == "__main__":
    processes.kill_children_with_parent()
    services.preload()
    Supervisor(
        {"scheduler-2": services.scheduler, "scheduler-3": services.scheduler},
        before_fork=connections.close_all,
        on_change=nothing,
        on_tick=nothing,
        is_ready=lambda: True,
        when_ready=nothing,
    ).run()
