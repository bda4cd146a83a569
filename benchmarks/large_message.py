"""(k) One message with thousands of alerts, and what others notice of it."""

import json
import threading
import time

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.house import House
from benchmarks.load import Sender, request_of

ALERTS = 10_000
OTHERS_PER_S = 4
DONE_S = 300  # at most; the promise is far below
UNDONE = """
    SELECT count(*) FROM integrations_inboundmessage
    WHERE status = 'pending' AND integration_id = %s
"""
MADE = "SELECT count(*) FROM incidents_alert WHERE source_id LIKE %s"


def run(bench: Bench) -> None:
    house, count = bench.house, int(bench.amount(ALERTS))
    house.settle()
    done_s, others = [], []
    for _ in range(min(bench.rounds, 3)):
        seconds, told = _round(bench, house, count)
        done_s.append(seconds)
        others += told
    what = f"{count:,} alerts in one message"
    bench.add("large", f"{what}: until it is done", "s", done_s, most=15)
    bench.add("large", f"{what}: alerts", "/s", [count / seconds for seconds in done_s])
    for percent, most in ((50, None), (99, 2000)):
        figure = f"others meanwhile, post to webhook: p{percent}"
        bench.add("large", figure, "ms", [percentile(others, percent)], most=most)
    bench.add("large", "others meanwhile", "", [len(others)])


def _round(bench: Bench, house: House, count: int) -> tuple[float, list[float]]:
    """→ (seconds until all is done, milliseconds from the post to the webhook of each other)."""
    bench.receiver.take()
    large, tag = house.tag(), house.tag()
    began_at, is_over = _post(house, large, count), threading.Event()
    sender = bench.sender(house, "critical", 4, tag)
    posts: list[tuple[int, float, float]] = []

    def post_others() -> None:
        while not is_over.is_set():
            posts.extend(sender.pace(OTHERS_PER_S, 1).posts)

    thread = threading.Thread(target=post_others)
    thread.start()
    try:
        integration = house.places["later"]["integration"]
        ended_at = house.wait(
            lambda: not house.value(UNDONE, integration), DONE_S, "the large message is done", 0.02
        )
    finally:
        is_over.set()
        thread.join()
        sender.close()
    house.settle()
    if (made := house.value(MADE, f"{large}-%")) != count:
        raise AssertionError(f"{count} alerts of one message made {made}")
    return ended_at - began_at, _told(bench, house, posts, tag)


def _post(house: House, tag: str, count: int) -> float:
    """Returns when it was posted."""
    alert = {"status": "firing", "labels": {"alertname": "D"}}  # 10,000 are less than 1 MiB.
    alerts = [{**alert, "fingerprint": f"{tag}-{number}"} for number in range(count)]
    body = json.dumps({"version": "4", "status": "firing", "alerts": alerts}, separators=(",", ":"))
    request = request_of(house.places["later"]["path"], body.encode())
    sender, began_at = Sender(house.port, 1, lambda _: request), time.time()
    load = sender.send(1)
    sender.close()
    if load.bad:
        raise AssertionError(f"the large message was answered {dict(load.statuses)}")
    return began_at


def _told(
    bench: Bench, house: House, posts: list[tuple[int, float, float]], tag: str
) -> list[float]:
    arrived: dict[str, float] = {}
    for at, title, *_ in bench.receiver.take()[0]:
        arrived.setdefault(title, at)
    titles = {n: f"Disk on {house.key(tag, n)} fills within 4 hours" for n, *_ in posts}
    missing = [number for number, title in titles.items() if title not in arrived]
    if missing:
        raise AssertionError(f"{len(missing)} of {len(posts)} others were never told")
    return [(arrived[titles[number]] - due) * 1000 for number, due, _ in posts]
