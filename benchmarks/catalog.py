"""The catalog: reading it at the start, mapping a message, and telling which tool sent one."""

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.bench import Bench

PART = "catalog"
START_MS, MAP_MS, RECOGNIZE_MS, RIGHT_SHARE = 300, 1, 150, 98


def run(bench: Bench) -> None:
    """Each round in a process of its own, since whoever has read the catalog keeps it."""
    rounds = [_round() for _ in range(bench.rounds)]
    amount, samples = rounds[0]["templates"], rounds[0]["samples"]

    def runs(name: str) -> list[float]:
        return [one[name] for one in rounds]

    told = f"{amount} templates"
    bench.add(PART, "read and index all templates", "ms", runs("start"), most=START_MS, note=told)
    bench.add(PART, "memory of the index, without rules", "MiB", runs("memory"))
    what = f"map a message, median over {samples} samples"
    bench.add(PART, what, "ms", runs("map"), most=MAP_MS)
    bench.add(PART, "map a message, the slowest sample", "ms", runs("slowest"))
    bench.add(PART, "which tool sent this? the first time", "ms", runs("first"))
    what = "which tool sent this? 95 % of the samples"
    bench.add(PART, what, "ms", runs("recognize"), most=RECOGNIZE_MS)
    found = _round("rank")
    what = "which tool sent this? right first, each sample left out"
    bench.add(PART, what, "%", [found["right"]], least=RIGHT_SHARE)
    bench.add(PART, "of these, said to be weak", "%", [found["weak"]])
    what = "the tool left out, and another named as if that were sure"
    bench.add(PART, what, "%", [found["sure"]])


def _round(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.catalog_round", *words],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "opsportal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
