"""Neutral schedules as ours, with the ids of people here; what steps cannot say here."""

from collections.abc import Mapping
from typing import Any

from escalation.plans.conditions import Condition, check_condition
from escalation.schedules.definition import Definition, Window, problems_of
from integrations.importers.known_zones import known_zones
from integrations.importers.layers import check_layers, layer_of
from integrations.importers.neutral import Kind, Policy, Schedule
from integrations.importers.plan import Here
from integrations.importers.references import Resolve, target_refs
from integrations.importers.rows import FieldError

NEVER = "2999-01-01T00:00"  # from when a layer is that does not begin


def definition_of(schedule: Schedule, resolve: Resolve) -> Definition:
    """Its layers as ours; people without an id here leave their place empty.

    Raises ValueError, KeyError or TypeError for a layer that cannot be.
    """
    layers = [_layer(schedule, layer, resolve) for layer in schedule.layers]
    return Definition.from_json({"zone": schedule.zone, "layers": layers})


def _layer(schedule: Schedule, layer: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    found = layer_of(**layer)
    slots = [[resolve((Kind.PERSON, person)) for person in slot] for slot in found["ring"]]
    found["ring"] = [[i for i in dict.fromkeys(slot) if i is not None] for slot in slots]
    is_named = layer["id"] in schedule.calendars or layer["id"] in schedule.named
    found["calendar"] = bool(found.get("calendar")) or is_named
    if not schedule.is_enabled:
        found["from"], found["until"] = NEVER, None
    return found


def is_readable(url: str) -> bool:
    """Whether a calendar at this address can be read from here."""
    return url.lower().startswith("https://")


def schedule_problem(schedule: Schedule) -> str:
    """Why it cannot be taken, as a sentence; '' where it can."""
    numbers: dict[str, int] = {}

    def any_id(ref: tuple[Kind, str]) -> int:
        return numbers.setdefault(ref[1], len(numbers) + 1)

    try:
        definition = definition_of(schedule, any_id)
        check_layers("It", [layer_of(**layer) for layer in schedule.layers])
    except FieldError as error:
        return str(error)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"A layer cannot be read: {error}."
    found = [*map(": ".join, problems_of(definition)), *_values(definition)]
    return "; ".join(found)


def _values(definition: Definition) -> list[str]:
    """What a layer must not say, and what nothing else looks at."""
    zones = {definition.zone, *(layer.zone for layer in definition.layers)} - {""}
    found = [f"there is no time zone {zone}" for zone in sorted(zones - known_zones())]
    for layer in definition.layers:
        windows = [window for window in layer.windows if not _is_window(window)]
        if layer.every < 1 or layer.primaries < 1 or layer.step < 0 or windows:
            found.append(f"the layer {layer.name} has a length, a role or hours that cannot be")
    return found


def _is_window(window: Window) -> bool:
    return window.days <= frozenset(range(7)) and 0 <= window.plus_days <= 6


def condition_problem(condition: Mapping[str, Any]) -> str:
    """Why a condition of a step cannot be taken; '' where it can."""
    try:
        words = (str(condition[name]) for name in ("field", "operator", "value"))
        check_condition(Condition(*words))
    except (ValueError, KeyError) as error:
        return str(error)
    return ""


def step_notes(policy: Policy, resolve: Resolve, here: Here) -> list[str]:
    """What the steps cannot say here, in sentences."""
    found = []
    for number, step in enumerate(policy.steps, start=1):
        for target in step.targets:
            missing = [ref for ref in target_refs(target) if resolve(ref) is None]
            if missing or not (target_refs(target) or target.kind == "recipient_teams"):
                kind, names = target.kind.replace("_", " "), ", ".join(ref[1] for ref in missing)
                found.append(f"Step {number} tells a {kind} that is not taken: {names or 'none'}.")
        problems = filter(None, map(condition_problem, step.conditions))
        found += [f"Step {number} has a condition that is left out: {one}" for one in problems]
        if lacking := [channel for channel in step.channels if channel not in here.channels]:
            found.append(f"Step {number} is told by {', '.join(lacking)}, which is not here.")
    return found
