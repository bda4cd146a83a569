"""Documents of the API as neutral objects."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from integrations.importers.files import Files
from integrations.importers.gathering import Found, Gathering, not_taken
from integrations.importers.goalert.people import read_person
from integrations.importers.goalert.policies import hidden, read_key, read_policy, read_service
from integrations.importers.goalert.schedules import (
    read_rotation,
    read_schedule,
    rendered_of,
    schedule_of,
)
from integrations.importers.goalert.source import Source
from integrations.importers.lists import lists_of
from integrations.importers.neutral import Export, Policy, Schedule
from integrations.importers.rows import Row

KEY = "goalert"
NAMES = {
    "users": ("users", "user"),
    "rotations": ("rotations", "rotation"),
    "schedules": ("schedules", "schedule"),
    "overrides": ("userOverrides",),
    "policies": ("escalationPolicies", "escalationPolicy"),
    "services": ("services", "service"),
    "keys": ("integrationKeys",),
    "monitors": ("heartbeatMonitors",),
}
NEEDED = {
    "users": "users",
    "rotations": "rotations",
    "schedules": "schedules",
    "policies": "escalation policies",
    "services": "services",
}


def read(files: Files, choices: Mapping[str, str]) -> Export:
    """Everything that can be read; what cannot is among the problems. Raises nothing."""
    gathering = Gathering(KEY)
    lists = lists_of(files, NAMES)
    missing = [words for name, words in NEEDED.items() if name not in lists.found]
    lists.problems.extend(f"No list of {words} was found in the files." for words in missing)
    source = Source(lists, choices)
    _each(gathering, source, lists.rows("users"), "user", read_person)
    _each(gathering, source, lists.rows("schedules"), "schedule", read_schedule)
    _each(gathering, source, lists.rows("policies"), "escalation policy", read_policy)
    _each(gathering, source, lists.rows("services"), "service", read_service)
    keys = [hidden(row) for row in lists.rows("keys")]
    _each(gathering, source, keys, "integration key", read_key)
    gathering.nowhere(lists.rows("monitors"), "heartbeat monitor", "Add a heartbeat here.")
    _add_rotations(gathering, source)
    _list_others(gathering, source)
    for row in lists.rows("schedules"):
        gathering.render(row, rendered_of)
    gathering.problems[:0] = lists.problems
    return gathering.export()


def _each(
    gathering: Gathering,
    source: Source,
    rows: Iterable[Row],
    what: str,
    read_one: Callable[[Source, Row], Iterator[Found]],
) -> None:
    gathering.each(rows, what, partial(read_one, source))


def _add_rotations(gathering: Gathering, source: Source) -> None:
    """Those that policies tell, as schedules; those that nothing uses are listed."""
    told = {
        target.id.removeprefix("rotation:")
        for one in gathering.objects
        if isinstance(one, Policy)
        for step in one.steps
        for target in step.targets
        if target.id.startswith("rotation:")
    }
    used = {
        layer["id"]
        for one in gathering.objects
        if isinstance(one, Schedule)
        for layer in one.layers
    }
    rows = source.lists.by_id("rotations")
    _each(gathering, source, [rows[id_] for id_ in sorted(told)], "rotation", read_rotation)
    unused = [row for id_, row in rows.items() if id_ not in used | told]
    gathering.nowhere(unused, "rotation", "No schedule and no policy uses it.")


def _list_others(gathering: Gathering, source: Source) -> None:
    """Overrides whose schedule is not known."""
    known = source.lists.by_id("schedules")
    why = "It names no schedule of the files."
    for row in source.lists.rows("overrides"):
        schedule = schedule_of(row)
        if schedule not in known and (schedule or len(known) != 1):
            gathering.objects.append(not_taken(row, "user override", why))
