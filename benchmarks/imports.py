"""An import of 300 people, 100 schedules and 100 policies: planned, applied and proved."""

import json
from typing import Any

from benchmarks.bench import Bench
from benchmarks.import_tenant import PEOPLE, POLICIES, SCHEDULES

PART = "import"
PLAN_S, APPLY_S, QUERIES = 5, 15, 8_000


def run(bench: Bench) -> None:
    """Each round in a process of its own, which has the machine for itself."""
    bench.house.settle()
    rounds: list[dict[str, Any]] = [
        json.loads(bench.house.run("-m", "benchmarks.import_round").splitlines()[-1])
        for _ in range(1 if bench.is_short else 3)
    ]
    what = f"{PEOPLE} people, {SCHEDULES} schedules, {POLICIES} policies"

    def runs(name: str) -> list[float]:
        return [one[name] for one in rounds]

    bench.add(PART, f"read and plan {what}", "s CPU", runs("plan"), most=PLAN_S)
    bench.add(PART, "apply and prove them", "s CPU", runs("apply"), most=APPLY_S)
    bench.add(PART, "queries of that", "", runs("queries"), most=QUERIES)
    bench.add(PART, "plan and apply once more, where nothing has changed", "s CPU", runs("again"))
