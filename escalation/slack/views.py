"""Dialogs as Slack draws them. Pure.

https://docs.slack.dev/reference/views/modal-views
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from incidents.choices import Severity

View = dict[str, Any]
MAX_TITLE = 300  # of an incident
MAX_NOTE = 3000
MAX_OPTIONS = 100
MAX_OPTION = 75
SECTION = 2900
ASSIGN, SNOOZE, NOTE, OPEN = "assign", "snooze", "note", "new_incident"


def assign(context: str, number: int) -> View:
    """Whom to give an incident to."""
    who = {**_choice("Name or e-mail address"), "min_query_length": 0}
    return _form(ASSIGN, f"Assign #{number}", "Assign", [_input("user", "To whom", who)], context)


def snooze(context: str, number: int, first: datetime) -> View:
    """Until when an incident is on hold; ``first`` is shown before anything is chosen."""
    at = {"type": "datetimepicker", "initial_date_time": int(first.timestamp())}
    blocks = [
        _input("until", "Until", at),
        _input("reason", "Why", _line(300), is_optional=True),
    ]
    return _form(SNOOZE, f"Snooze #{number}", "Snooze", blocks, context)


def note(context: str, number: int) -> View:
    """A note on the timeline of an incident."""
    words = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    return _form(NOTE, f"Note on #{number}", "Add", [_input("text", "Note", words)], context)


def new_incident(title: str, details: str) -> View:
    """A new incident, with what a message said that it is about."""
    line = _line(MAX_TITLE) | ({"initial_value": title[:MAX_TITLE]} if title else {})
    words = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    words |= {"initial_value": details[:MAX_NOTE]} if details else {}
    severities = [_option(str(label), value) for value, label in Severity.choices]
    severity = {
        "type": "static_select",
        "options": severities,
        "initial_option": next(one for one in severities if one["value"] == Severity.CRITICAL),
    }
    blocks = [
        _input("service", "Service", {**_choice("Its name"), "min_query_length": 0}),
        _input("title", "What is wrong", line),
        _input("severity", "Severity", severity),
        _input("description", "Details", words, is_optional=True),
    ]
    return _form(OPEN, "Open an incident", "Open", blocks, "")


def sentence(title: str, text: str) -> View:
    """A dialog that only says something, in Slack's markup."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION]}}
    return {
        "type": "modal",
        "title": _text(title),
        "close": _text("Close"),
        "blocks": [section],
    }


def options(found: Iterable[tuple[str, str]]) -> dict[str, Sequence[dict[str, Any]]]:
    """Choices, of label and value each, for a field that is being typed into."""
    return {"options": [_option(label, value) for label, value in found][:MAX_OPTIONS]}


def errors(found: dict[str, str]) -> dict[str, Any]:
    """What is wrong with a dialog, by its fields."""
    return {"response_action": "errors", "errors": found}


def _form(name: str, title: str, does: str, blocks: list[View], context: str) -> View:
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": context,
        "title": _text(title),
        "submit": _text(does),
        "close": _text("Cancel"),
        "blocks": blocks,
    }


def _input(name: str, label: str, element: View, *, is_optional: bool = False) -> View:
    return {
        "type": "input",
        "block_id": name,
        "label": _text(label),
        "optional": is_optional,
        "element": {"action_id": name, **element},
    }


def _choice(words: str) -> View:
    return {"type": "external_select", "placeholder": _text(words)}


def _line(most: int) -> View:
    return {"type": "plain_text_input", "max_length": most}


def _option(label: str, value: str) -> View:
    shown = label if len(label) <= MAX_OPTION else f"{label[: MAX_OPTION - 1]}…"
    return {"text": _text(shown), "value": value}


def _text(words: str) -> View:
    return {"type": "plain_text", "text": words, "emoji": False}
