"""(g) Memory of the portal after much work, and how little it does when nothing happens."""

import time

from benchmarks import tree
from benchmarks.bench import Bench

FIRST, LAST = 10_000, 100_000


def run(bench: Bench) -> None:
    house = bench.house
    house.settle()
    bench.add("weight", "memory (PSS) as found", "MiB", [tree.memory(house.portal.pid)])
    sender = bench.sender(house, "later", 16, house.tag())
    sender.send(int(bench.amount(FIRST)))
    house.settle(300)
    first = tree.memory(house.portal.pid)
    sender.send(int(bench.amount(LAST - FIRST)))
    sender.close()
    house.settle(600)
    last = tree.memory(house.portal.pid)
    bench.add("weight", f"memory (PSS) after {FIRST:,} events", "MiB", [first], most=250)
    bench.add("weight", f"memory (PSS) after {LAST:,} events", "MiB", [last], most=250)
    bench.add("weight", "growth in between", "%", [100 * (last / first - 1)], most=5)
    _idle(bench)


def _idle(bench: Bench) -> None:
    house, seconds = bench.house, bench.amount(60)
    time.sleep(bench.amount(20))  # Autovacuum and checkpoints belong to the work before.
    portal, server = tree.seconds_worked(house.portal.pid), tree.servers_worked(house.folder)
    time.sleep(seconds)
    portal = tree.seconds_worked(house.portal.pid) - portal
    server = tree.servers_worked(house.folder) - server
    bench.add("weight", "idle: of one core", "%", [100 * portal / seconds], most=1)
    bench.add("weight", "idle: PostgreSQL, of one core", "%", [100 * server / seconds])
