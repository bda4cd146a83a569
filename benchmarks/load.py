"""Senders: posts as fast as they are answered, or at a steady pace, over kept connections."""

import select
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Load:
    """What came of a load: how many were answered how, and when each accepted one was.

    The status 0 counts the posts whose connection broke before there was an answer.
    """

    seconds: float = 0.0
    statuses: Counter = field(default_factory=Counter)
    posts: list[tuple[int, float, float]] = field(default_factory=list)  # number, due, accepted

    @property
    def rate(self) -> float:
        return len(self.posts) / self.seconds

    @property
    def latencies(self) -> list[float]:
        return [answered - due for _, due, answered in self.posts]

    @property
    def bad(self) -> int:
        return sum(self.statuses.values()) - len(self.posts)


IDLE_S = 15  # The web server closes what idles for 30 s: a good client is quicker.


class _Line:
    """One kept connection, with at most one post on its way."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.open()

    @property
    def is_stale(self) -> bool:
        return time.monotonic() - self.used_at > IDLE_S

    def open(self) -> None:
        """Connect; for a while again and again, since who listened may have been killed."""
        for wait in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4):
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
                break
            except OSError:
                time.sleep(wait)
        else:
            raise ConnectionRefusedError(self.port)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest, self.used_at = b"", time.monotonic()

    def post(self, number: int, due: float, request: bytes) -> None:
        self.number, self.due, self.used_at = number, due, time.monotonic()
        self.socket.sendall(request)

    def answer(self) -> int:
        """The status of a whole answer; 0 while it is incomplete. Raises OSError at a hang-up."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionResetError
        self.rest += chunk
        # Every answer of ours says how long it is.
        head, gap, body = self.rest.partition(b"\r\n\r\n")
        if not gap:
            return 0
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return 0
        self.rest = b""
        return int(head[9:12])


def request_of(path: str, body: bytes) -> bytes:
    return (
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Alertmanager/0.28\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body))
    ) + body


class Sender:
    """Posts ``request(number)`` over so many connections. One that breaks is opened again."""

    def __init__(self, port: int, connections: int, request: Callable[[int], bytes]) -> None:
        self.request, self.number, self.load = request, 0, Load()
        self.free = [_Line(port) for _ in range(connections)]
        self.poll = select.epoll()
        self.busy: dict[int, _Line] = {}
        for line in self.free:
            self.poll.register(line.socket, select.EPOLLIN)

    def close(self) -> None:
        for line in [*self.free, *self.busy.values()]:
            line.socket.close()
        self.poll.close()

    def hammer(self, seconds: float) -> Load:
        """As many as are answered within ``seconds``."""
        self.load = Load()
        began = time.time()
        while time.time() - began < seconds:
            while self.free:
                self._post(time.time())
            self._collect(0.1)
        self._drain()
        self.load.seconds = time.time() - began
        return self.load

    def send(self, count: int) -> Load:
        """So many, as fast as they are answered."""
        self.load = Load()
        began, last = time.time(), self.number + count
        while self.number < last:
            while self.free and self.number < last:
                self._post(time.time())
            self._collect(0.1)
        self._drain()
        self.load.seconds = time.time() - began
        return self.load

    def pace(self, rate: float, seconds: float) -> Load:
        """So many a second; late ones count from when they were due."""
        self.load = Load()
        began = time.time()
        for n in range(int(rate * seconds)):
            due = began + n / rate
            while (left := due - time.time()) > 0 or not self.free:
                self._collect(min(max(left, 0.0005), 0.1))
            self._post(due)
        self._drain()
        self.load.seconds = time.time() - began
        return self.load

    def _post(self, due: float) -> None:
        line = self.free.pop()
        if line.is_stale:
            self._open_again(line)
        number, self.number = self.number, self.number + 1
        try:
            line.post(number, due, self.request(number))
        except OSError:
            self._reopen(line)
            return
        self.busy[line.socket.fileno()] = line

    def _collect(self, seconds: float) -> None:
        for fileno, _ in self.poll.poll(seconds):
            if line := self.busy.get(fileno):
                self._read(fileno, line)

    def _read(self, fileno: int, line: _Line) -> None:
        try:
            status = line.answer()
        except OSError:
            del self.busy[fileno]
            self._reopen(line)
            return
        if not status:
            return
        self.load.statuses[status] += 1
        if status < 300:
            self.load.posts.append((line.number, line.due, time.time()))
        self.free.append(self.busy.pop(fileno))

    def _reopen(self, line: _Line) -> None:
        self.load.statuses[0] += 1
        self._open_again(line)
        self.free.append(line)

    def _open_again(self, line: _Line) -> None:
        self.poll.unregister(line.socket)
        line.socket.close()
        line.open()
        self.poll.register(line.socket, select.EPOLLIN)

    def _drain(self) -> None:
        deadline = time.time() + 10
        while self.busy and time.time() < deadline:
            self._collect(0.1)
        self.load.statuses[0] += len(self.busy)
