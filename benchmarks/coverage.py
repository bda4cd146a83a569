"""The coverage of 100 policies over 30 days."""

import json
from typing import Any

from benchmarks.bench import Bench

PART = "coverage"
REVIEW_MS = 2000


def run(bench: Bench) -> None:
    """Each round in a process of its own, which has the machine for itself."""
    bench.house.settle()
    rounds: list[dict[str, Any]] = [
        json.loads(bench.house.run("-m", "benchmarks.coverage_round").splitlines()[-1])
        for _ in range(bench.rounds)
    ]
    bench.add(
        PART,
        "coverage of 100 policies, each of three steps with a schedule of two layers, 30 days",
        "ms",
        [one["review"] for one in rounds],
        most=REVIEW_MS,
    )
