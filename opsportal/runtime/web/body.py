"""Reads the bodies of requests in the event loop of a web process, within bounds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

PATIENCE_S = 10.0  # for the first byte and all pauses together
PACE_BYTES = 16 * 1024  # in a second; so many that came give a second more
DRAINED_BYTES = 8 * 1024 * 1024  # of a body that is too large, so that its sender reads the answer
BUDGET_BYTES = 64 * 1024 * 1024  # in memory at once, in one process
MAX_READERS = 4096  # bodies that are awaited at once, in one process


class BodyError(Exception):
    """Ends a request with an HTTP status, a stable code and a sentence."""

    status: ClassVar[int] = 400
    code: ClassVar[str]
    detail: ClassVar[str]


class BadLength(BodyError):
    code, detail = "bad_length", "Content-Length is not a number."


class Incomplete(BodyError):
    code, detail = "incomplete", "The body ended before it was complete."


class TooSlow(BodyError):
    status, code, detail = 408, "too_slow", "The body did not arrive in time."


class Busy(BodyError):
    status, code = 503, "busy"
    detail = "Too many requests are under way. Please send it again."


class Stopping(BodyError):
    status, code, detail = 503, "stopping", "The portal restarts. Please send it again."


@dataclass(eq=False, slots=True)
class _Reading:
    """One body on its way: the task that reads it, and what it holds."""

    task: "asyncio.Task[Any]"
    began_at: float = field(default_factory=time.monotonic)
    parts: list[bytes] = field(default_factory=list)
    held_bytes: int = 0
    received_bytes: int = 0  # more than held, where the body is too large
    # Not the exception itself: with its traceback it would be a cycle, which keeps the connection
    # open until the garbage collector comes.
    ended: type[BodyError] | None = None

    def end(self, error: type[BodyError]) -> None:
        """Have its task raise the error, from outside of it."""
        if self.ended is None:
            self.ended = error
            self.task.cancel()


class BodyReader:
    """Reads bodies side by side. None may be slower than the pace; all share a budget of memory.

    When the budget or the number of readers is used up, the body that has been on its way for the
    longest is given up, not the one that came last: an honest sender is done in milliseconds.
    """

    def __init__(
        self,
        *,
        budget_bytes: int = BUDGET_BYTES,
        max_readers: int = MAX_READERS,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.budget_bytes, self.max_readers = budget_bytes, max_readers
        self.patience_s = patience_s
        self.held_bytes = 0
        self.readings: dict[_Reading, None] = {}  # in the order in which they began

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
        """The body of a request with these headers, or its first ``limit`` bytes.

        The caller gives the memory back by ``release``. Raises BadLength, Incomplete, Busy or, from
        outside, TooSlow or Stopping.
        """
        length = declared_length(headers)
        if length == 0:
            return b""
        task = asyncio.current_task()
        assert task is not None
        reading = _Reading(task)
        self.readings[reading] = None
        try:
            if len(self.readings) > self.max_readers:
                self._give_up_oldest(reading)
            return await self._collect(reading, receive, length, limit)
        except asyncio.CancelledError:
            self.held_bytes -= reading.held_bytes
            if reading.ended is None:
                raise
            task.uncancel()
            raise reading.ended() from None
        except BodyError:
            self.held_bytes -= reading.held_bytes
            raise
        finally:
            del self.readings[reading]

    def release(self, body: bytes) -> None:
        """The body is not needed any more."""
        self.held_bytes -= len(body)

    def end_slow(self, now: float) -> None:
        """Give up what is behind its pace; ``now`` is in seconds of ``time.monotonic()``."""
        for reading in self.readings:
            granted_s = self.patience_s + reading.received_bytes / PACE_BYTES
            if now - reading.began_at > granted_s:
                reading.end(TooSlow)

    def stop(self) -> None:
        """Give up all bodies that are still on their way: the process ends."""
        for reading in self.readings:
            reading.end(Stopping)

    async def _collect(self, reading: _Reading, receive: Receive, length: int, limit: int) -> bytes:
        """``length`` is -1 for a body without Content-Length. Raises Incomplete or Busy."""
        is_complete = False
        while not is_complete and reading.received_bytes <= limit + DRAINED_BYTES:
            message = await receive()
            if message["type"] != "http.request":
                raise Incomplete
            self._keep(reading, message.get("body", b""), limit)
            is_complete = reading.received_bytes == length or not message.get("more_body", False)
        if is_complete and reading.received_bytes < length:
            raise Incomplete
        return reading.parts[0] if len(reading.parts) == 1 else b"".join(reading.parts)

    def _keep(self, reading: _Reading, part: bytes, limit: int) -> None:
        reading.received_bytes += len(part)
        kept = part[: limit - reading.held_bytes]
        if not kept:
            return
        reading.parts.append(kept)
        reading.held_bytes += len(kept)
        self.held_bytes += len(kept)
        if self.held_bytes > self.budget_bytes:
            self._give_up_oldest(reading)

    def _give_up_oldest(self, newcomer: _Reading) -> None:
        """Raises Busy if the newcomer itself is the oldest that is left."""
        for reading in self.readings:
            if reading is newcomer:
                raise Busy
            if reading.ended is None:
                reading.end(Busy)
                return


def declared_length(headers: Mapping[bytes, bytes]) -> int:
    """The length of a body in bytes, 0 without one, -1 if it comes in chunks. Raises BadLength."""
    if b"transfer-encoding" in headers:
        return -1
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise BadLength
    return int(declared)
