"""Thread-local total deadline (seconds, monotonic) of one outgoing request or mail.

It covers connect, TLS and every answer, so no server can drag a request out by trickling.
"""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any


class _Here(threading.local):
    ends = 0.0  # a time of time.monotonic()


_here = _Here()


def start(seconds: float) -> None:
    """Start the deadline: what this thread does next over the network must end in ``seconds``."""
    _here.ends = time.monotonic() + seconds


def remaining() -> float:
    """The seconds that are left. Never 0, which a socket takes for: do not wait at all."""
    return max(0.001, _here.ends - time.monotonic())


def is_over() -> bool:
    """Whether the deadline of this thread has passed."""
    return time.monotonic() >= _here.ends


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """What is done here has ``seconds``, and never more than is left of the whole."""
    whole = _here.ends
    _here.ends = min(whole, time.monotonic() + seconds)
    try:
        yield
    finally:
        _here.ends = whole


def reader(line: socket.socket) -> io.BufferedReader:
    """A file that reads from a socket, for no longer than the deadline allows."""
    return io.BufferedReader(_Reader(line))


class _Reader(io.RawIOBase):
    """Reads from a socket, each time for no longer than the deadline allows."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._raw = line.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if is_over():
            raise TimeoutError("timed out")
        self._line.settimeout(remaining())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Line:
    """What ``HTTPResponse`` needs of a socket: one file to read from."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def makefile(self, mode: str) -> io.BufferedReader:
        return reader(self._line)


class Response(HTTPResponse):
    """A response whose status line, headers and body are read within the deadline."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_Line(sock), *args, **kwargs)  # type: ignore[arg-type]
