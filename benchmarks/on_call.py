"""Paging whoever is on call: the timers, and the way to the person, with schedules as targets."""

from benchmarks.bench import Bench
from benchmarks.figures import percentile
from benchmarks.latency import mailed
from benchmarks.timers import add_lateness, take_all

PART = "on_call"
NAMED, ON_CALL = "a person named", "whoever is on call"
RATE, MOST_MS = 20, 2000


def run(bench: Bench) -> None:
    """A person whom the step names, and whoever is on call in a schedule, in turns."""
    bench.house.add_on_call()
    bench.house.settle()
    for what, place in ((NAMED, "named_later"), (ON_CALL, "on_call_later")):
        taken, _ = take_all(bench, place)
        add_lateness(bench, PART, f"steps for {what}", taken)
    for what, place in ((NAMED, "named"), (ON_CALL, "on_call")):
        load, times, _ = mailed(bench, place, RATE, bench.amount(60))
        missing = len(load.posts) - len(times) + load.bad
        title = f"{RATE}/s by mail to {what}"
        bench.add(PART, f"{title}: posts refused or never told", "", [missing], most=0)
        bench.add(PART, f"{title}: p50", "ms", [percentile(times, 50)])
        bench.add(PART, f"{title}: p99", "ms", [percentile(times, 99)], most=MOST_MS)
