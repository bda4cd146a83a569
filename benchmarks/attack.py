"""(h) How fast pages and posts are answered while hundreds of senders stall or drip."""

import socket
import threading
import time
import urllib.request
from contextlib import suppress

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.house import House

STALLED, DRIPPING, DRIP_S = 500, 200, 3.0
POSTS_PER_S, PAGES_PER_S = 50, 10
PATHS = ("/POSTAlert/nosuch/x", "/v2/enqueue", "/v2/alerts", "/api/events", "/admin/login/")
PROMISED_RATIO = 2.0


def run(bench: Bench) -> None:
    """Posts and pages at a steady pace, in turns: quiet, and beside the attackers."""
    quiet, attacked = [], []
    for _ in range(bench.rounds):
        quiet.append(_measure(bench))
        with _Attack(bench.house.port):
            attacked.append(_measure(bench))
    for index, what in enumerate(("posts", "pages")):
        calm, busy = [r[index] for r in quiet], [r[index] for r in attacked]
        for name, rounds in (("quiet", calm), ("attacked", busy)):
            for point in (99.0, 99.9):
                values = [percentile(one, point) * 1000 for one in rounds]
                bench.add("attack", f"{what}, {name}: p{point:g}", "ms", values)
        ratios = [percentile(b, 99) / percentile(c, 99) for b, c in zip(busy, calm, strict=True)]
        title = f"{what}: p99 attacked, of the quiet one"
        bench.add("attack", title, "", ratios, most=PROMISED_RATIO)


def _measure(bench: Bench) -> tuple[list[float], list[float]]:
    """The latencies of posts and of pages, in seconds."""
    seconds, pages = bench.amount(20) + 2, _Pages(bench.house)
    sender = bench.sender(bench.house, "later", 16, bench.house.tag())
    pages.start()
    load = sender.pace(POSTS_PER_S, seconds)
    sender.close()
    pages.stop()
    if load.bad:
        raise RuntimeError(f"{load.bad} posts were not accepted: {load.statuses}")
    return load.latencies, pages.latencies


class _Pages(threading.Thread):
    """Asks for a page at a steady pace, each on a connection of its own."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self.url = f"http://127.0.0.1:{house.port}/admin/login/"
        self.latencies: list[float] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.wait(1 / PAGES_PER_S):
            began = time.monotonic()
            with urllib.request.urlopen(self.url, timeout=60) as response:
                response.read()
            self.latencies.append(time.monotonic() - began)

    def stop(self) -> None:
        self.is_over.set()
        self.join()


class _Attack:
    """Keeps connections with half a body open; one that the server ends comes again."""

    def __init__(self, port: int) -> None:
        self.port, self.is_over = port, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self.lines = [self._open(number) for number in range(STALLED + DRIPPING)]
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()
        for line in self.lines:
            line.close()

    def _open(self, number: int) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        path = PATHS[number % len(PATHS)]
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{{"
        line.sendall(head.encode())
        line.setblocking(False)
        return line

    def _run(self) -> None:
        while not self.is_over.wait(DRIP_S):
            for number, line in enumerate(self.lines):
                if _is_ended(line):
                    line.close()
                    self.lines[number] = self._open(number)
                elif number >= STALLED:
                    with suppress(OSError):
                        line.send(b" ")


def _is_ended(line: socket.socket) -> bool:
    """Whether the server has answered or closed."""
    try:
        line.recv(4096)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
