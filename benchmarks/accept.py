"""(a) How many posts a second are accepted, beside the reference, in turns."""

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.load import Load

P99 = {16: 50, 64: 300}


def run(bench: Bench) -> None:
    """The whole portal runs: what is accepted is worked off at the same time."""
    house = bench.house
    unique: dict[int, float] = {}
    for is_same in (False, True):
        for connections in (16, 64):
            rates, references, p99s, bad = [], [], [], 0
            for _ in range(bench.rounds):
                ours = _ours(bench, connections, is_same=is_same)
                theirs = bench.hammer_reference(
                    connections, bench.amount(5) + 1, "" if is_same else house.tag()
                )
                rates.append(ours.rate)
                references.append(theirs.rate)
                p99s.append(percentile(ours.latencies, 99) * 1000)
                bad += ours.bad
            what = f"{'one key' if is_same else 'unique keys'}, {connections} connections"
            is_promised = connections == 16 and not is_same
            rate = bench.add("accept", what, "/s", rates, least=800 if is_promised else None)
            bench.add("accept", f"{what}: reference", "/s", references)
            ratios = [a / b for a, b in zip(rates, references, strict=True)]
            share = 0.6 if is_promised else None
            bench.add("accept", f"{what}: of the reference", "", ratios, least=share)
            bench.add("accept", f"{what}: p99", "ms", p99s, most=P99[connections])
            bench.add("accept", f"{what}: answers other than 2xx", "", [bad], most=0)
            if is_same:
                share = rate.median / unique[connections]
                bench.add(
                    "accept", f"{what}: of the rate with unique keys", "", [share], least=0.95
                )
            else:
                unique[connections] = rate.median
    _count_the_same(bench)


def _ours(bench: Bench, connections: int, *, is_same: bool) -> Load:
    """One stretch of load; what it left is worked off before the next."""
    tag = "" if is_same else bench.house.tag()
    sender = bench.sender(bench.house, "later", connections, tag)
    load = sender.hammer(bench.amount(5) + 1)
    sender.close()
    bench.house.settle()
    return load


def _count_the_same(bench: Bench) -> None:
    """Of one key there is one incident, and its alert has counted every post."""
    counts = bench.house.sql(
        "SELECT a.count FROM incidents_alert a JOIN integrations_inboundmessage m"
        " ON m.alert_id = a.id WHERE m.source_id = 'k-same-0' GROUP BY a.id"
    )
    posts = bench.house.value(
        "SELECT count(*) FROM integrations_inboundmessage WHERE source_id = 'k-same-0'"
    )
    bench.add("accept", "incidents of the one key", "", [len(counts)], least=1, most=1)
    missed = posts - sum(count for (count,) in counts)
    bench.add("accept", "posts of it that were not counted", "", [missed], most=0)
