"""One round of the part "catalog", in a process that has read nothing yet."""

import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from integrations import catalog
from integrations.catalog import Template
from integrations.catalog.detection import detect
from integrations.mapping.rules import Received

ASKED = 150  # as many samples are enough to ask about


def measure() -> dict[str, Any]:
    """One round, in this process."""
    before = time.perf_counter()
    templates = catalog.all_templates()
    catalog.find("")
    start = time.perf_counter() - before
    tracemalloc.start()
    catalog.all_templates.cache_clear()
    templates = catalog.all_templates()
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    samples = [(one, sample.received) for one in templates.values() for sample in one.samples]
    mapped = sorted(_best(one, received) for one, received in samples)
    asked = [received for one, received in samples if one.kind == "api"]
    asked = asked[:: max(1, len(asked) // ASKED)]
    first = _took(detect, asked[0])
    took = sorted(_took(detect, sent) for sent in asked)
    return {
        "templates": len(templates),
        "samples": len(samples),
        "start": start * 1000,
        "memory": memory / 2**20,
        "map": mapped[len(mapped) // 2] * 1000,
        "slowest": mapped[-1] * 1000,
        "first": first * 1000,
        "recognize": took[len(took) * 95 // 100] * 1000,
    }


def _best(template: Template, received: Received) -> float:
    rules = template.compiled
    return min(_took(rules.events, received) for _ in range(5))


def _took(do: Callable[[Received], Any], received: Received) -> float:
    before = time.perf_counter()
    do(received)
    return time.perf_counter() - before


if __name__ == "__main__":
    print(json.dumps(measure()))
