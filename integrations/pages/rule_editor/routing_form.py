"""The panels about what becomes of an alert: delay and grouping, overrides, dynamic groups."""

from typing import Any

from integrations.pages.rule_editor.condition_rows import clean_row, from_row, to_row
from integrations.pages.rule_editor.form_tree import Tree, lines, rows, table, text
from opsportal.lib.text import as_text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NUMBERS = {
    "every_alerts": ("alerts",),
    "minutes": ("minutes",),
    "alerts_within": ("alerts", "minutes"),
    "support_hours": (),
}
TIMES = ("start", "end")
TARGETS = ("policy", "play")


def to_delay(routing: dict[str, Any]) -> Tree:
    """The second panel."""
    delay = table(routing, "delay")
    grouping = table(routing, "grouping")
    by = grouping.get("by", [])
    rule = text(delay, "rule")
    numbers = {name: dict.fromkeys(keys, "") for name, keys in NUMBERS.items()}
    numbers |= {rule: {key: as_text(delay.get(key)) for key in NUMBERS.get(rule, ())}}
    return {
        "time_zone": text(routing, "time_zone"),
        "is_delayed": "on" * bool(delay),
        "rule": rule,
        "numbers": numbers,
        "hours": [_times(row) for row in rows(delay, "hours")],
        "is_grouped": "on" * bool(grouping),
        "group_minutes": as_text(grouping.get("minutes")),
        "by": "\n".join(as_text(path) for path in (by if isinstance(by, list) else [by])),
        "pages_again": "on" * (grouping.get("pages_again", True) is not False),
        "close_after_minutes": as_text(routing.get("close_after_minutes")),
    }


def from_delay(tree: Tree, routing: dict[str, Any]) -> dict[str, Any]:
    """The routing with the second panel as the form says."""
    parts = {
        "time_zone": text(tree, "time_zone").strip() or None,
        "delay": _delay(tree) if text(tree, "is_delayed") else None,
        "grouping": _grouping(tree) if text(tree, "is_grouped") else None,
        "close_after_minutes": _number(text(tree, "close_after_minutes")),
    }
    return _with(routing, parts)


def clean_hours(found: list[Tree]) -> list[Tree]:
    """The rows of support hours without blank ones."""
    return [row for row in map(_times, found) if any(row.values())]


def to_overrides(routing: dict[str, Any]) -> list[Tree]:
    """The fourth panel: the first row that holds wins."""
    return [
        _times(row) | {"when": to_row(row.get("when")), "target": _target(row)}
        for row in rows(routing, "overrides")
    ]


def from_overrides(found: list[Tree], routing: dict[str, Any]) -> dict[str, Any]:
    """The routing with these rows."""
    cleaned = clean_overrides(found)
    return _with(routing, {"overrides": [_override(row) for row in cleaned] or None})


def clean_overrides(found: list[Tree]) -> list[Tree]:
    """The rows without blank ones."""
    cleaned = [
        _times(row) | {"when": clean_row(table(row, "when")), "target": text(row, "target")}
        for row in found
    ]
    return [row for row in cleaned if any(row.values())]


def to_groups(routing: dict[str, Any]) -> list[Tree]:
    """The fifth panel."""
    return [
        {"when": to_row(row.get("when")), "team": as_text(row.get("team"))}
        for row in rows(routing, "dynamic_groups")
    ]


def from_groups(found: list[Tree], routing: dict[str, Any]) -> dict[str, Any]:
    """The routing with these rows."""
    made = [
        {"when": from_row(row["when"]) or {}, "team": _number(row["team"])}
        for row in clean_groups(found)
    ]
    return _with(routing, {"dynamic_groups": made or None})


def clean_groups(found: list[Tree]) -> list[Tree]:
    """The rows without blank ones."""
    cleaned = [{"when": clean_row(table(r, "when")), "team": text(r, "team")} for r in found]
    return [row for row in cleaned if any(row.values())]


def _with(routing: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    made = dict(routing) | parts
    return {key: value for key, value in made.items() if value is not None}


def _delay(tree: Tree) -> dict[str, Any]:
    rule = text(tree, "rule")
    numbers = table(table(tree, "numbers"), rule)
    found: dict[str, Any] = {"rule": rule}
    found |= {key: _number(text(numbers, key)) for key in NUMBERS.get(rule, ())}
    if rule == "support_hours":
        found["hours"] = [_from_times(row) for row in clean_hours(rows(tree, "hours"))]
    return found


def _grouping(tree: Tree) -> dict[str, Any]:
    minutes, by = _number(text(tree, "group_minutes")), lines(text(tree, "by"))
    found: dict[str, Any] = {} if minutes is None else {"minutes": minutes}
    found |= {"by": by} if by else {}
    return found | ({} if text(tree, "pages_again") else {"pages_again": False})


def _override(row: Tree) -> dict[str, Any]:
    made = _from_times(row)
    when = from_row(row["when"])
    made |= {"when": when} if when else {}
    kind, _, number = row["target"].partition(":")
    return made | ({kind: _number(number)} if kind in TARGETS else {})


def _times(row: Tree) -> Tree:
    """Days as a table of ticks, whether they come as a list of names or as one already."""
    days = row.get("days") or {}
    return {
        "days": {day: "on" for day in DAYS if day in days},
        **{name: text(row, name).strip() for name in TIMES},
    }


def _from_times(row: Tree) -> dict[str, Any]:
    found: dict[str, Any] = {"days": list(row["days"])} if row["days"] else {}
    return found | {name: row[name] for name in TIMES if row[name]}


def _target(row: Tree) -> str:
    return next((f"{kind}:{row[kind]}" for kind in TARGETS if row.get(kind)), "")


def _number(written: str) -> Any:
    """The number; a text that is none stays, and is refused with its place."""
    written = written.strip()
    if not written:
        return None
    return (
        int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else written
    )
