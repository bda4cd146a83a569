"""What a message looks like in Mattermost: a line, and an attachment. Pure.

https://developers.mattermost.com/integrate/reference/message-attachments/
"""

from typing import Any

from django.utils.translation import pgettext

from notifications.message.card import Card
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import escape, without_mentions

MAX_TEXT, MAX_ROWS = 3000, 8000  # A post has 16,383 characters.


def headline(card: Card) -> str:
    """The title, in bold."""
    return f"**{escaped(card.title)}**"


def attachment_of(card: Card, links: str) -> dict[str, Any]:
    """The rest of the card; ``links`` stand at the end of its text."""
    texts = [escaped(card.cut(MAX_TEXT)), card.listing(_row, MAX_ROWS), links]
    return {
        "fallback": without_mentions(card.title),
        "color": card.colour,
        "text": "\n\n".join(text for text in texts if text),
        "fields": [
            {"short": True, "title": label, "value": escaped(value)} for label, value in card.facts
        ],
        **({"footer": without_mentions(card.note)} if card.note else {}),
    }


def escaped(text: str) -> str:
    """So that it is shown as it is, and calls nobody."""
    return without_mentions(escape(text, "\\*_~`[]<>#|!"))


def _row(incident: IncidentSummary) -> str:
    return f"- {escaped(incident.line)} [{pgettext('action', 'Open')}]({incident.url})"
