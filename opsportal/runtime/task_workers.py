"""django-q's workers as one part of the portal: it ends in order, and never hangs by halves."""

import logging
import os
import select
import signal
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Event
from typing import Any

import django.db
from django.db import connection
from django_q.cluster import Sentinel, monitor, pusher

from opsportal.lib.pg_notify import TASKS, notify

logger = logging.getLogger(__name__)
PATIENCE_S = 10.0


class Stop:
    """An event that a signal handler may set while the same process waits for it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()

    def set(self, *_: object) -> None:
        if not self.is_set():
            os.write(self.writer, b".")

    def is_set(self) -> bool:
        return self.wait(0)

    def wait(self, seconds: float) -> bool:
        return bool(select.select([self.reader], [], [], seconds)[0])


class InThread(threading.Thread):
    """In place of a process, where django-q starts one that mostly waits: it saves its memory."""

    def __init__(self, target: Callable[..., None], *args: object) -> None:
        super().__init__(target=target, args=args, daemon=True, name=target.__name__)
        self.pid = os.getpid()
        self.start()


class Pool(Sentinel):
    """The sentinel of the workers, in the part's own process."""

    def guard(self) -> None:
        signal.signal(signal.SIGTERM, self.stop_event.set)
        super().guard()

    def spawn_monitor(self) -> InThread:
        return InThread(monitor, self.result_queue, self.broker)

    def spawn_pusher(self) -> InThread:
        return InThread(pusher, self.task_queue, self.event_out, self.broker)

    def reincarnate(self, process: Any) -> None:
        """End the part, since one of its members has ended; the supervisor starts it anew.

        An idle worker holds the lock of the queue while it waits; killed then, nobody can ever
        take it again, and a new worker would wait for ever. Nor may a process with threads fork.
        """
        logger.error("One of the workers has ended; all start again when the others are done")
        self.event_out.set()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self._busy(process):
            time.sleep(0.05)
        os._exit(1)

    def stop(self) -> None:
        """Take no more tasks, finish those taken, acknowledge them all."""
        self.event_out.set()
        with suppress(django.db.Error):
            notify(connection, TASKS)  # The pusher looks up from its waiting, and sees the event.
        self.pusher.join()
        for _ in self.pool:
            self.task_queue.put("STOP")
        for process in self.pool:
            process.join()
        self.result_queue.put("STOP")
        self.monitor.join()

    def _busy(self, ended: Any) -> bool:
        others = [process for process in self.pool if process is not ended]
        return any(p.is_alive() and p.timer.get_obj().value > 0 for p in others)


def run() -> None:
    """Work until SIGTERM; what is being done then is finished."""
    Pool(Stop(), Event(), uuid.uuid4())
