"""Documents of the API, or tables, as neutral objects."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from integrations.importers.files import Files
from integrations.importers.gathering import Found, Gathering, not_taken
from integrations.importers.grafana_oncall.changes import open_swap, swap_status
from integrations.importers.grafana_oncall.people import read_person, read_team
from integrations.importers.grafana_oncall.policies import read_chain
from integrations.importers.grafana_oncall.schedules import read_schedule
from integrations.importers.grafana_oncall.services import read_integration
from integrations.importers.grafana_oncall.source import Source
from integrations.importers.grafana_oncall.tables import KINDS, LINKS, TABLES, with_tables
from integrations.importers.grafana_oncall.terraform import documents_of
from integrations.importers.lists import lists_of
from integrations.importers.neutral import Export, Object
from integrations.importers.rows import Row
from integrations.importers.terraform import with_terraform

KEY = "grafana_oncall"
NAMES = {
    "users": ("users",),
    "teams": ("teams",),
    "schedules": ("schedules", "schedule"),
    "shifts": ("on_call_shifts", "shifts"),
    "swaps": ("shift_swaps",),
    "final_shifts": ("final_shifts",),
    "chains": ("escalation_chains",),
    "steps": ("escalation_policies",),
    "rules": ("personal_notification_rules",),
    "integrations": ("integrations",),
    "routes": ("routes",),
    "webhooks": ("webhooks", "outgoing_webhooks", "custom_actions", "actions"),
    "user_groups": ("user_groups",),
    "slack_channels": ("slack_channels",),
}
RAW = {table: (table,) for table in (*TABLES.values(), *KINDS.values(), *LINKS.values())}
NEEDED = {
    "users": "users",
    "schedules": "schedules",
    "shifts": "on-call shifts",
    "chains": "escalation chains",
    "steps": "escalation policies",
    "integrations": "integrations",
}
NOWHERE = {
    "webhooks": ("webhook", "Write it as an action of a workflow."),
    "user_groups": ("Slack user group", "Choose a team where a step tells it."),
}


def read(files: Files, choices: Mapping[str, str], now: datetime | None = None) -> Export:
    """Everything that can be read; what cannot is among the problems. Raises nothing.

    ``now``: shifts that have ended before are asked about; None is the present.
    """
    gathering = Gathering(KEY)
    lists = with_tables(lists_of(with_terraform(files, documents_of), {**NAMES, **RAW}))
    lists.problems.extend(
        f"No list of {words} was found in the files."
        for name, words in NEEDED.items()
        if name not in lists.found
    )
    source = Source(lists, choices, now or datetime.now(UTC))
    _each(gathering, source, "users", "user", read_person)
    _each(gathering, source, "teams", "team", read_team)
    _each(gathering, source, "schedules", "schedule", read_schedule)
    gathering.each(lists.rows("swaps"), "shift swap", partial(_other_swap, source))
    gathering.each(lists.rows("shifts"), "on-call shift", partial(_other_shift, source))
    _each(gathering, source, "chains", "escalation chain", read_chain)
    _each(gathering, source, "integrations", "integration", read_integration)
    for name, (what, why) in NOWHERE.items():
        gathering.nowhere(lists.rows(name), what, why)
    for row in lists.rows("schedules"):
        gathering.render(row, source.final_shifts)
    gathering.problems[:0] = lists.problems
    return gathering.export()


def _each(
    gathering: Gathering,
    source: Source,
    name: str,
    what: str,
    read_one: Callable[[Source, Row], Iterator[Found]],
) -> None:
    gathering.each(source.lists.rows(name), what, partial(read_one, source))


def _other_swap(source: Source, row: Row) -> Iterator[Object]:
    """A swap that is no override: asked for, over, or of no schedule. Raises FieldError."""
    status = swap_status(row)
    if status not in ("open", "taken"):
        yield not_taken(row, "shift swap", f"It is {status.replace('_', ' ')}.")
    elif row.text("schedule") not in source.lists.by_id("schedules"):
        yield not_taken(row, "shift swap", "Its schedule is not among those of the files.")
    elif status == "open":
        yield open_swap(row, source.now)


def _other_shift(source: Source, row: Row) -> Iterator[Object]:
    """A shift that no schedule has. Raises FieldError."""
    id_ = row.id()
    schedules = source.lists.by_id("schedules")
    is_named = any(id_ in schedule.texts("shifts") for schedule in schedules.values())
    if not is_named and row.text("schedule") not in schedules:
        yield not_taken(row, "on-call shift", "No schedule of the files has it.")
