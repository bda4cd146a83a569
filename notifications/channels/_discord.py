"""What a message looks like in Discord: an embed, and buttons that open pages. Pure.

https://discord.com/developers/docs/resources/message
"""

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import pgettext

from notifications.message.card import Card
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import escape

MAX_TITLE, MAX_VALUE, MAX_BUTTONS = 256, 1024, 5
MAX_TEXT, MAX_DESCRIPTION = 1500, 3600  # Of 4,096; all of an embed has 6,000.
SUPPRESS_NOTIFICATIONS = 1 << 12
ROW, BUTTON, LINK = 1, 2, 5  # types of components, and the style of a button that opens a URL


def embed_of(card: Card) -> dict[str, Any]:
    """The card as an embed; links that are no buttons stand in its text."""
    text = escaped(card.cut(MAX_TEXT))
    rows = card.listing(_row, MAX_DESCRIPTION - len(text))
    bare = "\n".join(f"{link.label}: {link.url}" for link in card.links if not has_domain(link.url))
    return {
        "title": escaped(card.title)[:MAX_TITLE],
        "description": "\n\n".join(part for part in (text, rows, bare) if part),
        "color": int(card.colour[1:], 16),
        "fields": [
            {"name": label, "value": escaped(value)[:MAX_VALUE], "inline": True}
            for label, value in card.facts
        ],
        **({"url": card.url} if has_domain(card.url) else {}),
        **({"footer": {"text": card.note}} if card.note else {}),
    }


def link_buttons(card: Card) -> list[dict[str, Any]]:
    """A button for each link that Discord takes."""
    return [
        {"type": BUTTON, "style": LINK, "label": link.label, "url": link.url}
        for link in card.links
        if has_domain(link.url)
    ]


def rows_of(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The buttons as components: five at most stand in a row, and so many rows in a message."""
    starts = range(0, len(buttons), MAX_BUTTONS)
    rows = [{"type": ROW, "components": buttons[at : at + MAX_BUTTONS]} for at in starts]
    return rows[:MAX_BUTTONS]


def escaped(text: str) -> str:
    """So that it is shown as it is."""
    return escape(text, "\\*_~`|<>[]#")


def has_domain(url: str) -> bool:
    """Whether Discord takes it: one of a host such as ``portal`` makes it refuse the message."""
    return "." in (urlsplit(url).hostname or "")


def _row(incident: IncidentSummary) -> str:
    return f"{escaped(incident.line)} [{pgettext('action', 'Open')}]({incident.url})"
