"""(h) Two million messages: what they weigh, what they slow, and how they are deleted.

Not a part of `make bench` without a name: filling the tables alone takes minutes.
"""

import time

from benchmarks import drain, history
from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.house import House

INCIDENTS = 200_000
TABLES = ("integrations_inboundmessage", "incidents_timelineentry", "notifications_notification")
# What the pages of the log ask for.
LOOKS = {
    "the newest page of the log": "ORDER BY id DESC LIMIT 50",
    "the newest of one integration": "WHERE integration_id = {hook} ORDER BY id DESC LIMIT 50",
    "the newest that failed": "WHERE status IN ('failed', 'rejected') ORDER BY id DESC LIMIT 50",
    "the messages of one incident": "WHERE incident_id = {incident} ORDER BY id",
}


def run(bench: Bench) -> None:
    with House(bench.receiver) as house:
        before = _rates(bench, house)
        began = time.monotonic()
        messages = history.make(house, int(bench.amount(INCIDENTS)))
        note = f"{messages:,} messages, filled in {time.monotonic() - began:.0f} s"
        for table in TABLES:
            _weigh(bench, house, table, note)
        _look(bench, house)
        _compare(bench, before, _rates(bench, house))
        _prune(bench, house)


def _weigh(bench: Bench, house: House, table: str, note: str) -> None:
    rows = house.value(f"SELECT count(*) FROM {table}")
    whole = house.value("SELECT pg_total_relation_size(%s::regclass)", table)
    indexes = house.value("SELECT pg_indexes_size(%s::regclass)", table)
    name = table.partition("_")[2]
    what = f"{name}: bytes for each row, with indexes"
    bench.add("volume", what, "B", [whole / rows], note=f"{rows:,} rows; {note}")
    bench.add("volume", f"{name}: of that indexes", "B", [indexes / rows])


def _look(bench: Bench, house: House) -> None:
    hook = house.places["hook"]["integration"]
    incident = house.value("SELECT max(id) FROM incidents_incident")
    for what, clause in LOOKS.items():
        statement = "SELECT id, subject, status FROM integrations_inboundmessage " + clause
        times = []
        for _ in range(20):
            began = time.perf_counter()
            house.sql(statement.format(hook=hook, incident=incident))
            times.append((time.perf_counter() - began) * 1000)
        bench.add("volume", f"{what}: median of 20", "ms", [percentile(times, 50)], most=50)


Rates = dict[str, list[float]]


def _rates(bench: Bench, house: House) -> Rates:
    """Accepted and worked off, in a second, and the p99 of accepting in milliseconds."""
    found: Rates = {"accepted": [], "worked off": [], "p99": []}
    for _ in range(min(bench.rounds, 3)):
        sender = bench.sender(house, "later", 16, house.tag())
        load = sender.hammer(bench.amount(4) + 1)
        sender.close()
        house.settle()
        found["accepted"].append(load.rate)
        found["p99"].append(percentile(load.latencies, 99) * 1000)
        found["worked off"].append(drain.drain(house, int(bench.amount(5000))))
    return found


def _compare(bench: Bench, before: Rates, after: Rates) -> None:
    for what in ("accepted", "worked off"):
        bench.add("volume", f"{what}, before", "/s", before[what])
        bench.add("volume", f"{what}, beside the history", "/s", after[what])
        pairs = zip(before[what], after[what], strict=True)
        ratios = [late / early for early, late in pairs]
        bench.add("volume", f"{what}: of the rate before", "", ratios, least=0.9)
    bench.add("volume", "accepted, before: p99", "ms", before["p99"])
    bench.add("volume", "accepted, beside the history: p99", "ms", after["p99"])


def _prune(bench: Bench, house: House) -> None:
    """Half of the history becomes too old at once, which is the worst that can happen."""
    table = "integrations_inboundmessage"
    days = house.value(
        f"SELECT extract(day FROM now() - percentile_disc(0.5) WITHIN GROUP (ORDER BY received_at))"
        f"::int FROM (SELECT received_at FROM {table} TABLESAMPLE SYSTEM (1)) AS sampled"
    )
    before = house.value(f"SELECT count(*) FROM {table}")
    house.sql(
        "INSERT INTO integrations_retention (id, message_days, body_days, alert_days)"
        " VALUES (1, %s, 0, 0) ON CONFLICT (id) DO UPDATE SET message_days = excluded.message_days",
        days,
    )
    sender = bench.sender(house, "later", 16, house.tag())
    began = time.monotonic()
    load = sender.pace(200, bench.amount(60) + 1)
    sender.close()
    gone = before + len(load.posts) - house.value(f"SELECT count(*) FROM {table}")
    seconds = time.monotonic() - began
    note = f"while 200 a second were accepted; {days} days are kept"
    bench.add("volume", "deleted because of their age", "/s", [gone / seconds], note=note)
    times = [answered * 1000 for answered in load.latencies]
    bench.add("volume", "accepted meanwhile: p99", "ms", [percentile(times, 99)], most=50)
    bench.add("volume", "answers other than 2xx meanwhile", "", [load.bad], most=0)
    house.sql("UPDATE integrations_retention SET message_days = 0")
    house.settle()
