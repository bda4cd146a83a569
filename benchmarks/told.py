"""(i) Being told: silence after an acknowledgement, storms, announcements, providers that are dead
or hang, and workers that never tell twice."""

import http.client
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.house import House
from benchmarks.receiver import free_port

PART = "told"
READERS, STORM, PAGED = 1300, 1000, 20
SILENCE_S = 5
SENT = """
    SELECT extract(epoch FROM n.done_at - n.created_at)::float
    FROM notifications_notification n
    JOIN integrations_inboundmessage m ON m.incident_id = n.incident_id
    WHERE m.source_id LIKE %s AND n.channel = %s AND n.state IN ('sent', 'delivered')
"""
UPDATES = """
    SELECT extract(epoch FROM max(done_at) - min(created_at))::float, count(*)
    FROM notifications_notification
    WHERE incident_id = %s AND channel = 'email' AND state = 'sent'
"""


class Gateway(ThreadingHTTPServer):
    """Takes text messages and notes them; ``hangs``: it takes the connection and never answers."""

    daemon_threads = True

    def __init__(self, *, hangs: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.hangs, self.over = hangs, threading.Event()
        self.arrived: list[tuple[float, str, str]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send"

    def handle_error(self, request: object, client_address: object) -> None:
        """A portal that hangs up is what is measured."""

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gateway

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.hangs:
            self.server.over.wait(120)
            self.close_connection = True
            return
        self.server.arrived.append((time.time(), body["to"], body["text"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        pass


def run(bench: Bench) -> None:
    bench.house.settle()
    _silence(bench)
    _announcement(bench)
    _storm_by_mail(bench)
    _storm_by_gateway(bench)
    _dead_and_hanging(bench)
    _four_workers(bench)


def _furnish(house: House, *what: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(house.run("-m", "benchmarks.furnish_told", *what))
    house.places.update(made.get("places", {}))
    return made


def _post(house: House, key: str, path: str, body: dict[str, Any]) -> float:
    """One request of the API; returns when it was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status >= 300:
        raise AssertionError(f"{path}: {answer.status} {text[:200]}")
    return time.time()


def _silence(bench: Bench) -> None:
    """Incidents that page every second are acknowledged: when the last page of each arrives."""
    house, count = bench.house, int(bench.amount(50))
    made = _furnish(house, "loud", bench.receiver.url)
    tag = house.fill("loud", count)
    house.settle()
    time.sleep(2)  # They have paged more than once.
    numbers = house.sql(
        "SELECT source_id, incident_id FROM integrations_inboundmessage WHERE source_id LIKE %s",
        f"k-{tag}-%",
    )
    acknowledged = {
        f"Disk on {key} fills within 4 hours": _post(
            house, made["key"], f"incidents/{number}/acknowledge/", {}
        )
        for key, number in numbers
    }
    time.sleep(SILENCE_S)
    hooks, _ = bench.receiver.take()
    late = dict.fromkeys(acknowledged, 0.0)
    before = Counter(title for at, title, *_ in hooks if at <= acknowledged.get(title, 0))
    for at, title, *_, event in hooks:
        if title in late and event == "incident.triggered":
            late[title] = max(late[title], (at - acknowledged[title]) * 1000)
    told = [before[title] for title in acknowledged]
    note = f"{count} incidents that page every second, {sum(told) / count:.1f} pages of each before"
    bench.add(PART, "acknowledged: last page after it", "ms", [max(late.values())], most=1000,
              note=note)  # fmt: skip


def _announcement(bench: Bench) -> None:
    house, count = bench.house, int(bench.amount(READERS))
    made = _furnish(house, "announcement", str(count))
    bench.receiver.take()
    _post(house, made["key"], f"incidents/{made['incident']}/comment/", {"text": "News for all"})
    house.wait(
        lambda: house.sql(UPDATES, made["incident"])[0][1] >= count, 300, "all are told", 0.2
    )
    seconds, told = house.sql(UPDATES, made["incident"])[0]
    _, mails = bench.receiver.take()
    bench.add(PART, f"{count:,} readers of one announcement, by mail", "s", [seconds], most=60)
    bench.add(PART, "mails that came twice, or never", "", [abs(len(mails) - told)], most=0)


def _storm_by_mail(bench: Bench) -> None:
    house = bench.house
    bench.receiver.take()
    tag = house.fill("mail", STORM)
    house.settle(120)
    _, mails = bench.receiver.take()
    times = [seconds * 1000 for (seconds,) in house.sql(SENT, f"k-{tag}-%", "email")]
    what = f"{STORM:,} incidents at once to one person by mail"
    bench.add(PART, f"{what}: never told", "", [STORM - len(times)], most=0)
    bench.add(PART, f"{what}: messages", "", [len(mails)], most=10)


def _storm_by_gateway(bench: Bench) -> None:
    """To one person by an account that takes a message in two seconds."""
    house, server = bench.house, Gateway()
    try:
        _furnish(house, "gateway", "slow", server.url, "0.5")
        _furnish(house, "enable", "slow")
        _furnish(house, "phone", "storm-sms", "+491511000000")
        tag = house.fill("storm-sms", STORM)
        house.settle(120)
        house.wait(lambda: len(house.sql(SENT, f"k-{tag}-%", "sms")) >= STORM, 120, "all told", 0.2)
        at = sorted(when for when, *_ in server.arrived)
    finally:
        server.close()
    gaps = [later - earlier for earlier, later in pairwise(at)]
    what = f"{STORM:,} incidents by an account of one in 2 s"
    bench.add(PART, f"{what}: messages", "", [len(at)], most=10)
    bench.add(PART, f"{what}: least between two", "s", [min(gaps, default=2.0)], least=1.9)


def _dead_and_hanging(bench: Bench) -> None:
    house, good, hanging = bench.house, Gateway(), Gateway(hangs=True)
    try:
        _furnish(house, "gateway", "good", good.url, "")
        _furnish(house, "gateway", "dead", f"http://127.0.0.1:{free_port()}/send", "")
        _furnish(house, "gateway", "hanging", hanging.url, "")
        for number in range(PAGED):
            _furnish(house, "phone", f"phone-{number}", f"+4915120000{number:02}")
        for first in ("dead", "hanging"):
            _furnish(house, "enable", first, "good")
            _page_all(bench, first)
    finally:
        good.close()
        hanging.close()


def _page_all(bench: Bench, first: str) -> None:
    """Pages by an account that does not work, while others are told by a webhook."""
    house, tag = bench.house, bench.house.tag()
    house.sql("DELETE FROM notifications_lane")
    bench.receiver.take()
    tags = [house.fill(f"phone-{number}", 1) for number in range(PAGED)]
    sender = bench.sender(house, "critical", 4, tag)
    load = sender.pace(4, 5)
    sender.close()
    house.wait(
        lambda: all(house.sql(SENT, f"k-{one}-%", "sms") for one in tags), 120, "all paged", 0.1
    )
    took = [seconds for one in tags for (seconds,) in house.sql(SENT, f"k-{one}-%", "sms")]
    hooks, _ = bench.receiver.take()
    arrived: dict[str, float] = {}
    for at, title, *_ in hooks:
        arrived.setdefault(title, at)
    titles = {f"Disk on {house.key(tag, n)} fills within 4 hours": due for n, due, _ in load.posts}
    others = [(arrived[one] - due) * 1000 for one, due in titles.items() if one in arrived]
    word = "refuses" if first == "dead" else "hangs"
    bench.add(PART, f"first account {word}: page by the second, at most", "s", [max(took)], most=30)
    bench.add(PART, f"first account {word}: others, p99", "ms", [percentile(others, 99)], most=1000)
    bench.add(PART, f"first account {word}: others never told", "", [len(titles) - len(others)],
              most=0)  # fmt: skip


def _four_workers(bench: Bench) -> None:
    """A second cluster of two workers beside that of the portal."""
    house, count = bench.house, int(bench.amount(2000))
    bench.receiver.take()
    house.others.append(house.spawn("manage.py", "qcluster"))
    time.sleep(5)  # Its workers have begun.
    tag = house.fill("hook", count)
    house.settle(300)
    hooks, _ = bench.receiver.take()
    came = Counter(delivery for _, title, delivery, *_ in hooks if f"k-{tag}-" in title)
    twice = sum(times - 1 for times in came.values())
    bench.add(PART, "four workers: messages that came twice", "", [twice], most=0)
    bench.add(PART, "four workers: incidents never told", "", [count - len(came)], most=0)
