"""Tables as neutral objects."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from integrations.importers.files import Files
from integrations.importers.gathering import Found, Gathering, not_taken
from integrations.importers.lists import lists_of
from integrations.importers.neutral import Export, Schedule
from integrations.importers.opsknight.people import read_person, read_team
from integrations.importers.opsknight.policies import (
    nameless_policies,
    read_integration,
    read_policy,
    read_service,
)
from integrations.importers.opsknight.rendering import rendered_of, span_of
from integrations.importers.opsknight.schedules import read_schedule
from integrations.importers.opsknight.source import Source
from integrations.importers.rows import FieldError, Row

KEY = "opsknight"
NAMES = {
    "users": ("User", "users"),
    "teams": ("Team", "teams"),
    "members": ("TeamMember", "team_members"),
    "schedules": ("OnCallSchedule",),
    "layers": ("OnCallLayer",),
    "ring": ("OnCallLayerUser",),
    "overrides": ("OnCallOverride",),
    "policies": ("EscalationPolicy",),
    "rules": ("EscalationRule",),
    "services": ("Service", "services"),
    "integrations": ("Integration", "integrations"),
    "webhooks": ("WebhookIntegration",),
    "status_pages": ("StatusPage",),
    "templates": ("IncidentTemplate",),
    "fields": ("CustomField",),
}
NEEDED = {
    "users": "User",
    "teams": "Team",
    "members": "TeamMember",
    "schedules": "OnCallSchedule",
    "layers": "OnCallLayer",
    "ring": "OnCallLayerUser",
    "policies": "EscalationPolicy",
    "rules": "EscalationRule",
    "services": "Service",
    "integrations": "Integration",
}
NOWHERE = {
    "webhooks": ("webhook", "Write it as an action of a workflow, or as a shared channel."),
    "status_pages": ("status page", "There are no status pages here."),
    "templates": ("incident template", "Write it here where it is still wanted."),
    "fields": ("custom field", "Add it here where it is still wanted."),
}
ORPHANS = {"layers": ("layer", "scheduleId"), "overrides": ("override", "scheduleId")}


def read(files: Files, choices: Mapping[str, str], now: datetime | None = None) -> Export:
    """Everything that can be read; what cannot is among the problems. Raises nothing.

    ``now``: from when on who is on call is worked out by OpsKnight's rules; None is the present.
    """
    gathering = Gathering(KEY)
    lists = lists_of(files, NAMES)
    missing = [table for name, table in NEEDED.items() if name not in lists.found]
    lists.problems.extend(f"No table {table} was found in the files." for table in missing)
    disabled = [row for row in lists.rows("users") if str(row.get("status")).lower() == "disabled"]
    ids = frozenset(str(row.get("id")) for row in disabled)
    source = Source(lists, choices, now or datetime.now(UTC), ids)
    _each(gathering, source, lists.rows("users"), "user", read_person)
    _each(gathering, source, lists.rows("teams"), "team", read_team)
    _each(gathering, source, lists.rows("schedules"), "schedule", read_schedule)
    policies = [*lists.rows("policies"), *nameless_policies(source)]
    _each(gathering, source, policies, "escalation policy", read_policy)
    _each(gathering, source, lists.rows("services"), "service", read_service)
    _each(gathering, source, lists.rows("integrations"), "integration", read_integration)
    _list_others(gathering, source)
    known = {one.id for one in gathering.objects if isinstance(one, Schedule)}
    for id_, row in lists.by_id("schedules").items():
        if id_ in known:
            _render(gathering, source, row)
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


def _list_others(gathering: Gathering, source: Source) -> None:
    for name, (what, why) in NOWHERE.items():
        gathering.nowhere(source.lists.rows(name), what, why)
    schedules = source.lists.by_id("schedules")
    for name, (what, field) in ORPHANS.items():
        why = "Its schedule is not among those of the files."
        for row in source.lists.rows(name):
            if str(row.get(field)) not in schedules:
                gathering.objects.append(not_taken(row, what, why))


def _render(gathering: Gathering, source: Source, row: Row) -> None:
    id_ = row.id()
    try:
        gathering.rendered[id_] = rendered_of(source, row)
    except FieldError as error:
        gathering.problems.append(str(error))
        return
    gathering.spans[id_] = span_of(source)
