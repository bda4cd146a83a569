"""The documents of an account as neutral objects."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from integrations.importers.files import Files
from integrations.importers.gathering import Found, Gathering
from integrations.importers.lists import lists_of
from integrations.importers.neutral import Export, RenderedShift, Schedule
from integrations.importers.pagerduty.account import Account
from integrations.importers.pagerduty.people import read_person, read_team
from integrations.importers.pagerduty.policies import expiries_of, read_policy
from integrations.importers.pagerduty.schedules import read_schedule, rendered_of
from integrations.importers.pagerduty.services import read_service
from integrations.importers.pagerduty.shifts import read_shift_schedule, rendered_shifts
from integrations.importers.pagerduty.terraform import documents_of
from integrations.importers.rows import FieldError, Row
from integrations.importers.terraform import with_terraform

KEY = "pagerduty"
NAMES = {
    "users": ("users", "user"),
    "teams": ("teams", "team"),
    "members": ("members", "team_members", "memberships"),
    "schedules": ("schedules", "schedule", "v3_schedules", "schedules_v3"),
    "overrides": ("overrides",),
    "v3_overrides": ("v3_overrides",),
    "custom_shifts": ("custom_shifts",),
    "policies": ("escalation_policies", "escalation_policy"),
    "services": ("services", "service"),
    "hand_off_rules": ("oncall_handoff_notification_rules",),
    "response_plays": ("response_plays",),
    "orchestrations": ("orchestrations", "event_orchestrations"),
    "rulesets": ("rulesets",),
    "business_services": ("business_services",),
    "maintenance_windows": ("maintenance_windows",),
    "incident_workflows": ("incident_workflows",),
    "extensions": ("extensions",),
    "webhooks": ("webhook_subscriptions",),
}
NEEDED = ("users", "teams", "schedules", "policies", "services")
CHANGES = ("overrides", "v3_overrides", "custom_shifts")  # by the id of their schedule
NOWHERE = {
    "response_plays": ("response play", "Write it as a response play here."),
    "orchestrations": ("event orchestration", "Write its rules as those of the integration."),
    "rulesets": ("ruleset", "Write its rules as those of the integration."),
    "business_services": ("business service", "There are no business services here."),
    "maintenance_windows": ("maintenance window", "Plan it here, where it is still to come."),
    "incident_workflows": ("incident workflow", "Write it as a workflow here."),
    "extensions": ("extension", "It is set up here by its own integration."),
    "webhooks": ("webhook", "It is set up here by its own integration."),
}


def read(files: Files, choices: Mapping[str, str], now: datetime | None = None) -> Export:
    """Everything that can be read; what cannot is among the problems. Raises nothing.

    ``now``: layers that have ended before are asked about; None is the present.
    """
    gathering = Gathering(KEY)
    lists = lists_of(with_terraform(files, documents_of), NAMES, NEEDED)
    expiries = expiries_of(lists.rows("services"))
    account = Account(lists, choices, now or datetime.now(UTC), expiries)
    _each(gathering, account, "users", "user", read_person)
    _each(gathering, account, "teams", "team", read_team)
    _each(gathering, account, "schedules", "schedule", _schedule)
    _each(gathering, account, "policies", "escalation policy", read_policy)
    _each(gathering, account, "services", "service", read_service)
    for name, (what, why) in NOWHERE.items():
        gathering.nowhere(lists.rows(name), what, why)
    known = {one.id for one in gathering.objects if isinstance(one, Schedule)}
    lost = [row for name in CHANGES for row in lists.rows(name) if str(row.get("of")) not in known]
    gathering.nowhere(lost, "override", "Its schedule is not among those that are taken.")
    for row in lists.rows("schedules"):
        gathering.render(row, _rendered)
    gathering.problems[:0] = lists.problems
    return gathering.export()


def _each(
    gathering: Gathering,
    account: Account,
    name: str,
    what: str,
    read_one: Callable[[Account, Row], Iterator[Found]],
) -> None:
    gathering.each(account.lists.rows(name), what, partial(read_one, account))


def _schedule(account: Account, row: Row) -> Iterator[Found]:
    if row.has("rotations"):
        return read_shift_schedule(account, row)
    if not row.has("schedule_layers"):
        raise FieldError(f"{row.place}.schedule_layers is missing: export each schedule by its id.")
    return read_schedule(account, row)


def _rendered(row: Row) -> tuple[RenderedShift, ...]:
    return rendered_shifts(row) if row.has("rotations") else rendered_of(row)
