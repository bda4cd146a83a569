"""(b) How fast stored messages become incidents with their runs."""

import time

from benchmarks.bench import Bench
from benchmarks.house import House


def run(bench: Bench) -> None:
    bench.house.settle()
    rates = [drain(bench.house, int(bench.amount(10_000))) for _ in range(bench.rounds)]
    bench.add("drain", "messages worked off, each a new incident and run", "/s", rates, least=500)


def drain(house: House, count: int) -> float:
    """Messages a second, from their commit to the end of the last."""
    tag = house.fill("later", count)
    began = time.time()
    ended = house.wait(lambda: not house.pending(), 300, "the messages are worked off", 0.02)
    runs = house.value(
        "SELECT count(*) FROM escalation_run r JOIN integrations_inboundmessage m"
        " ON m.incident_id = r.incident_id WHERE m.source_id LIKE %s",
        f"k-{tag}-%",
    )
    if runs != count:
        raise AssertionError(f"{count} messages made {runs} runs")
    return count / (ended - began)
