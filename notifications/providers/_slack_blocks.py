"""A message as Slack's Block Kit, with the text that a phone shows. Pure.

https://docs.slack.dev/reference/block-kit. Whatever others wrote is escaped, and stands in
``plain_text`` or ``verbatim``: no ``@here`` in a title rings anybody.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from incidents.choices import IncidentStatus
from notifications.choices import Answer, NotificationEvent
from notifications.message.incident_summary import OPENED, IncidentSummary, one_line
from notifications.message.message import Message, PagedPerson, and_more
from notifications.message.slack_text import escape
from notifications.message.thread_entry import thread_entry
from notifications.message.words import action_word

Block = dict[str, Any]
MAX_TITLE = 200
MAX_TEXT = 2900  # of a section, of which Slack takes 3,000 characters
MAX_TOTAL = 10_000  # of all blocks: Slack refuses some 13,200
MAX_FIELD = 300
DOTS = {
    "critical": ":red_circle:",
    "error": ":large_orange_circle:",
    "warning": ":large_yellow_circle:",
    "info": ":large_blue_circle:",
}
ACKNOWLEDGE = Answer.ACKNOWLEDGE
OVER = ":white_check_mark:"
SNOOZES = (("30 min", 30), ("1 h", 60), ("4 h", 240), ("24 h", 1440))
MORE, NOTE = "more", "note"
DIALOGS = (
    (gettext_noop("Assign to …"), "assign"),
    (gettext_noop("Snooze until …"), "snooze"),
    (gettext_noop("Add a note …"), NOTE),
)
# What the headline says before severity and title.
FIRST_WORDS = {
    NotificationEvent.REOPENED: gettext_noop("Reopened"),
    NotificationEvent.SLA_WARNING: gettext_noop("SLA at risk"),
    NotificationEvent.SLA_BREACHED: gettext_noop("SLA missed"),
    NotificationEvent.UPDATED: gettext_noop("Update"),
}


def content_of(message: Message, *, is_interactive: bool, is_shared: bool) -> dict[str, Any]:
    """``text`` and ``blocks``. Buttons act by themselves where ``is_interactive``, else they lead
    to pages; in a shared channel everybody sees them, and who presses is looked at then."""
    if len(message.incidents) > 1:
        blocks = list(_list(message, is_interactive=is_interactive, is_shared=is_shared))
    elif message.incidents:
        blocks = [
            *_whole(message),
            *_buttons(message.incidents[0], is_interactive=is_interactive, is_shared=is_shared),
            *_context(message),
        ]
    else:
        blocks = [_mrkdwn(f"*{escape(message.title)}*"), *_plain(message.body)]
    return {"text": text_of(message), "blocks": blocks}


def text_of(message: Message) -> str:
    """One line: ``[CRITICAL] #1042 High CPU – Web shop – open``."""
    has_own = message.own_title or (message.written and message.written.subject)
    if len(message.incidents) != 1 or has_own:
        return escape(message.title)
    first = message.incidents[0]
    parts = [_name(message, first), one_line(first.service, 60), first.state]
    return escape(" – ".join(part for part in parts if part))


def entry_of(message: Message) -> str:
    """What has happened, as a line of the thread below the message about the incident."""
    return escape(thread_entry(message)[:MAX_TEXT])


def _name(message: Message, summary: IncidentSummary) -> str:
    mark = f"{_('TEST')} " if summary.is_test else ""
    word = f"{_(FIRST_WORDS[message.event])}: " if message.event in FIRST_WORDS else ""
    state = summary.severity_word if summary.status == IncidentStatus.OPEN else summary.state
    title = one_line(message.own_title or summary.title, MAX_TITLE)
    return f"{mark}{word}[{state.upper()}] #{summary.number} {title}"


def _whole(message: Message) -> Iterator[Block]:
    first = message.incidents[0]
    name = message.title if message.written and message.written.subject else _name(message, first)
    link = f"<{first.url}|{escape(name)}>"
    yield _mrkdwn(f"{_dot(first)} *{link}*")
    if message.written:
        yield from _plain(message.own_words)
        if message.paged:
            yield {"type": "section", "fields": _fields([_paged(message)])}
        return
    for text in (*message.warnings, message.own_text.strip()):
        yield from _plain(text)
    facts = [(label, _fact(label, value, message)) for label, value in message.facts]
    if message.paged:
        facts.append(_paged(message))
    yield {"type": "section", "fields": _fields(facts)}
    yield from _plain(first.details)


def _paged(message: Message) -> tuple[str, str]:
    return _("Paged"), ", ".join(_mention(one) for one in message.paged)


def _fields(facts: list[tuple[str, str]]) -> list[Block]:
    found = [{"type": "mrkdwn", "text": f"*{a}*\n{b}", "verbatim": True} for a, b in facts if b]
    return found[:10]


