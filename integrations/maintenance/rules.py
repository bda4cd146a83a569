"""The rules of a maintenance window: which alerts it is for. One description for each.

A further rule is four edits: its column in the model with a migration, a `WindowRule` here, and a
field of `integrations.pages.maintenance.forms.WindowForm`. The actions, the API, the page, the
sentences and the evaluation take it from there.

Conditions look at the fields of an alert by their names (``FIELDS``, ``tags.env``,
``custom_fields.host``), and not at the message: so one window fits alerts of any tool, and a
suppressed alert can be evaluated again when the window is changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.mapping.conditions import Condition, compile_condition
from integrations.mapping.paths import Scope
from integrations.mapping.values import Problems
from integrations.models import MaintenanceWindow

FIELDS = (
    *("severity", "title", "source", "source_name", "source_id", "status", "short_text"),
    *("long_text", "url", "assignee", "topic", "severity_text", "dedup_key"),
)
MAPS = ("tags", "custom_fields")
MAX_NAMED_TARGETS = 3


@dataclass(frozen=True, slots=True)
class Subject:
    """What a window looks at: the integration that reported an alert, and the alert's fields."""

    integration_id: int | None
    service_id: int
    fields: dict[str, Any]

    @property
    def scope(self) -> Scope:
        return Scope(self.fields, self.fields)


Matcher = Callable[[Subject], bool]


@dataclass(frozen=True, slots=True)
class WindowRule:
    """One rule of a window.

    ``columns``: those of `MaintenanceWindow` that hold it. ``compile``: row → whether an alert
    fits; it notes (field, problem) for a row that cannot work. ``describe``: row → a phrase, ''
    where every alert fits.
    """

    columns: tuple[str, ...]
    compile: Callable[[MaintenanceWindow, Problems], Matcher]
    describe: Callable[[MaintenanceWindow], str]


def compile_targets(row: MaintenanceWindow, problems: Problems) -> Matcher:
    """Whether an alert is of one of its services, or came in by one of its integrations."""
    if row.is_for_all:
        return lambda subject: True
    integrations = frozenset(one.pk for one in row.integrations.all())
    services = frozenset(one.pk for one in row.services.all())
    return lambda subject: subject.integration_id in integrations or subject.service_id in services


def describe_targets(row: MaintenanceWindow) -> str:
    """Everything, or the first few by name: "Shop, Mail and 4 more"."""
    if row.is_for_all:
        return "everything"
    names = [one.name for one in row.services.all()] + [one.name for one in row.integrations.all()]
    if len(names) > MAX_NAMED_TARGETS + 1:
        names = [*names[:MAX_NAMED_TARGETS], f"{len(names) - MAX_NAMED_TARGETS} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def compile_conditions(raw: Any, problems: Problems) -> Condition | None:
    """The rows of conditions; a problem is noted where a field is none of an alert's."""
    condition = compile_condition(raw, "conditions", problems)
    for place, row in enumerate(raw if isinstance(raw, list) else []):
        path = row.get("path") if isinstance(row, dict) else None
        head = str(path or "status").replace("^", ".").partition(".")[0]
        if head not in FIELDS and head not in MAPS:
            known = ", ".join((*FIELDS, *(f"{name}.…" for name in MAPS)))
            where = f"conditions[{place}]"
            problems.append((where, f"“{path}” is no field of an alert; known: {known}"))
    return condition


def _compile_conditions(row: MaintenanceWindow, problems: Problems) -> Matcher:
    condition = compile_conditions(row.conditions, problems)
    if condition is None:
        return lambda subject: True
    return lambda subject: condition.fits(subject.scope, subject.fields.get("status"))


def _describe_conditions(row: MaintenanceWindow) -> str:
    condition = compile_condition(row.conditions, "conditions", [])
    return condition.says if condition else ""


TARGETS = WindowRule(("is_for_all", "services", "integrations"), compile_targets, describe_targets)
CONDITIONS = WindowRule(("conditions",), _compile_conditions, _describe_conditions)
# All must hold for an alert to be suppressed.
RULES = (TARGETS, CONDITIONS)


def describe_filters(row: MaintenanceWindow) -> str:
    """Which alerts of its targets, as one sentence; '' for all of them."""
    return " and ".join(
        text for rule in RULES if rule is not TARGETS and (text := rule.describe(row))
    )
