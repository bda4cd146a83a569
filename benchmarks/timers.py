"""(f) Steps that are due within one minute: how late each is taken, and that it is taken once."""

import os
import random
import signal
import time
from collections.abc import Sequence

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.tree import processes

SEED = 2026
AHEAD_S = 6  # The rows are changed behind the scheduler's back: it looks again within 5 s.
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
    WHERE m.source_id LIKE %s AND e.verb IN ('paged', 'no_recipient')
"""


def run(bench: Bench) -> None:
    house = bench.house
    house.settle()
    others = house.spawn("-m", "benchmarks.schedulers")
    house.others.append(others)
    time.sleep(5)
    supervisors = [house.portal.pid, others.pid]
    _measure(bench, "3 clusters, one leads", [])
    _measure(bench, "a kill -9 every second", supervisors)
    others.terminate()


def _measure(bench: Bench, what: str, killed_below: list[int]) -> None:
    taken, killed = take_all(bench, "later", killed_below)
    count = _count(bench)
    hooks, _ = bench.receiver.take()
    again = len(hooks) - len({hook[2] for hook in hooks})
    unmarked = again - sum(1 for hook in hooks if hook[3])
    add_lateness(bench, "timers", what, taken, f"{killed} killed" if killed_below else "")
    missing = count - len({hook[2] for hook in hooks})
    bench.add("timers", f"{what}: sends missing", "", [missing], most=0)
    bench.add("timers", f"{what}: sends repeated, and said so", "", [again])
    bench.add("timers", f"{what}: sends repeated without saying so", "", [max(0, unmarked)], most=0)


def take_all(
    bench: Bench, place: str, killed_below: Sequence[int] = ()
) -> tuple[list[tuple[int, float]], int]:
    """Steps of a place that come due within a minute: (run, milliseconds late) of each that was
    taken, and how many processes were killed meanwhile, one a second."""
    house, count, seconds = bench.house, _count(bench), bench.amount(60)
    tag = house.fill(place, count)
    house.settle()
    bench.receiver.take()
    house.sql(SPREAD, f"k-{tag}-%", AHEAD_S, seconds, count)
    end, killed = time.monotonic() + AHEAD_S + seconds + 1, 0
    chance = random.Random(SEED)
    while time.monotonic() < end:
        time.sleep(1)
        if killed_below:
            killed += _kill_one(killed_below, chance)
    house.wait(lambda: len(house.sql(TAKEN, f"k-{tag}-%")) >= count, 120, "all steps taken", 0.5)
    house.settle(180)
    return house.sql(TAKEN, f"k-{tag}-%"), killed


def _count(bench: Bench) -> int:
    return int(bench.amount(5000))


def add_lateness(
    bench: Bench, part: str, what: str, taken: Sequence[tuple[int, float]], note: str = ""
) -> None:
    """The figures of what ``take_all`` returns."""
    late, count = [ms for _, ms in taken], _count(bench)
    bench.add(part, f"{what}: lateness p50", "ms", [percentile(late, 50)], note=note)
    bench.add(part, f"{what}: lateness p99", "ms", [percentile(late, 99)], most=100)
    bench.add(part, f"{what}: lateness at most", "ms", [max(late)])
    off = abs(len(taken) - count) + abs(len({run for run, _ in taken}) - count)
    bench.add(part, f"{what}: steps lost or taken twice", "", [off], most=0)


def _kill_one(supervisors: list[int], chance: random.Random) -> int:
    """Any process of the portal but those that bring back the others."""
    family = {pid for root in supervisors for pid in processes(root)} - set(supervisors)
    if not family:
        return 0
    try:
        os.kill(chance.choice(sorted(family)), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1
