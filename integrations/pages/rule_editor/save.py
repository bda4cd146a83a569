"""From what a person has typed into one panel to rules and routing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.errors import RulesError
from integrations.mapping import rules as mapping
from integrations.mapping.values import Problems
from integrations.models import Integration
from integrations.pages.rule_editor import mapping_form, routing_form
from integrations.pages.rule_editor.attributes import clean_links, with_usual_tags
from integrations.pages.rule_editor.condition_rows import (
    LISTS,
    clean_filters,
    clean_row,
    filter_problems,
    from_filters,
)
from integrations.pages.rule_editor.form_tree import Tree, arrange, nest, rows, table, text
from integrations.pages.rule_editor.routing_form import clean_groups, clean_hours, clean_overrides
from integrations.routing import targets
from opsportal.lib.pages import parse_index

RULES, DELAY, FILTERS, OVERRIDES, GROUPS = "rules", "delay", "filters", "overrides", "groups"
PANELS = (RULES, DELAY, FILTERS, OVERRIDES, GROUPS)
TITLES = {
    RULES: "Rules for Opening and Closing an alert",
    DELAY: "Alert Delaying/Grouping",
    FILTERS: "Filters to match Incoming Json/Form Fields",
    OVERRIDES: "Escalation Policy Override",
    GROUPS: "Dynamic Recipient Groups",
}


@dataclass(slots=True)
class Edit:
    """A panel as it was typed, and what the integration would be with it."""

    panel: str
    posted: Tree  # as it stands on the page, blank rows and all
    tree: Tree  # the same, as it is drawn anew
    shape: int | None
    rules: dict[str, Any]
    routing: dict[str, Any]
    problems: Problems


def rules_from_post(integration: Integration, post: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rules and the routing with the posted panel applied. Raises RulesError."""
    edit = read(integration, post)
    if edit.problems:
        raise RulesError(edit.problems)
    return edit.rules, edit.routing


def read(integration: Integration, post: Any) -> Edit:
    """The same, with the problems listed in place of an error."""
    tree = nest(post.items())
    arrange(tree, text(tree, "do"))
    panel = text(tree, "panel")
    edit = Edit(
        panel if panel in PANELS else RULES,
        tree,
        tree,
        _shape(text(tree, "shape"), integration.rules),
        integration.rules,
        integration.routing or {},
        [],
    )
    READERS[edit.panel](edit)
    if edit.panel in (RULES, FILTERS):
        edit.problems += problems_of(mapping.compile, edit.rules)
    else:
        edit.problems += problems_of(targets.check, edit.routing)
    return edit


def spots(edit: Edit) -> dict[str, list[int]]:
    """For each list the places on the page of the rows that are not blank, in their order."""
    posted = edit.posted
    lists = {
        "links": [bool(clean_links([row])) for row in rows(posted, "links")],
        "overrides": [bool(clean_overrides([row])) for row in rows(posted, "overrides")],
        "groups": [bool(clean_groups([row])) for row in rows(posted, "groups")],
        "hours": [bool(clean_hours([row])) for row in rows(posted, "hours")],
    }
    filters = table(posted, "filters")
    lists |= {f"filters.{k}": [bool(clean_row(r)) for r in rows(filters, k)] for k in LISTS}
    return {name: [i for i, is_kept in enumerate(kept) if is_kept] for name, kept in lists.items()}


def problems_of(compiled: Callable[[dict[str, Any]], Any], raw: dict[str, Any]) -> Problems:
    """The problems of these rules; [] for valid ones."""
    try:
        compiled(raw)
    except RulesError as error:
        return error.problems
    return []


def _shape(written: str, rules: Mapping[str, Any]) -> int | None:
    return parse_index(written, len(mapping_form.shapes(dict(rules))))


def _read_rules(edit: Edit) -> None:
    edit.rules = mapping_form.from_form(edit.tree, edit.rules, edit.shape, edit.problems)
    edit.tree = mapping_form.clean_form(edit.tree)
    edit.tree["tags"] = with_usual_tags(edit.tree["tags"])


def _read_delay(edit: Edit) -> None:
    edit.routing = routing_form.from_delay(edit.tree, edit.routing)
    edit.tree = {**edit.tree, "hours": clean_hours(rows(edit.tree, "hours"))}


def _read_filters(edit: Edit) -> None:
    posted = table(edit.tree, "filters")
    edit.problems += filter_problems(posted)
    found = from_filters(posted, edit.rules.get("filters"))
    others = {key: rule for key, rule in edit.rules.items() if key != "filters"}
    edit.rules = others | ({"filters": found} if found else {})
    edit.tree = {"filters": clean_filters(posted)}


def _read_overrides(edit: Edit) -> None:
    found = rows(edit.tree, "overrides")
    edit.routing = routing_form.from_overrides(found, edit.routing)
    edit.tree = {"overrides": clean_overrides(found)}


def _read_groups(edit: Edit) -> None:
    found = rows(edit.tree, "groups")
    edit.routing = routing_form.from_groups(found, edit.routing)
    edit.tree = {"groups": clean_groups(found)}


READERS: dict[str, Callable[[Edit], None]] = {
    RULES: _read_rules,
    DELAY: _read_delay,
    FILTERS: _read_filters,
    OVERRIDES: _read_overrides,
    GROUPS: _read_groups,
}
