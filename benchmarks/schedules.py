"""Who is on call: one instant, a year, and the pages of 100 schedules."""

import json
from typing import Any

from benchmarks.bench import Bench

PART = "schedules"
WHO_MS, YEAR_MS, WEEK_MS, PAGE_MS = 1, 50, 300, 150


def run(bench: Bench) -> None:
    """Each round in a process of its own, which has the machine for itself."""
    bench.house.settle()
    rounds: list[dict[str, Any]] = [
        json.loads(bench.house.run("-m", "benchmarks.schedules_round").splitlines()[-1])
        for _ in range(bench.rounds)
    ]

    def add(name: str, what: str, most: float) -> None:
        bench.add(PART, what, "ms", [one[name] for one in rounds], most=most)

    add("who", "who is on call at an instant: 10 layers, 50 overrides, p99", WHO_MS)
    add("year", "a year of 6 layers, one of them hourly", YEAR_MS)
    add("week", "page: the week of 100 schedules", WEEK_MS)
    add("now", "page: on call now in 100 schedules", WEEK_MS)
    add("one", "page: two weeks of one schedule", PAGE_MS)
