"""The first panel: how one shape of message is read, as a form and back.

``shape`` is the place of a variant, or None for what holds for all of them.
"""

import copy
from typing import Any

from integrations.mapping.compiler import ATTRIBUTES, DECISIONS, FIELDS
from integrations.mapping.values import Problems
from integrations.pages.rule_editor.attributes import (
    clean_details,
    clean_links,
    from_details,
    from_links,
    required_of,
    required_paths,
    to_details,
    to_links,
)
from integrations.pages.rule_editor.condition_rows import clean_row, from_row, to_row
from integrations.pages.rule_editor.field_options import clean_options, from_options, to_options
from integrations.pages.rule_editor.form_tree import Tree, lines, rows, table, text
from integrations.pages.rule_editor.severity_table import clean_severity, from_severity, to_severity

VALUES = tuple(name for name in FIELDS if name not in (*ATTRIBUTES, "links"))
CONDITIONS = tuple(key for key, _ in DECISIONS)
PATHS = ("requires", "each")
# What the form shows as it is, and leaves to the expert view.
BEYOND = ("when", "decode", "ignore", "key")


def shapes(rules: dict[str, Any]) -> list[str]:
    """The names of the variants; none where the rules have but one shape."""
    found = rules.get("variants")
    found = found if isinstance(found, list) else []
    return [str(v.get("name") or f"shape {i + 1}") for i, v in enumerate(found) if _is_table(v)]


def part(rules: dict[str, Any], shape: int | None) -> dict[str, Any]:
    """The rules of one shape alone; IndexError where there is none."""
    return rules if shape is None else rules["variants"][shape]


def has_each(rules: dict[str, Any], shape: int | None) -> bool:
    """Whether this shape makes an alert of each item of a list."""
    return bool(part(rules, shape).get("each") or rules.get("each"))


def to_form(rules: dict[str, Any], shape: int | None = None) -> Tree:
    """What the form shows of this shape."""
    raw = part(rules, shape)
    fields = table(raw, "fields")
    requires = _paths(raw.get("requires"))
    custom = to_details(fields.get("custom_fields"))
    # Items of a list are read one by one; what is required is looked for in the whole message.
    custom = custom if has_each(rules, shape) else required_of(custom, requires)
    ticked = {row["options"][0]["text"].strip() for row in custom if "required" in row}
    found: Tree = {
        "fields": {name: to_options(fields.get(name)) for name in VALUES},
        "custom_fields": custom,
        "tags": to_details(fields.get("tags")),
        "links": to_links(fields.get("links")),
        "severity": to_severity(raw.get("severity")),
        "conditions": {key: to_row(raw.get(key)) for key in CONDITIONS},
        "requires": "\n".join(path for path in requires if path not in ticked),
        "each": "\n".join(_paths(raw.get("each"))),
    }
    if shape is None:
        stops = raw.get("ignore_acknowledge", True) is False
        source = raw.get("source")
        found |= {"source": source if isinstance(source, str) else "", "stops": "on" * stops}
    return found


def from_form(
    tree: Tree, rules: dict[str, Any], shape: int | None, problems: Problems
) -> dict[str, Any]:
    """The rules with this shape as the form says; what the form does not know stays."""
    made = copy.deepcopy(rules)
    raw = part(made, shape)
    _put(raw, "fields", _fields(tree, table(raw, "fields"), problems))
    severity = table(tree, "severity")
    _put(raw, "severity", from_severity(severity, raw.get("severity"), "severity.map", problems))
    for key in CONDITIONS:
        _put(raw, key, from_row(table(table(tree, "conditions"), key), raw.get(key)))
    required = required_paths(rows(tree, "custom_fields"), "fields.custom_fields", problems)
    _put(raw, "requires", _from_paths([*lines(text(tree, "requires")), *required], raw, "requires"))
    _put(raw, "each", _from_paths(lines(text(tree, "each")), raw, "each"))
    if shape is None:
        _top(tree, raw)
    return made


def clean_form(tree: Tree) -> Tree:
    """The form as :func:`to_form` writes it, so that it can be shown again."""
    custom = rows(tree, "custom_fields")
    ticks = [row for row in custom if clean_options(rows(row, "options"))]
    found: Tree = {
        "fields": {name: clean_options(rows(table(tree, "fields"), name)) for name in VALUES},
        "custom_fields": [
            row | ({"required": "on"} if text(posted, "required") else {})
            for row, posted in zip(clean_details(custom), ticks, strict=True)
        ],
        "tags": clean_details(rows(tree, "tags")),
        "links": clean_links(rows(tree, "links")),
        "severity": clean_severity(table(tree, "severity")),
        "conditions": {k: clean_row(table(table(tree, "conditions"), k)) for k in CONDITIONS},
    }
    found |= {name: "\n".join(lines(text(tree, name))) for name in PATHS}
    if "source" in tree:
        found |= {"source": text(tree, "source"), "stops": text(tree, "stops")}
    return found


def _fields(tree: Tree, before: dict[str, Any], problems: Problems) -> dict[str, Any]:
    made = dict(before)
    for name in VALUES:
        _put(made, name, from_options(rows(table(tree, "fields"), name), before.get(name)))
    for name in ATTRIBUTES:
        place = f"fields.{name}"
        _put(made, name, from_details(rows(tree, name), before.get(name), place, problems))
    _put(made, "links", from_links(rows(tree, "links"), before.get("links")))
    return made


def _top(tree: Tree, raw: dict[str, Any]) -> None:
    source = text(tree, "source").strip()
    if source or isinstance(raw.get("source"), str):
        _put(raw, "source", source or None)
    if bool(text(tree, "stops")) is not (raw.get("ignore_acknowledge", True) is False):
        _put(raw, "ignore_acknowledge", False if text(tree, "stops") else None)


def _put(raw: dict[str, Any], key: str, rule: Any) -> None:
    """Set the rule; an empty one is removed, unless an empty one was there."""
    if rule is None or (rule in ({}, []) and key not in raw):
        raw.pop(key, None)
    else:
        raw[key] = rule


def _paths(raw: Any) -> list[str]:
    found = raw if isinstance(raw, list) else [raw]
    return [path.strip() for path in found if isinstance(path, str) and path.strip()]


def _from_paths(found: list[str], raw: dict[str, Any], key: str) -> Any:
    found = list(dict.fromkeys(found))
    return raw.get(key) if sorted(found) == sorted(_paths(raw.get(key))) else found or None


def _is_table(raw: Any) -> bool:
    return isinstance(raw, dict)
