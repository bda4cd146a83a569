"""Inbound messages of the last hour as a stacked bar chart, in the units of an SVG viewBox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTES = 60
WIDTH, HEIGHT = 720, 120
STEP_PX = WIDTH / MINUTES
GAP_PX = 2.5
# From the bottom up; each with the statuses of messages that it counts.
LAYERS = {
    "mapped": ("mapped", "appended"),
    "ignored": ("ignored",),
    "failed": ("failed", "rejected"),
    "waiting": ("pending",),
}
LAYER_OF = {status: layer for layer, statuses in LAYERS.items() for status in statuses}


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a bar that shows one layer; ``y`` counts from the top."""

    layer: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One minute, with the count of each layer."""

    x: float
    at: datetime
    counts: dict[str, int]
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class Chart:
    """60 bars, oldest first; ``top`` is the count that the full height stands for."""

    bars: list[Bar]
    totals: dict[str, int]
    top: int
    bar_width: float = round(STEP_PX - GAP_PX, 2)

    @property
    def total(self) -> int:
        return sum(self.totals.values())


def build_chart(rows: Iterable[tuple[datetime, str, int]], now: datetime) -> Chart:
    """Rows are (minute, status, count); the last bar is the current minute."""
    first = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    minutes = [dict.fromkeys(LAYERS, 0) for _ in range(MINUTES)]
    for at, status, count in rows:
        number = int((at - first).total_seconds() // 60)
        if 0 <= number < MINUTES:
            minutes[number][LAYER_OF[status]] += count
    top = max(1, *(sum(counts.values()) for counts in minutes))
    bars = [
        Bar(round(n * STEP_PX, 2), first + timedelta(minutes=n), counts, _stack(counts, top))
        for n, counts in enumerate(minutes)
    ]
    totals = {layer: sum(counts[layer] for counts in minutes) for layer in LAYERS}
    return Chart(bars, totals, top)


def _stack(counts: dict[str, int], top: int) -> list[Segment]:
    """A segment is at least 2 units high, so that one message among thousands is visible."""
    segments, floor = [], float(HEIGHT)
    for layer, count in counts.items():
        if count:
            height = round(max(2.0, count / top * HEIGHT), 2)
            floor = max(0.0, round(floor - height, 2))
            segments.append(Segment(layer, floor, height))
    return segments
