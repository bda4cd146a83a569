"""(l) Thousands of messages of one integration wait; its critical ones are told all the same."""

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.load import Sender, request_of

WAITING, PER_S, CRITICALS = 10_000, 1, 30
# As if all had come past the limit: one is due every half second.
PACE = """
    WITH waiting AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM integrations_inboundmessage
        WHERE status = 'pending' AND integration_id = %s
    )
    UPDATE integrations_inboundmessage AS m SET ready_at = now() + place * interval '0.5 s'
    FROM waiting WHERE m.id = waiting.id
"""
LIMIT = "UPDATE integrations_integration SET rate_limit = %s, changed_at = now() WHERE id = %s"
FULL = """
    INSERT INTO integrations_ratewindow (integration_id, started_at, hits, previous_hits,
        backlog_until, allowed, rejected_since, rejected)
    VALUES (%s, now(), 0, 0, now() + interval '80 min', true, now(), 0)
    ON CONFLICT (integration_id) DO UPDATE SET backlog_until = now() + interval '80 min'
"""
REST = "UPDATE integrations_inboundmessage SET ready_at = now() WHERE status = 'pending'"


def run(bench: Bench) -> None:
    house, integration = bench.house, bench.house.places["storm"]["integration"]
    for what, limit in (("no limit", 0), ("120 a minute", 120)):
        house.settle(600)
        house.database.execute(LIMIT, (limit, integration))
        _measure(bench, what, integration if limit else None)
    house.database.execute(LIMIT, (0, integration))
    house.database.execute("DELETE FROM integrations_ratewindow")


def _measure(bench: Bench, what: str, paced: int | None) -> None:
    house, count = bench.house, int(bench.amount(WAITING))
    critical = house.body
    house.body = critical.replace('"severity": "critical"', '"severity": "warning"')
    try:
        with house.database.transaction():
            house.fill("storm", count)
            if paced:
                house.database.execute(PACE, (paced,))
                house.database.execute(FULL, (paced,))
    finally:
        house.body = critical
    bench.receiver.take()
    tag, path = house.tag(), house.places["storm"]["path"]
    sender = Sender(house.port, 4, lambda n: request_of(path, house.message(house.key(tag, n))))
    before = house.pending()
    posts = sender.pace(PER_S, CRITICALS / PER_S).posts
    sender.close()
    after = house.pending()
    if paced:
        house.database.execute(REST)
    house.settle(600)
    arrived: dict[str, float] = {}
    for at, title, *_ in bench.receiver.take()[0]:
        arrived.setdefault(title, at)
    titles = {f"Disk on {house.key(tag, n)} fills within 4 hours": due for n, due, _ in posts}
    times = [(arrived[title] - due) * 1000 for title, due in titles.items() if title in arrived]
    note = f"{before:,} waited at first, {after:,} at the last"
    bench.add("same", f"{what}: criticals never told", "", [len(posts) - len(times)], most=0)
    bench.add("same", f"{what}: critical, p50", "ms", [percentile(times, 50)], note=note)
    bench.add("same", f"{what}: critical, p99", "ms", [percentile(times, 99)], most=5000)
