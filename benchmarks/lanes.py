"""(h) Receivers that begin to hang: others are told all the same."""

import threading
import time
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.bench import Bench
from benchmarks.figures import percentile

MOST_HANGING, PAGES = 5, 20
TOLD_EVERY_S, TOLD = 0.25, 24
WRITTEN = """
    SELECT m.source_id, extract(epoch FROM n.created_at)::float
    FROM notifications_notification n
    JOIN integrations_inboundmessage m ON m.incident_id = n.incident_id
    WHERE m.source_id LIKE %s
"""
FORGET = """
    DELETE FROM django_q_ormq WHERE key = 'opsportal';
    UPDATE notifications_notification SET state = 'superseded', next_attempt_at = NULL,
        sending_since = NULL WHERE state = 'waiting';
    DELETE FROM notifications_lane
"""


class Hanging(ThreadingHTTPServer):
    """Answers at once, until it hangs: then it answers nobody until it is told to let go."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hangs, self.over = False, threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def handle_error(self, request: object, client_address: object) -> None:
        """A portal that hangs up is what is measured."""

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hanging

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.hangs:
            self.server.over.wait(120)
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def run(bench: Bench) -> None:
    house, servers = bench.house, [Hanging() for _ in range(MOST_HANGING)]
    places = house.add_hooks([server.url for server in servers])
    try:
        for count in (0, 1, 2, MOST_HANGING):
            for server in servers:
                server.hangs = False
            house.settle()
            for place in places:
                house.fill(place, 1)
            house.settle()
            for server in servers[:count]:
                server.hangs = True
            _measure(bench, places[:count])
            for statement in FORGET.split(";"):
                house.sql(statement)
    finally:
        for server in servers:
            server.close()


def _measure(bench: Bench, hanging: list[str]) -> None:
    house, tag = bench.house, bench.house.tag()
    bench.receiver.take()
    for place in hanging:
        house.fill(place, PAGES)
    sender = bench.sender(house, "critical", 4, tag)
    load = sender.pace(1 / TOLD_EVERY_S, TOLD * TOLD_EVERY_S)
    sender.close()
    house.wait(lambda: not house.pending(), 60, "all messages worked off")
    time.sleep(3)
    hooks, _ = bench.receiver.take()
    arrived: dict[str, float] = {}
    for at, title, *_ in hooks:
        arrived.setdefault(title, at)
    posted = [(house.key(tag, n), due) for n, due, _ in load.posts]
    what, whole = f"{len(hanging)} hang", _times(posted, arrived)
    times = _times(house.sql(WRITTEN, f"k-{tag}-%"), arrived)
    bench.add("lanes", f"{what}: never told", "", [TOLD - len(whole)], most=0)
    bench.add("lanes", f"{what}: from its post, p50", "ms", [percentile(whole, 50)])
    bench.add("lanes", f"{what}: from being written, p50", "ms", [percentile(times, 50)])
    bench.add("lanes", f"{what}: from being written, p99", "ms", [percentile(times, 99)], most=1000)
    bench.add("lanes", f"{what}: from being written, at most", "ms", [max(times, default=0)])


def _times(began: Iterable[tuple[str, float]], arrived: dict[str, float]) -> list[float]:
    titles = {f"Disk on {key} fills within 4 hours": at for key, at in began}
    return [(arrived[title] - at) * 1000 for title, at in titles.items() if title in arrived]