def _mention(person: PagedPerson) -> str:
    return f"<@{person.address}>" if person.address else escape(one_line(person.name, 60))


def _fact(label: str, value: str, message: Message) -> str:
    """The value; a time as the clock of whoever reads it shows it."""
    text = escape(one_line(value, MAX_FIELD))
    if label != _(OPENED):
        return text
    at = int(message.incidents[0].opened_at.timestamp())
    return f"<!date^{at}^{{date_short_pretty}} {{time}}|{text}>"


def _list(message: Message, *, is_interactive: bool, is_shared: bool) -> Iterator[Block]:
    yield _mrkdwn(f"*{escape(message.title)}*")
    for text in message.warnings:
        yield from _plain(text)
    left, shown = MAX_TOTAL - 2000, 0
    for summary in message.listed:
        place = f" ({escape(one_line(summary.service, 60))})" if summary.service else ""
        name = escape(f"#{summary.number} {one_line(summary.title, 100)}")
        word = summary.severity_word
        text = f"{_dot(summary)} {word}: <{summary.url}|{name}>{place}, {summary.state}"
        left, shown = left - len(text) - 40, shown + 1
        if left < 0:
            shown -= 1
            break
        may = is_interactive and (is_shared or summary.actions) and ACKNOWLEDGE in summary.allowed
        is_open = summary.status == IncidentStatus.OPEN
        button = {"accessory": _button("acknowledge", action_word("acknowledge"), summary)}
        yield _mrkdwn(text) | (button if may and is_open else {})
    more = len(message.incidents) - shown
    yield _mrkdwn(f"<{message.url}|{and_more(more) if more else _('Open the list')}>")


def _buttons(summary: IncidentSummary, *, is_interactive: bool, is_shared: bool) -> Iterator[Block]:
    if _is_over(summary) or not (is_shared or summary.actions):
        return
    if not is_interactive:
        links = [_link_button(one.kind, one.label, one.url) for one in summary.actions]
        if links:
            yield {"type": "actions", "elements": links}
        return
    confirm = {
        "title": _text(_("Resolve #{number}?").format(number=summary.number)),
        "text": _text(_("It ends for everybody.")),
        "confirm": _text(action_word("resolve")),
        "deny": _text(pgettext("action", "Back")),
    }
    first = _button("acknowledge", action_word("acknowledge"), summary) | {"style": "primary"}
    offered = [
        *([first] if summary.status != IncidentStatus.ACKNOWLEDGED else []),
        _button("resolve", action_word("resolve"), summary)
        | {"style": "danger", "confirm": confirm},
        _button("assign", pgettext("action", "Assign me"), summary),
        _snooze(summary),
        _button("escalate", action_word("escalate"), summary),
        _more(summary),
    ]
    elements = [one for one in offered if one["action_id"] in {*summary.allowed, MORE}]
    yield {"type": "actions", "block_id": f"i{_value(summary)}", "elements": elements}


def _snooze(summary: IncidentSummary) -> Block:
    options = [
        {"text": _text(words), "value": f"{_value(summary)}.{minutes}"}
        for words, minutes in SNOOZES
    ]
    return {
        "type": "static_select",
        "action_id": "snooze",
        "placeholder": _text(action_word("snooze")),
        "options": options,
    }


def _more(summary: IncidentSummary) -> Block:
    """What asks for something first, in a dialog."""
    options = [
        {"text": _text(_(words)), "value": f"{_value(summary)}.{dialog}"}
        for words, dialog in DIALOGS
        if dialog in {*summary.allowed, NOTE}
    ]
    return {"type": "overflow", "action_id": MORE, "options": options}


def _button(action: str, words: str, summary: IncidentSummary) -> Block:
    return {"type": "button", "action_id": action, "text": _text(words), "value": _value(summary)}


def _link_button(kind: str, words: str, url: str) -> Block:
    return {"type": "button", "action_id": kind, "text": _text(words), "url": url}


def _value(summary: IncidentSummary) -> str:
    """The incident, and in which round of its paging the button was shown."""
    return f"{summary.number}.{summary.paging_round}"


def _context(message: Message) -> Iterator[Block]:
    if message.reason and not message.written:
        words = one_line(_("Why: {reason}").format(reason=message.reason), MAX_FIELD)
        yield {"type": "context", "elements": [_text(words)]}


def _plain(text: str) -> Iterator[Block]:
    if text:
        yield {"type": "section", "text": _text(text[:MAX_TEXT])}


def _mrkdwn(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _text(words: str) -> Block:
    return {"type": "plain_text", "text": words, "emoji": False}


def _dot(summary: IncidentSummary) -> str:
    return OVER if _is_over(summary) else DOTS.get(summary.severity, ":white_circle:")


def _is_over(summary: IncidentSummary) -> bool:
    return summary.status == IncidentStatus.RESOLVED or summary.merged_into is not None
