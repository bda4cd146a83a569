"""Sends that take long go on in threads of their own, so that no worker waits for them.

Each call of a provider is made by a thread of the worker's process. The worker waits for it a
moment; what takes longer is finished by its thread, and the worker goes on with the next task.
"""

import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from queue import SimpleQueue

from django.db import close_old_connections
from django.db import connections as databases

from notifications import smtp
from notifications.receipts import Accepted
from opsportal.lib.net import http

logger = logging.getLogger(__name__)
MAX_DETACHED = 32  # So many sends of one process may go on at a time; the rest waits in its rows.
DRAIN_S = 8.0  # So long an ending worker waits for the sends that it has begun.
SPARE_THREADS = 4  # So many threads are kept, with their connections, for the next sends.

NOTHING_SENT = Accepted()

Answer = Accepted | Exception
_in_this_process: list["SendThreads"] = []


def prepare_worker(**_: object) -> None:
    """Called by Django-Q where a worker begins; does nothing where that is no process of its own.

    Slow sends do not hold it from now on, and when it ends it waits for them.
    """
    if multiprocessing.parent_process() is not None:
        enable()
        Finalize(None, drain, args=[DRAIN_S], exitpriority=10)


def enable() -> None:
    """From now on this process, a worker, does not wait for slow sends."""
    _in_this_process[:] = [SendThreads()]


def disable() -> None:
    """What is sent from now on is waited for, as in a process that is no worker."""
    for threads in _in_this_process:
        threads.end_idle()
    _in_this_process.clear()


def has_room() -> bool:
    """Whether one more send could go on by itself here."""
    return not _in_this_process or _in_this_process[0].detached < MAX_DETACHED


def drain(seconds: float) -> None:
    """Wait until no send goes on by itself any more, for so long at most."""
    deadline = time.monotonic() + seconds
    for threads in _in_this_process:
        while threads.detached and time.monotonic() < deadline:
            time.sleep(0.02)


def run(
    send: Callable[[], Accepted],
    finish: Callable[[Answer], None],
    *,
    patience_s: float,
    on_detach: Callable[[], None],
) -> None:
    """Call ``send``, and ``finish`` with what it returned or raised.

    Where threads are enabled and it takes longer than ``patience_s``, ``on_detach`` is called and
    this returns; ``finish`` is called later, in another thread.
    """
    if not _in_this_process:
        finish(_answer_of(send))
    else:
        _in_this_process[0].run(_Job(send, finish), patience_s, on_detach)


def call(function: Callable[[], object]) -> None:
    """Call it; what takes long is finished by its thread, and nobody waits for it."""

    def send() -> Accepted:
        function()
        return NOTHING_SENT

    run(send, _raise_error, patience_s=0.1, on_detach=lambda: None)


def _raise_error(answer: Answer) -> None:
    if isinstance(answer, Exception):
        raise answer


def _answer_of(send: Callable[[], Accepted]) -> Answer:
    try:
        return send()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is recorded
        return error


class _Job:
    """One send. Whoever comes last, the thread or the worker's patience, decides who finishes."""

    def __init__(self, send: Callable[[], Accepted], finish: Callable[[Answer], None]) -> None:
        self.send, self.finish = send, finish
        self.lock, self.answered = threading.Lock(), threading.Event()
        self.is_detached = False
        self.answer: Answer = NOTHING_SENT

    def detach(self) -> bool:
        """Leave it to its thread; False when the answer has come meanwhile."""
        with self.lock:
            self.is_detached = not self.answered.is_set()
        return self.is_detached

    def call(self) -> None:
        self.answer = _answer_of(self.send)
        with self.lock:
            self.answered.set()
        if self.is_detached:
            try:
                close_old_connections()
                self.finish(self.answer)
            except Exception:
                logger.exception("What came of a send could not be recorded")
                databases.close_all()


class _Thread(threading.Thread):
    """Makes one call after the other, and keeps its connections between them.

    That to the database is opened when a call takes long.
    """

    def __init__(self, threads: "SendThreads") -> None:
        super().__init__(daemon=True, name="send")
        self.threads = threads
        self.jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        is_kept = True
        while is_kept and (job := self.jobs.get()):
            close_old_connections()  # The thread may have had one for long.
            job.call()
            is_kept = self.threads.take_back(self, job)
        http.close_connections()
        smtp.close_connections()
        databases.close_all()


class SendThreads:
    """The threads of one process. ``detached``: how many sends go on by themselves."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[_Thread] = []
        self.detached = 0

    def run(self, job: _Job, patience_s: float, on_detach: Callable[[], None]) -> None:
        with self.lock:
            thread = self.idle.pop() if self.idle else None
            self.detached += 1
        (thread or _Thread(self)).jobs.put(job)
        if not job.answered.wait(patience_s):
            on_detach()
            if job.detach():
                return
        job.finish(job.answer)

    def end_idle(self) -> None:
        """Let the threads end that wait for a send."""
        with self.lock:
            for thread in self.idle:
                thread.jobs.put(None)
            self.idle.clear()

    def take_back(self, thread: _Thread, job: _Job) -> bool:
        """Whether the thread is kept for the next send."""
        with self.lock:
            self.detached -= 1
            is_kept = len(self.idle) < SPARE_THREADS
            if is_kept:
                self.idle.append(thread)
        return is_kept
