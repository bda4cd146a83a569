"""What the templates of the five panels are given."""

from typing import Any
from zoneinfo import available_timezones

from django.urls import reverse
from django.utils import timezone

from escalation.models import Play, Policy
from incidents.models import Team
from integrations.inbound.redaction import secrets_of
from integrations.models import Integration
from integrations.pages.rule_editor import error_places, mapping_form, panels, preview, save
from integrations.pages.rule_editor.attributes import with_usual_tags
from integrations.pages.rule_editor.condition_rows import to_filters
from integrations.pages.rule_editor.error_places import Problem
from integrations.pages.rule_editor.form_tree import ROW_ACTIONS, Tree, rows
from integrations.pages.rule_editor.routing_form import DAYS, to_delay, to_groups, to_overrides
from integrations.pages.rule_editor.routing_preview import preview_routing
from integrations.pages.rule_editor.sample_message import PASTED, choices, default_key, look_up
from integrations.pages.rule_editor.save import (
    DELAY,
    FILTERS,
    GROUPS,
    OVERRIDES,
    PANELS,
    RULES,
    Edit,
)
from integrations.pages.rule_editor.summary import LONG_DAYS, say_delay
from opsportal.lib.pages import parse_index

# The parts of each panel that show what is wrong with them.
DRAWN = {
    RULES: (
        *("fields.", "custom_fields", "tags", "links", "conditions."),
        *("severity", "requires", "each", "source"),
    ),
    DELAY: (
        *("delay", "rule", "hours", "grouping", "group_minutes", "by"),
        *("close_after_minutes", "time_zone"),
    ),
    FILTERS: ("filters",),
    OVERRIDES: ("overrides",),
    GROUPS: ("groups", "dynamic_groups"),
}
MAX_EVENTS = 10_000
NEW_HOURS = {"days": dict.fromkeys(DAYS[:5], "on")}
ZONES = sorted(available_timezones())


def panels_of(integration: Integration, asked: Any, edit: Edit | None = None) -> dict[str, Any]:
    """The panels as they are saved, or with one as it was typed (``edit``)."""
    key, pasted = asked.get("shown") or default_key(integration), asked.get("pasted", "")
    shown = look_up(integration, key, pasted)
    rules = edit.rules if edit else integration.rules
    routing = edit.routing if edit else integration.routing or {}
    event = parse_index(asked.get("event"), MAX_EVENTS) or 0
    result = preview.run(rules, shown, event=event, secrets=secrets_of(integration))
    shape = edit.shape if edit and edit.panel == RULES else _shape(rules, asked, result)
    is_row_action = asked.get("do", "").startswith(ROW_ACTIONS)
    # A row button draws the panel as it was typed, with its blank rows.
    drawn = edit and {edit.panel: edit.posted if is_row_action else edit.tree}
    trees = _trees(integration, shape) | (drawn or {})
    problems = error_places.placed(edit.problems, trees[edit.panel]) if edit else {}
    tried = edit or Edit(RULES, trees[RULES], trees[RULES], shape, rules, integration.routing, [])
    is_other = preview.is_other_shape(result, tried, shape)
    found = {
        "url": reverse("integration_advanced", args=[integration.pk]),
        "panels": _drawn(integration, rules, shape, trees),
        "open_panel": edit.panel if edit else asked.get("panel", ""),
        "problems": problems,
        "general_problems": _homeless(problems, edit),
        "values": {} if is_other else preview.values_of(result, trees[RULES]),
        "choices": choices(integration),
        "shown": shown.key or key,
        "pasted": pasted,
        "is_pasted": key == PASTED,
        "preview": result,
        "event": event,
        "says": say_delay(routing),
        "routing": preview_routing(routing, result, timezone.now()),
        **preview.verdict(result, tried, shape),
    }
    return {"editor": found}


def _trees(integration: Integration, shape: int | None) -> dict[str, Tree]:
    rules, routing = integration.rules, integration.routing or {}
    form = mapping_form.to_form(rules, shape)
    form["tags"] = with_usual_tags(form["tags"])
    return {
        RULES: form,
        DELAY: to_delay(routing),
        FILTERS: {"filters": to_filters(rules.get("filters"))},
        OVERRIDES: {"overrides": to_overrides(routing)},
        GROUPS: {"groups": to_groups(routing)},
    }


def _drawn(
    integration: Integration, rules: dict[str, Any], shape: int | None, trees: Any
) -> dict[str, Any]:
    overrides, groups = rows(trees[OVERRIDES], "overrides"), rows(trees[GROUPS], "groups")
    policies, plays = _named(Policy, "policy:"), _named(Play, "play:")
    teams, targets = _named(Team), policies + plays
    return {
        "titles": save.TITLES,
        "names": PANELS,
        "rules": panels.rules_panel(rules, shape, trees[RULES]),
        "delay": _delay(trees[DELAY]),
        "filters": panels.filters_panel(trees[FILTERS]),
        "overrides": _marked(panels.when_rows("overrides", overrides), "target", targets),
        "groups": _marked(panels.when_rows("groups", groups), "team", teams),
        "days": LONG_DAYS.items(),
        "zones": ZONES,
        "policies": policies,
        "plays": plays,
        "teams": teams,
        "counts": {
            FILTERS: sum(map(len, to_filters(integration.rules.get("filters")).values())),
            OVERRIDES: len(to_overrides(integration.routing or {})),
            GROUPS: len(to_groups(integration.routing or {})),
        },
        "is_delayed": bool((integration.routing or {}).get("delay")),
        "is_grouped": bool((integration.routing or {}).get("grouping")),
    }


def _named(model: Any, prefix: str = "") -> list[tuple[str, str]]:
    return [(f"{prefix}{pk}", name) for pk, name in model.objects.values_list("pk", "name")]


def _marked(drawn: list[Any], key: str, known: list[tuple[str, str]]) -> list[Any]:
    """The rows, with a mark on each whose policy, play or team is gone."""
    values = {value for value, _ in known}
    return [{**row, "is_gone": bool(row.get(key)) and row[key] not in values} for row in drawn]


def _delay(tree: Tree) -> Tree:
    hours = [row or NEW_HOURS for row in rows(tree, "hours")] or [{}]
    return {
        **to_delay({}),
        **tree,
        "hours": [{**row, "name": f"hours.{i}"} for i, row in enumerate(hours)],
    }


def _shape(rules: dict[str, Any], asked: Any, result: preview.Preview) -> int | None:
    """The one that is asked for, else the one that reads the message."""
    names = mapping_form.shapes(rules)
    written = asked.get("shape", "")
    if not names or written == "all":
        return None
    if (index := parse_index(written, len(names))) is not None:
        return index
    name = result.chosen.get("variant")
    return names.index(name) if name in names else 0


def _homeless(problems: dict[str, list[Problem]], edit: Edit | None) -> list[Problem]:
    """What has no place that is drawn: of another panel, or beyond the form."""
    if edit is None:
        return []
    return [
        Problem(f"{name}: {one.says}" if name else one.says)
        for name, found in problems.items()
        if not name.startswith(DRAWN[edit.panel])
        for one in found
    ]
