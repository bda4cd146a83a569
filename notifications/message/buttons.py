"""Buttons that act in a chat: what each sends when it is pressed. Pure.

``acknowledge 1042:3`` is a command of ``replies``, and the round of paging in which the button was
shown: one of an earlier round does nothing.
"""

from dataclasses import dataclass

from django.utils.translation import pgettext

from incidents.choices import IncidentStatus
from notifications.message.incident_summary import IncidentSummary
from notifications.message.message import Message
from notifications.message.plain_text import MAX_ACTED
from notifications.message.words import action_word

SNOOZE_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Button:
    """``verb`` is acknowledge, resolve, escalate or snooze."""

    verb: str
    label: str
    value: str


def buttons_of(message: Message, *, is_shared: bool) -> tuple[Button, ...]:
    """What can still be done: everything with one incident, of several the first five can be
    acknowledged each. In a shared channel everybody sees them, and who presses is known."""
    if len(message.incidents) == 1:
        return tuple(_of_one(message.incidents[0], is_shared=is_shared))
    return tuple(
        _button("acknowledge", f"{action_word('acknowledge')} #{one.number}", one)
        for one in message.incidents[:MAX_ACTED]
        if one.status == IncidentStatus.OPEN and (is_shared or one.actions)
    )


def read_value(value: str) -> tuple[str, int | None]:
    """The command that a button sends, and the round in which it was shown; None for nonsense."""
    command, _, paging_round = value.partition(":")
    return command, int(paging_round) if paging_round.isdecimal() else None


def _of_one(summary: IncidentSummary, *, is_shared: bool) -> list[Button]:
    is_over = summary.status == IncidentStatus.RESOLVED or summary.merged_into is not None
    if is_over or not (is_shared or summary.actions):
        return []
    first = [_button("acknowledge", action_word("acknowledge"), summary)]
    return [
        *(first if summary.status != IncidentStatus.ACKNOWLEDGED else []),
        _button("resolve", action_word("resolve"), summary),
        _button("escalate", action_word("escalate"), summary),
        _button("snooze", pgettext("action", "Snooze 1 h"), summary, minutes=SNOOZE_MINUTES),
    ]


def _button(verb: str, label: str, summary: IncidentSummary, *, minutes: int = 0) -> Button:
    command = f"{verb} {summary.number} {minutes or ''}".strip()
    return Button(verb, label, f"{command}:{summary.paging_round}")
