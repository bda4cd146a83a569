"""One round of the part "catalog", in a process that has read nothing yet."""

import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from integrations import catalog
from integrations.catalog import Template
from integrations.catalog.detection import GENERIC, Guess, all_samples, detect
from integrations.mapping.rules import Received

# Only their labels could tell these apart: their format is that of Alertmanager.
ALIKE = {"alertmanager", "prometheus-server", "signoz", "victoriametrics-vmalert"}
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


def rank() -> dict[str, float]:
    """How often the right tool is named first for a sample that is left out of the catalog, how
    often that guess is weak, and how often a guess is sure where the tool itself is left out: %."""
    right, weak, sure, count = 0, 0, 0, 0
    for one in catalog.all_templates().values():
        if one.kind == "api" and one.category != GENERIC:
            for sample in one.samples:
                guesses = detect(sample.received, samples=all_samples().without(one, sample))
                others = detect(sample.received, 1, all_samples().without_tools(like(one.slug)))
                right += bool(guesses) and is_alike(guesses[0].template, one)
                weak += not guesses or guesses[0].is_weak
                sure += any(map(_is_sure, others))
                count += 1
    shares = {"right": right, "weak": weak, "sure": sure}
    return {name: 100 * found / count for name, found in shares.items()}


def like(slug: str) -> set[str]:
    """The tool, and those that send exactly the same format."""
    return ALIKE if slug in ALIKE else {slug}


def is_alike(one: Template, other: Template) -> bool:
    return one.slug in like(other.slug)


def _is_sure(guess: Guess) -> bool:
    return guess.template.category != GENERIC and not guess.is_weak


if __name__ == "__main__":
    print(json.dumps(rank() if "rank" in sys.argv else measure()))
