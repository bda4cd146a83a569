"""Golden samples: the expected events of each sample, written by ``catalog accept``."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import orjson

from integrations.catalog.template import Sample, Template
from integrations.mapping.rules import Event, Rules

# How a reason is worded, and the place in the list, are no promise. Episodes have a test of their
# own (`tests/integrations/test_episodes.py`).
UNCOMPARED_FIELDS = {"reason", "index", "episode"}


def expectation(event: Event) -> dict[str, Any]:
    """The event as JSON, without what is empty; the action always."""
    found = {field.name: getattr(event, field.name) for field in fields(Event)}
    found = {name: value for name, value in found.items() if name == "action" or value}
    return orjson.loads(
        orjson.dumps({n: v for n, v in found.items() if n not in UNCOMPARED_FIELDS})
    )


def outcome(rules: Rules, sample: Sample) -> list[dict[str, Any]]:
    """What comes of a sample today."""
    return [expectation(event) for event in rules.events(sample.received)]


def accept(template: Template) -> list[Path]:
    """Write the expected file of each sample as it maps today; return those that changed."""
    written = []
    for sample in template.samples:
        today = outcome(template.compiled, sample)
        if today != sample.expected:
            path = sample.path.with_name(f"{sample.name}.expected.json")
            path.write_bytes(orjson.dumps(today, option=orjson.OPT_INDENT_2) + b"\n")
            written.append(path)
    return written


def pairs(template: Template) -> list[tuple[Sample, Sample]]:
    """Each ``close…`` sample with its ``open…``."""
    by_name = {sample.name: sample for sample in template.samples}
    found = []
    for name, sample in by_name.items():
        opened = by_name.get("open" + name.removeprefix("close"))
        if name.startswith("close") and opened:
            found.append((opened, sample))
    return found
