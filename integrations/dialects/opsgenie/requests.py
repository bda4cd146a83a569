"""Requests of Opsgenie's Alert API: fields and validation.

https://docs.opsgenie.com/docs/alert-api. Texts longer than its limits are taken and cut where the
alert keeps them: nobody should miss a page for a character too many.
"""

from collections.abc import Callable, Mapping
from typing import Any

from opsportal.lib.text import as_text

# Kept with the message, since the body alone does not say it.
ACTION = "x-opsportal-action"
ALERT = "x-opsportal-alert"
ALIAS = "x-opsportal-alias"

CREATE = "opsgenie"  # The route of what the rules read,
ACT = "opsgenie-act"  # and the one of what is done to an alert.
# P3 is what senders say who say nothing: it must wake people.
SEVERITIES = {"P1": "critical", "P2": "error", "P3": "error", "P4": "warning", "P5": "info"}
PRIORITIES = tuple(SEVERITIES)
DEFAULT_PRIORITY = "P3"
KINDS = ("id", "tiny", "alias")

# Actions: what the status of a request calls them, and what it says when they are done.
SAID = {
    "create": ("Create", "Created alert"),
    "close": ("Close", "Closed alert"),
    "delete": ("Delete", "Deleted alert"),
    "acknowledge": ("Acknowledge", "Acknowledged alert"),
    "unacknowledge": ("UnAcknowledge", "Unacknowledged alert"),
    "snooze": ("Snooze", "Snoozed alert"),
    "escalate": ("EscalateToNext", "Escalated alert"),
    "assign": ("Assign", "Assigned alert"),
    "responders": ("AddResponder", "Added responder"),
    "teams": ("AddTeam", "Added team"),
    "notes": ("AddNote", "Added note"),
    "tags": ("AddTags", "Added tags"),
    "details": ("AddDetails", "Added details"),
    "remove-tags": ("RemoveTags", "Removed tags"),
    "remove-details": ("RemoveDetails", "Removed details"),
    "message": ("UpdateMessage", "Updated message"),
    "description": ("UpdateDescription", "Updated description"),
    "priority": ("UpdatePriority", "Updated priority"),
}

Check = Callable[[Any], str]


def _text(value: Any) -> str:
    return "" if isinstance(value, str) and value.strip() else "can not be empty."


def _maybe_text(value: Any) -> str:
    fits = value is None or isinstance(value, str | int | float)
    return "" if fits else "must be a string."


def _list(value: Any) -> str:
    return "" if value is None or isinstance(value, list) else "must be a list."


def _map(value: Any) -> str:
    return "" if value is None or isinstance(value, dict) else "must be a map."


def _priority(value: Any) -> str:
    if value in (None, "") or (isinstance(value, str) and value.upper() in PRIORITIES):
        return ""
    return f"should be one of [ {', '.join(PRIORITIES)} ]."


def _needed(check: Check) -> Check:
    return lambda value: "can not be empty." if value in (None, "", [], {}) else check(value)


COMMON: dict[str, Check] = {"note": _maybe_text, "user": _maybe_text, "source": _maybe_text}
FIELDS: dict[str, dict[str, Check]] = {
    "create": {
        **COMMON,
        "message": _text,
        "alias": _maybe_text,
        "description": _maybe_text,
        "entity": _maybe_text,
        "responders": _list,
        "teams": _list,
        "visibleTo": _list,
        "actions": _list,
        "tags": _list,
        "details": _map,
        "priority": _priority,
    },
    "snooze": {**COMMON, "endTime": _text},
    "assign": {**COMMON, "owner": _needed(_map)},
    "responders": {**COMMON, "responder": _needed(_map)},
    "teams": {**COMMON, "team": _needed(_map)},
    "notes": {**COMMON, "note": _text},
    "tags": {**COMMON, "tags": _needed(_list)},
    "details": {**COMMON, "details": _needed(_map)},
    "message": {"message": _text},
    "description": {"description": _text},
    "priority": {"priority": _needed(_priority)},
}


def faults_of(action: str, body: Any) -> dict[str, str]:
    """Errors by field; unknown fields are no error."""
    if not isinstance(body, dict):
        return {"body": "must be a JSON object."}
    checks = FIELDS.get(action, COMMON)
    found = {name: check(body.get(name)) for name, check in checks.items()}
    words = {name: name[:1].upper() + name[1:] for name in found}
    return {name: f"{words[name]} {fault}" for name, fault in found.items() if fault}


def as_event(body: Any, headers: Mapping[str, str]) -> Any:
    """The body of a request to create an alert as the rules of the template read it."""
    if not isinstance(body, dict):
        return body
    people, teams = responders_of(body)
    return {
        **body,
        "action": "create",
        "alias": as_text(body.get("alias")) or headers.get(ALIAS, ""),
        "responder_users": people,
        "responder_teams": teams,
    }


def responders_of(body: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The names of the people and of the teams that are to be told. A schedule or an escalation
    is told by the team that has its name."""
    people: list[str] = []
    teams: list[str] = []
    listed = [row for key in ("responders", "teams") for row in body.get(key) or []]
    for row in [*listed, body.get("responder"), body.get("team")]:
        if not isinstance(row, dict):
            continue
        name = as_text(row.get("username") or row.get("name") or row.get("id"))
        is_person = row.get("type") == "user" or "username" in row
        if name:  # Zabbix names a team '' where none is set.
            (people if is_person else teams).append(name)
    return people, teams
