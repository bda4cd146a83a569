"""What is subclassed of Django-Q's cluster, which has no settings for it.

Checked against the version below; `tests/opsportal/test_task_workers.py` fails with another one, or
when what is overridden here, or relied on, is called in another way.
"""

import logging
import os
import queue
import select
import signal
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Event, Value
from typing import Any

import django.db
from django.db import connection
from django_q.brokers import get_broker
from django_q.cluster import Sentinel, monitor, pusher
from django_q.conf import Conf
from django_q.worker import worker

from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock
from opsportal.lib.database_errors import UNAVAILABLE
from opsportal.lib.log_redaction import redact_lines
from opsportal.lib.pg_notify import SCHEDULER, Listener, notify
from opsportal.lib.task_queues import TIMERS
from opsportal.runtime.task_broker import channel_of, relax_durability

DJANGO_Q_VERSION = "1.11.1"

logger = logging.getLogger(__name__)
PATIENCE_S = 10.0
RECONNECT_S = 0.5
# While another cluster leads, this one tries so often to take its place.
STANDBY_S = 0.05
# In a storm everything notifies; a look for every few notifications is enough. And the first
# attempt of whoever notified is under way, and needs the CPU more.
BREATH_S = 0.02


class Stop:
    """An event that a signal handler may set while the same process waits for it."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()

    def set(self, *_: object) -> None:
        if not self.is_set():
            os.write(self.writer, b".")

    def is_set(self) -> bool:
        return self.wait(0)

    def wait(self, seconds: float | None = None) -> bool:
        return bool(select.select([self.reader], [], [], seconds)[0])


class InThread(threading.Thread):
    """In place of a process, where django-q starts one that mostly waits: it saves its memory."""

    def __init__(self, target: Callable[..., None], *args: object) -> None:
        super().__init__(target=target, args=args, daemon=True, name=target.__name__)
        self.pid = os.getpid()
        self.start()


class RedactedResults:
    """A queue of results whose errors name no secret: people read them in the list of tasks."""

    def __init__(self, results: Any) -> None:
        self.results = results

    def get(self) -> Any:
        task = self.results.get()
        if isinstance(task, dict) and not task["success"]:
            task["result"] = redact_lines(str(task["result"]))
        return task


def record_results(results: Any, broker: Any) -> None:
    """django-q's monitor, whose commits do not wait for the disk."""
    relax_durability()
    monitor(RedactedResults(results), broker)


class ThreadedSentinel(Sentinel):
    """django-q's sentinel in the service's own process, with its pusher and monitor as threads."""

    def spawn_monitor(self) -> InThread:
        return InThread(record_results, self.result_queue, self.broker)

    def spawn_pusher(self) -> InThread:
        return InThread(pusher, self.task_queue, self.event_out, self.broker)

    def stop_pusher(self) -> None:
        """Take no more tasks from the database."""
        self.event_out.set()
        with suppress(django.db.Error):
            notify(connection, channel_of(self.broker.list_key))  # It waits, and looks up at this.
        self.pusher.join()


class SenderCluster(ThreadedSentinel):
    """The workers that send, as processes."""

    def guard(self) -> None:
        signal.signal(signal.SIGTERM, self.stop_event.set)
        super().guard()

    def reincarnate(self, process: Any) -> None:
        """End the service, since one of its members has ended; the supervisor starts it anew.

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
        self.stop_pusher()
        for _ in self.pool:
            self.task_queue.put("STOP")
        for process in self.pool:
            process.join()
        self.result_queue.put("STOP")
        self.monitor.join()

    def _busy(self, ended: Any) -> bool:
        others = [process for process in self.pool if process is not ended]
        return any(p.is_alive() and p.timer.get_obj().value > 0 for p in others)


class TimerCluster(ThreadedSentinel):
    """The cluster `timers`: one process, and in place of django-q's scheduler the rows.

    django-q's worker has the main thread, where alone its time-outs work. `turn` is called where
    django-q would call its scheduler, and returns for how many seconds it need not be called, but
    for a notification. `stand_by` is called while another cluster leads.
    """

    def __init__(self, turn: Callable[[], float], stand_by: Callable[[], object]) -> None:
        super().__init__(Stop(), Event(), uuid.uuid4(), broker=get_broker(TIMERS), start=False)
        self.turn, self.stand_by = turn, stand_by
        # Within one process nothing has to be pickled. What is not begun with soon stays in the
        # database, where other clusters can take it.
        self.task_queue: queue.Queue[Any] = queue.Queue(maxsize=1)
        self.result_queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.event_out = threading.Event()
        self.led_by: object = None

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; what is being done then is finished."""
        signal.signal(signal.SIGTERM, self.stop_event.set)
        signal.signal(signal.SIGINT, self.stop_event.set)
        self.monitor, self.pusher = self.spawn_monitor(), self.spawn_pusher()
        for part in (self.guard, self.stop):
            threading.Thread(target=part, daemon=True, name=part.__name__).start()
        worker(self.task_queue, self.result_queue, Value("f", -1), self.timeout)
        self.result_queue.put("STOP")
        self.monitor.join(PATIENCE_S)
        if not self.stop_event.is_set():
            os._exit(1)  # A task took too long, or there were very many: the supervisor starts it.

    def guard(self) -> None:
        """In a thread of its own. When it fails the whole process ends, and is started again."""
        try:
            listener = Listener([SCHEDULER])
            while not self.stop_event.is_set():
                self._guard_once(listener)
        except BaseException:
            logger.exception("The scheduler ends, and starts again")
            os._exit(1)

    def _guard_once(self, listener: Listener) -> None:
        if not (self.monitor.is_alive() and self.pusher.is_alive()):
            raise RuntimeError("The pusher or the monitor has ended")
        try:
            if not self.leads():
                self.stand_by()
                self.stop_event.wait(STANDBY_S)
                return
            pause_s = self.turn()
        except UNAVAILABLE as error:
            logger.warning("The database does not answer; the scheduler tries again: %s", error)
            connection.close()
            self.stop_event.wait(RECONNECT_S)
            return
        until = time.monotonic() + pause_s
        if listener.wait(pause_s):
            time.sleep(max(0.0, min(BREATH_S, until - time.monotonic())))

    def leads(self) -> bool:
        """Whether this is the one cluster, of all on this database, that looks for what is due.

        The lock goes with the connection, so it is free as soon as its holder is killed. It is
        tried, and not waited for: a statement that waits keeps PostgreSQL from cleaning up.
        """
        connection.ensure_connection()
        if self.led_by is connection.connection:
            return True
        relax_durability()
        is_leader = advisory_locks.try_lock_session(Lock.SCHEDULER_LEADER)
        if is_leader:
            with connection.cursor() as cursor:
                # All that is looked for has an index; fresh tables have no statistics yet. What
                # has none seems so dear by this that it would be compiled each time.
                cursor.execute("SET enable_seqscan TO off; SET jit TO off")
            self.led_by = connection.connection
        return is_leader

    def stop(self) -> None:
        """When told to: take no more tasks, and finish those taken."""
        self.stop_event.wait()
        self.stop_pusher()
        self.task_queue.put("STOP")


def run_senders() -> None:
    """Work until SIGTERM; what is being done then is finished."""
    SenderCluster(Stop(), Event(), uuid.uuid4())


def run_timers(turn: Callable[[], float], stand_by: Callable[[], object]) -> None:
    """Work until SIGTERM, as the cluster that ``Q_CLUSTER_NAME=timers`` would name."""
    Conf.CLUSTER_NAME = TIMERS  # Under which its failed tasks are kept.
    TimerCluster(turn, stand_by).run()
