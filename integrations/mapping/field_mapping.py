"""The generic webhook: a handful of named fields in place of whole rules."""

from typing import Any

from integrations.errors import RulesError
from opsportal.lib.text import as_text

DEFAULTS = {
    "summaryField": ["summary", "title", "message", "name"],
    "severityField": ["severity", "level", "priority"],
    "dedupKeyField": ["dedup_key", "id", "alert_id"],
    "actionField": ["status", "action", "state"],
    "sourceField": ["source", "origin", "system"],
}
VALUES = ("triggerValues", "resolveValues", "acknowledgeValues")

RESOLVED = ["resolve", "resolved", "ok", "okay", "up", "normal", "healthy", "close", "closed"]
RESOLVED += ["recover", "recovered", "recovery", "clear", "cleared", "fixed", "success"]
RESOLVED += ["successful"]
ACKNOWLEDGED = ["ack", "acknowledge", "acknowledged"]
SEVERITIES = {
    "critical": "critical high fatal emergency urgent sev0 sev1 p1 crit 1",
    "error": "error err major sev2 p2 failure 2",
    "warning": "warning warn medium minor degraded sev3 p3 3",
    "info": "info information informational notice low debug sev4 sev5 p4 p5 4 5",
}


def from_field_mapping(mapping: dict[str, Any]) -> dict[str, Any]:
    """Rules out of summaryField, actionField and the like. Values are equal or they are not.

    Raises RulesError with all problems.
    """
    problems = [(str(key), "no such field") for key in mapping if key not in (*DEFAULTS, *VALUES)]
    paths = {key: _paths(mapping, key, problems) for key in DEFAULTS}
    values = {key: _values(mapping, key, problems) for key in VALUES}
    if problems:
        raise RulesError(problems)
    words = {word: name for name, text in SEVERITIES.items() for word in text.split()}
    rules: dict[str, Any] = {
        "source": "Webhook",
        "fields": {
            "source_name": paths["sourceField"],
            "dedup_key": paths["dedupKeyField"],
            # Without an id the summary tells one problem from another.
            "source_id": [*paths["dedupKeyField"], *paths["summaryField"]],
            "status": paths["actionField"],
            "severity": paths["severityField"],
            "subject": paths["summaryField"],
            "long_text": ["description", "details", "body", "message"],
            "url": ["url", "link", "href"],
        },
        "severity": {"default": "error", "map": words},
        "close_when": {"operator": "in", "values": values["resolveValues"] or RESOLVED},
        "acknowledge_when": {
            "operator": "in",
            "values": values["acknowledgeValues"] or ACKNOWLEDGED,
        },
    }
    # Without a list of its own any other word opens: a page too many, not one too few.
    if values["triggerValues"]:
        rules["open_when"] = {"operator": "in", "values": values["triggerValues"]}
    return rules


PLACES = {
    "summaryField": ("fields", "subject"),
    "severityField": ("fields", "severity"),
    "dedupKeyField": ("fields", "dedup_key"),
    "actionField": ("fields", "status"),
    "triggerValues": ("open_when", "values"),
    "resolveValues": ("close_when", "values"),
}


def to_field_mapping(rules: dict[str, Any]) -> dict[str, list[str]]:
    """The fields that such rules were made of, without those that are the default."""
    found: dict[str, list[str]] = {}
    for name, (table, key) in PLACES.items():
        rows = rules.get(table)
        value = rows.get(key) if isinstance(rows, dict) else None
        if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
            continue
        if value not in (DEFAULTS.get(name), RESOLVED):
            found[name] = value
    return found


def _paths(mapping: dict[str, Any], key: str, problems: list[tuple[str, str]]) -> list[str]:
    raw = mapping.get(key) or DEFAULTS[key]
    rows = raw if isinstance(raw, list) else [raw]
    if all(isinstance(row, str) and row.strip() for row in rows):
        return rows
    problems.append((key, "write a path"))
    return []


def _values(mapping: dict[str, Any], key: str, problems: list[tuple[str, str]]) -> list[str]:
    raw = mapping.get(key) or []
    if isinstance(raw, dict):
        problems.append((key, "write a list of values"))
        return []
    rows = raw if isinstance(raw, list | tuple) else [raw]
    return [text for row in rows if (text := as_text(row))]
