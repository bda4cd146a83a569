"""(c) The same rates with a year of history in the tables as with empty ones, in turns.

Both portals are new: one that other parts have used goes on with the steps of what they left open,
and has less time for what is measured.
"""

from benchmarks import drain, history
from benchmarks.bench import Bench
from benchmarks.house import House


def run(bench: Bench) -> None:
    incidents = int(bench.amount(100_000))
    with House(bench.receiver) as full, House(bench.receiver) as empty:
        messages = history.make(full, incidents)
        empty.settle()
        empty.database.execute("VACUUM (ANALYZE)")
        accepted, drained = [], []
        for _ in range(max(bench.rounds, 2)):
            accepted.append([_accept(bench, house) for house in (empty, full)])
            drained.append([drain.drain(house, int(bench.amount(5000))) for house in (empty, full)])
        note = f"{incidents:,} incidents, {messages:,} messages"
        for what, pairs in (("accepted", accepted), ("worked off", drained)):
            bench.add("full", f"{what}, with history", "/s", [pair[1] for pair in pairs], note=note)
            bench.add("full", f"{what}, without", "/s", [pair[0] for pair in pairs])
            ratios = [pair[1] / pair[0] for pair in pairs]
            bench.add("full", f"{what}: of the rate without", "", ratios, least=0.9)


def _accept(bench: Bench, house: House) -> float:
    sender = bench.sender(house, "later", 16, house.tag())
    load = sender.hammer(bench.amount(4) + 1)
    sender.close()
    house.settle()
    return load.rate
