"""(f) Steps that are due within one minute: how late each is taken, and that it is taken once."""

import os
import random
import signal
import time

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.house import House
from benchmarks.tree import processes

SEED = 2026
AHEAD_S = 3
SPREAD = """
    WITH mine AS (
        SELECT r.id, row_number() OVER (ORDER BY r.id) - 1 AS n FROM escalation_run r
        JOIN integrations_inboundmessage m ON m.incident_id = r.incident_id
        WHERE m.source_id LIKE %s)
    UPDATE escalation_run r
    SET next_step_at = now() + interval '1 s' * (%s + mine.n * %s::float / %s)
    FROM mine WHERE mine.id = r.id
"""
TAKEN = """
    SELECT (e.facts->>'run')::bigint, (e.facts->>'late_ms')::float
    FROM incidents_timelineentry e
    JOIN integrations_inboundmessage m ON m.incident_id = e.incident_id
    WHERE m.source_id LIKE %s AND e.verb IN ('paged', 'reached_nobody')
"""


def run(bench: Bench) -> None:
    house = bench.house
    house.settle()
    extra = [house.spawn("manage.py", "clock") for _ in range(2)]
    house.others += extra
    time.sleep(4)
    _measure(bench, "3 clocks, 3 workers", kills=False)
    _measure(bench, "a kill -9 every second", kills=True)
    for clock in house.others[-2:]:
        clock.terminate()


def _measure(bench: Bench, what: str, *, kills: bool) -> None:
    house, count, seconds = bench.house, int(bench.amount(5000)), bench.amount(60)
    tag = house.fill("later", count)
    house.settle()
    bench.receiver.take()
    house.sql(SPREAD, f"k-{tag}-%", AHEAD_S, seconds, count)
    end, killed = time.monotonic() + AHEAD_S + seconds + 1, 0
    chance = random.Random(SEED)
    while time.monotonic() < end:
        time.sleep(1)
        if kills:
            killed += _kill_one(house, chance)
    house.wait(lambda: len(house.sql(TAKEN, f"k-{tag}-%")) >= count, 120, "all steps taken", 0.5)
    house.settle(180)
    taken = house.sql(TAKEN, f"k-{tag}-%")
    late = [ms for _, ms in taken]
    hooks, _ = bench.receiver.take()
    again = len(hooks) - len({hook[2] for hook in hooks})
    unmarked = again - sum(1 for hook in hooks if hook[3])
    note = f"{killed} killed" if kills else ""
    bench.add("timers", f"{what}: lateness p50", "ms", [percentile(late, 50)], note=note)
    bench.add("timers", f"{what}: lateness p99", "ms", [percentile(late, 99)], most=100)
    bench.add("timers", f"{what}: lateness at most", "ms", [max(late)])
    off = abs(len(taken) - count) + abs(len({run for run, _ in taken}) - count)
    bench.add("timers", f"{what}: steps lost or taken twice", "", [off], most=0)
    missing = count - len({hook[2] for hook in hooks})
    bench.add("timers", f"{what}: sends missing", "", [missing], most=0)
    bench.add("timers", f"{what}: sends repeated, and said so", "", [again])
    bench.add("timers", f"{what}: sends repeated without saying so", "", [max(0, unmarked)], most=0)


def _kill_one(house: House, chance: random.Random) -> int:
    """Any process of the portal but the supervisor; our own clocks we start again ourselves."""
    own = [p for p in processes(house.portal.pid) if p != house.portal.pid]
    clocks = house.others[-2:]
    victims = sorted(own) + [clock.pid for clock in clocks if clock.poll() is None]
    victim = chance.choice(victims)
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    for clock in clocks:
        if clock.pid == victim:
            clock.wait()
            house.others.remove(clock)
            house.others.append(house.spawn("manage.py", "clock"))
    return 1
