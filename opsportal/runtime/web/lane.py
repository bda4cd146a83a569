"""A few threads that run a WSGI application for requests whose bodies are in hand."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)

MAX_WAITING = 512  # requests that wait for a thread, in one lane
MAX_WAIT_S = 30.0  # Who waited so long has gone.
IDLE_S = 2.0
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response; names of headers are in lower case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes


@dataclass(frozen=True, slots=True)
class _Job:
    environ: Environ
    answered: "asyncio.Future[Answer | None]"
    put_at: float


class Lane:
    """Its threads, each with its own connection to the database, serve nobody else."""

    def __init__(self, application: Application, threads: int) -> None:
        self.application, self.threads = application, threads
        self.jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self.free_at = time.monotonic()  # when one of its threads was last free
        self.loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; they tell the loop what they have answered."""
        self.loop = loop
        for _ in range(self.threads):
            threading.Thread(target=self._work, daemon=True).start()

    @property
    def is_full(self) -> bool:
        return self.jobs.qsize() >= MAX_WAITING

    async def run(self, environ: Environ) -> Answer | None:
        """The application's answer; None if no thread was free in time."""
        assert self.loop is not None
        answered = self.loop.create_future()
        self.jobs.put(_Job(environ, answered, time.monotonic()))
        return await answered

    def _work(self) -> None:
        assert self.loop is not None
        while True:
            self.free_at = time.monotonic()
            try:
                job = self.jobs.get(timeout=IDLE_S)
            except queue.Empty:
                continue
            is_late = time.monotonic() - job.put_at > MAX_WAIT_S
            answer = None if is_late else self._answer(job.environ)
            self.loop.call_soon_threadsafe(_settle, job.answered, answer)

    def _answer(self, environ: Environ) -> Answer:
        head: list[Any] = [500, []]

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            head[0] = int(status[:3])
            head[1] = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]

        try:
            response = self.application(environ, start)
            try:
                content = b"".join(response)
            finally:
                if close := getattr(response, "close", None):
                    close()
        except Exception:  # Django answers for views; this is for what lies outside of them.
            logger.exception("%s could not be answered", environ["REQUEST_METHOD"])
            return Answer(500, [(b"content-type", b"text/plain")], b"Internal error")
        return Answer(head[0], head[1], content)


def _settle(answered: "asyncio.Future[Answer | None]", answer: Answer | None) -> None:
    if not answered.done():
        answered.set_result(answer)
