"""Dialogs as Slack draws them. Pure.

https://docs.slack.dev/reference/views/modal-views
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incidents.choices import Severity
from notifications.message.words import action_word, severity_word

View = dict[str, Any]
MAX_TITLE = 300  # of an incident
MAX_NOTE = 3000
MAX_OPTIONS = 100
MAX_OPTION = 75
SECTION = 2900
ASSIGN, SNOOZE, NOTE, OPEN = "assign", "snooze", "note", "new_incident"


def assign(context: str, number: int) -> View:
    """Whom to give an incident to."""
    who = {**_choice(_("Name or e-mail address")), "min_query_length": 0}
    title = _("Assign #{number}").format(number=number)
    return _form(ASSIGN, title, _("Assign"), [_input("user", _("To whom"), who)], context)


def snooze(context: str, number: int, first: datetime) -> View:
    """Until when an incident is on hold; ``first`` is shown before anything is chosen."""
    at = {"type": "datetimepicker", "initial_date_time": int(first.timestamp())}
    blocks = [
        _input("until", _("Until"), at),
        _input("reason", _("Why"), _line(300), is_optional=True),
    ]
    title = _("Snooze #{number}").format(number=number)
    return _form(SNOOZE, title, action_word("snooze"), blocks, context)


def note(context: str, number: int) -> View:
    """A note on the timeline of an incident."""
    words = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    title = _("Note on #{number}").format(number=number)
    return _form(NOTE, title, _("Add"), [_input("text", _("Note"), words)], context)


def new_incident(title: str, details: str) -> View:
    """A new incident, with what a message said that it is about."""
    line = _line(MAX_TITLE) | ({"initial_value": title[:MAX_TITLE]} if title else {})
    words = {"type": "plain_text_input", "multiline": True, "max_length": MAX_NOTE}
    words |= {"initial_value": details[:MAX_NOTE]} if details else {}
    severities = [_option(severity_word(one).capitalize(), one) for one in Severity.values]
    severity = {
        "type": "static_select",
        "options": severities,
        "initial_option": next(one for one in severities if one["value"] == Severity.CRITICAL),
    }
    blocks = [
        _input("service", _("Service"), {**_choice(_("Its name")), "min_query_length": 0}),
        _input("title", _("What is wrong"), line),
        _input("severity", _("Severity"), severity),
        _input("description", _("Details"), words, is_optional=True),
    ]
    return _form(OPEN, _("Open an incident"), pgettext("action", "Open"), blocks, "")


def sentence(title: str, text: str) -> View:
    """A dialog that only says something, in Slack's markup."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text[:SECTION]}}
    return {
        "type": "modal",
        "title": _text(title),
        "close": _text(_("Close")),
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
        "close": _text(_("Cancel")),
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
