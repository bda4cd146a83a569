"""What a message looks like in Google Chat: a text, which phones show, and a card. Pure.

https://developers.google.com/workspace/chat/api/reference/rest/v1/cards
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from django.utils.translation import pgettext

from notifications.message.card import Card
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import ZERO_WIDTH_SPACE
from notifications.message.message import Message

# A message has 32,000 bytes. An escaped character has five, one of another script at most four.
MAX_TEXT, MAX_ROWS = 3000, 2500
Part = dict[str, Any]


def content_of(card: Card, card_id: str, buttons: Sequence[Part]) -> Part:
    """``text`` and ``cardsV2``, with these buttons below the card."""
    content = {"header": {"title": card.title}, "sections": [{"widgets": _widgets(card, buttons)}]}
    return {"text": plain(card.title), "cardsV2": [{"cardId": card_id, "card": content}]}


def thread_of(message: Message) -> Part:
    """All that is told of one incident is one thread."""
    if len(message.incidents) != 1:
        return {}
    return {"thread": {"threadKey": f"incident-{message.incidents[0].number}"}}


def link_buttons(card: Card) -> list[Part]:
    """A button for each link."""
    return [{"text": one.label, "onClick": {"openLink": {"url": one.url}}} for one in card.links]


def plain(text: str) -> str:
    """So that it is a text: a link or a mention begins with "<"."""
    return text.replace("<", f"<{ZERO_WIDTH_SPACE}")


def _widgets(card: Card, buttons: Sequence[Part]) -> list[Part]:
    """A section needs at least one: the title where there is nothing else."""
    rows = card.listing(_row, MAX_ROWS).replace("\n", "<br>")
    facts = [
        {"decoratedText": {"topLabel": label, "text": _html(value)}} for label, value in card.facts
    ]
    return [
        *_paragraphs(_html(card.cut(MAX_TEXT)), rows),
        *facts,
        *_paragraphs(_html(card.note)),
        *([{"buttonList": {"buttons": list(buttons)}}] if buttons else []),
    ] or _paragraphs(_html(card.title))


def _paragraphs(*texts: str) -> list[Part]:
    return [{"textParagraph": {"text": text}} for text in texts if text]


def _row(incident: IncidentSummary) -> str:
    return (
        f'{_html(incident.line)} <a href="{escape(incident.url)}">{pgettext("action", "Open")}</a>'
    )


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")
