"""What a message looks like in Microsoft Teams: an adaptive card. Pure.

https://adaptivecards.io/explorer/AdaptiveCard.html
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import pgettext

from notifications.channels._by_url import as_json
from notifications.message.card import Card
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import escape

COLOURS = {"critical": "Attention", "error": "Attention", "warning": "Warning", "info": "Accent"}
HEAD = {"type": "AdaptiveCard", "version": "1.4", "msteams": {"width": "Full"}}
CARD = "application/vnd.microsoft.card.adaptive"
MAX_BYTES = 18_000  # 28 kB are documented; a flow has been seen to fail from 21 kB on.
TEXT_LIMITS = (3000, 1000, 200)  # the longest with which the whole fits
Part = dict[str, Any]


def activity_of(card: Card, actions: Sequence[Part], *more: Part) -> Part:
    """The card as a message, with further parts below it, no longer than Teams takes."""
    for limit in TEXT_LIMITS:
        content = {**HEAD, "body": [*_body(card, limit), *more], "actions": list(actions)}
        attachment = {"contentType": CARD, "contentUrl": None, "content": content}
        activity = {"type": "message", "attachments": [attachment]}
        if len(as_json(activity)) <= MAX_BYTES:
            break
    return activity


def link_actions(card: Card) -> list[Part]:
    """A button for each link."""
    return [{"type": "Action.OpenUrl", "title": one.label, "url": one.url} for one in card.links]


def text_block(text: str, **look: Any) -> Part:
    """A part of the card; a single break is none in Teams."""
    lines = text.replace("\n\n", "\n").replace("\n", "\n\n")
    return {"type": "TextBlock", "wrap": True, "text": lines, **look}


def escaped(text: str) -> str:
    """So that it is shown as it is."""
    return escape(text, "\\*_[]<>#")


def _body(card: Card, limit: int) -> list[Part]:
    title = {"size": "Large", "weight": "Bolder", "color": COLOURS.get(card.severity, "Default")}
    facts = [{"title": label, "value": escaped(value)} for label, value in card.facts]
    parts = [
        text_block(escaped(card.title), **title),
        text_block(escaped(card.cut(limit))),
        text_block(card.listing(_row, limit)),
        {"type": "FactSet", "facts": facts},
        text_block(escaped(card.note), isSubtle=True, size="Small"),
    ]
    return [part for part in parts if part.get("text") or part.get("facts")]


def _row(incident: IncidentSummary) -> str:
    return f"{escaped(incident.line)} [{pgettext('action', 'Open')}]({incident.url})"
