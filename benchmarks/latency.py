"""(d) From the post to its arrival at whoever is told."""

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.load import Load

ACCEPTED_MAILS = """
    SELECT m.source_id, extract(epoch FROM n.done_at)::float
    FROM notifications_notification n
    JOIN integrations_inboundmessage m ON m.incident_id = n.incident_id
    WHERE m.source_id LIKE %s AND n.channel = 'email' AND n.state = 'sent'
"""


def run(bench: Bench) -> None:
    bench.house.settle()
    _quiet(bench)
    _steady(bench)
    _mails(bench)


def _quiet(bench: Bench) -> None:
    load, tag = _posts(bench, "hook", 1, bench.amount(60))
    times = list(_told(bench, load, tag).values())
    _whole(bench, "1/s", load, times)
    bench.add("latency", "1/s to a webhook: p50", "ms", [percentile(times, 50)], most=50)
    bench.add("latency", "1/s to a webhook: p99", "ms", [percentile(times, 99)], most=250)


def _steady(bench: Bench) -> None:
    rate, seconds = 100, bench.amount(60)
    load, tag = _posts(bench, "hook", rate, seconds)
    left = bench.house.pending() + bench.house.unsent()
    told = _told(bench, load, tag)
    _whole(bench, "100/s", load, list(told.values()))
    bench.add("latency", "100/s to a webhook: p50", "ms", [percentile(list(told.values()), 50)])
    bench.add(
        "latency", "100/s to a webhook: p99", "ms", [percentile(list(told.values()), 99)], most=2000
    )
    bench.add("latency", "100/s: left to do at the end", "", [left], most=200)
    third = len(load.posts) // 3
    early = percentile([told[n] for n in sorted(told)[:third]], 50)
    late = percentile([told[n] for n in sorted(told)[-third:]], 50)
    bench.add("latency", "100/s: median of the last third to the first", "", [late / early], most=2)


def _mails(bench: Bench) -> None:
    what = "100/s to one person by mail"
    load, times, mails = mailed(bench, "mail", 100, bench.amount(20))
    _whole(bench, what, load, times)
    bench.add("latency", f"{what}: mails", "", [mails])
    bench.add("latency", f"{what}: p50", "ms", [percentile(times, 50)])
    bench.add("latency", f"{what}: p99", "ms", [percentile(times, 99)], most=2000)


def mailed(bench: Bench, place: str, rate: float, seconds: float) -> tuple[Load, list[float], int]:
    """Posts to a place that tells by mail: the milliseconds until the mail of each was accepted,
    and how many mails they were."""
    load, tag = _posts(bench, place, rate, seconds)
    bench.house.settle()
    _, mails = bench.receiver.take()
    # A mail that tells of many names the first of them, so the times are those of its acceptance.
    sent = dict(bench.house.sql(ACCEPTED_MAILS, f"k-{tag}-%"))
    times = [
        (sent[key] - due) * 1000
        for n, due, _ in load.posts
        if (key := bench.house.key(tag, n)) in sent
    ]
    return load, times, len(mails)


def _posts(bench: Bench, place: str, rate: float, seconds: float) -> tuple[Load, str]:
    tag = bench.house.tag()
    bench.receiver.take()
    sender = bench.sender(bench.house, place, 16, tag)
    load = sender.pace(rate, seconds)
    sender.close()
    return load, tag


def _told(bench: Bench, load: Load, tag: str) -> dict[int, float]:
    """By number of the post, the milliseconds until its webhook arrived."""
    bench.house.settle()
    hooks, _ = bench.receiver.take()
    arrived: dict[str, float] = {}
    for at, title, *_ in hooks:
        arrived.setdefault(title, at)
    told = {}
    for number, due, _ in load.posts:
        title = f"Disk on {bench.house.key(tag, number)} fills within 4 hours"
        if title in arrived:
            told[number] = (arrived[title] - due) * 1000
    return told


def _whole(bench: Bench, what: str, load: Load, times: list[float]) -> None:
    missing = len(load.posts) - len(times) + load.bad
    bench.add("latency", f"{what}: posts refused or never told", "", [missing], most=0)
