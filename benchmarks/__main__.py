"""`make bench`, or `make bench ONLY=accept` for one part; ONLY=accept,drain for several."""

import argparse
import time
import traceback

from benchmarks import (
    accept,
    alertmanager_storm,
    attack,
    catalog,
    coverage,
    drain,
    figures,
    full,
    imports,
    lanes,
    large_message,
    latency,
    on_call,
    page,
    same_integration,
    schedules,
    storm,
    timers,
    told,
    volume,
    weight,
)
from benchmarks.bench import Bench

PARTS = {
    "accept": accept.run,
    "attack": attack.run,
    "drain": drain.run,
    "latency": latency.run,
    "lanes": lanes.run,
    "storm": storm.run,
    "same": same_integration.run,
    "large": large_message.run,
    "flood": alertmanager_storm.run,
    "timers": timers.run,
    "on_call": on_call.run,
    "told": told.run,
    "weight": weight.run,
    "full": full.run,
    "catalog": catalog.run,
    "schedules": schedules.run,
    "coverage": coverage.run,
    "import": imports.run,
    "volume": volume.run,
}
LONG = ("volume",)  # only where it is named


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="?", default="", help=", ".join(PARTS))
    parser.add_argument("--short", action="store_true", help="to try it: a tenth as long")
    options = parser.parse_args()
    names = [name for name in options.only.split(",") if name] or [
        name for name in PARTS if name not in LONG
    ]
    bench, began, failed = Bench(is_short=options.short), time.monotonic(), False
    with bench.stack:
        for name in names:
            began_at, before = time.monotonic(), len(bench.figures)
            try:
                PARTS[name](bench)
            except Exception:  # noqa: BLE001 - the other parts are worth measuring all the same
                traceback.print_exc()
                failed = True
            else:  # At once: a run that is broken off keeps what it has measured.
                made, seconds = bench.figures[before:], time.monotonic() - began_at
                figures.keep(made, seconds, is_short=options.short)
    page.write()
    missed = [figure for figure in bench.figures if not figure.is_kept]
    seconds = time.monotonic() - began
    print(f"{len(bench.figures)} figures, {len(missed)} of them missed, in {seconds:.0f} s")
    return int(failed or bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
