"""Figures: a median of several runs, its spread, and the floor or ceiling it is held to."""

import json
import math
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("results.json")
MOST_RUNS = 20


@dataclass
class Figure:
    """One line of the results. ``least`` or ``most`` is what the portal promises."""

    part: str
    what: str
    unit: str
    runs: list[float]
    least: float | None = None
    most: float | None = None
    note: str = ""
    median: float = field(init=False)

    def __post_init__(self) -> None:
        self.runs = [round(run, 4) for run in self.runs]
        self.median = statistics.median(self.runs) if self.runs else math.nan

    @property
    def is_kept(self) -> bool:
        if self.least is not None and not self.median >= self.least:
            return False
        return self.most is None or self.median <= self.most

    @property
    def target(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return f"≤ {self.most:g}" if self.most is not None else ""

    @property
    def value(self) -> str:
        return f"{short(self.median)} {self.unit}".strip()

    @property
    def spread(self) -> str:
        return f"{short(min(self.runs))} … {short(max(self.runs))}" if len(self.runs) > 1 else ""

    def __str__(self) -> str:
        verdict = f"{self.target} {'kept' if self.is_kept else 'MISSED'}" if self.target else ""
        spread = f"({self.spread})" if self.spread else ""
        words = [f"{self.part:<8} {self.what:<56} {self.value:>10}", spread, verdict, self.note]
        return "  ".join(word for word in words if word)


def short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many per cent do not exceed; NaN where there is none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    cpu = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1] for line in cpu.splitlines() if "model name" in line), "?")
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    disk = subprocess.run(
        ["findmnt", "-no", "FSTYPE,SOURCE", "-T", "/tmp"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "cpu": model.strip(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.1f} GiB",
        "kernel": platform.release(),
        "disk": " ".join(disk.stdout.split()),
        "python": platform.python_version(),
    }


def latest(runs: Sequence[dict[str, Any]], part: str) -> dict[str, Any] | None:
    """The run that the page shows of a part: the last full one, else the last short one."""
    mine = [run for run in runs if any(figure["part"] == part for figure in run["figures"])]
    full = [run for run in mine if not run["short"]]
    return (full or mine or [None])[-1]


def worth_keeping(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last ones, and older ones that the page still shows."""
    parts = {figure["part"] for run in runs for figure in run["figures"]}
    shown = [latest(runs, part) for part in parts]
    last = len(runs) - MOST_RUNS
    return [run for n, run in enumerate(runs) if n >= last or any(run is one for one in shown)]


def keep(figures: Sequence[Figure], seconds: float, *, is_short: bool) -> None:
    """Add a run to the file; the page is written from the last run of each part."""
    runs = json.loads(KEPT.read_text()) if KEPT.exists() else []
    runs.append(
        {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds),
            "short": is_short,
            "load_average": os.getloadavg()[0],
            "machine": machine(),
            "figures": [asdict(figure) for figure in figures],
        }
    )
    KEPT.write_text(json.dumps(worth_keeping(runs), indent=1, ensure_ascii=False) + "\n")
