"""Messages in a space of Google Chat, by its webhook."""

from html import escape
from typing import Any

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card, with_query
from notifications.message.card import Card, card_of
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import ZERO_WIDTH_SPACE
from notifications.message.message import Message

# A message has 32,000 bytes. An escaped character has five, one of another script at most four.
MAX_TEXT, MAX_ROWS = 3000, 2500


class Channel(ByUrl):
    """A space of Google Chat. All that is told of one incident is one thread."""

    label = "Google Chat"
    example = {"url": "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k1&token=t0ken"}

    class Form(forms.Form):
        url = HookUrlField(
            help_text="In Google Chat: the name of the space, Apps & integrations, Add webhooks, "
            "Copy link."
        )

    def send(self, config: Config, message: Message) -> str:
        url = with_query(config["url"], messageReplyOption="REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
        answer = post_card(url, as_json(_payload(message)))
        return str(fields_of(answer).get("name", ""))


def _payload(message: Message) -> dict[str, Any]:
    card = card_of(message)
    numbers = [incident.number for incident in message.incidents]
    thread = {"thread": {"threadKey": f"incident-{numbers[0]}"}} if len(numbers) == 1 else {}
    # The text is what a phone shows. A link or a mention begins with "<".
    text = card.title.replace("<", f"<{ZERO_WIDTH_SPACE}")
    content = {"header": {"title": card.title}, "sections": [{"widgets": _widgets(card)}]}
    return {
        "text": text,
        "cardsV2": [{"cardId": message.delivery_id, "card": content}],
        **thread,
    }


def _widgets(card: Card) -> list[dict[str, Any]]:
    """A section needs at least one: the title where there is nothing else."""
    rows = card.listing(_row, MAX_ROWS).replace("\n", "<br>")
    facts = [
        {"decoratedText": {"topLabel": label, "text": _html(value)}} for label, value in card.facts
    ]
    buttons = [
        {"text": link.label, "onClick": {"openLink": {"url": link.url}}} for link in card.links
    ]
    return [
        *_paragraphs(_html(card.cut(MAX_TEXT)), rows),
        *facts,
        *_paragraphs(_html(card.note)),
        *([{"buttonList": {"buttons": buttons}}] if buttons else []),
    ] or _paragraphs(_html(card.title))


def _paragraphs(*texts: str) -> list[dict[str, Any]]:
    return [{"textParagraph": {"text": text}} for text in texts if text]


def _row(incident: IncidentSummary) -> str:
    return f'{_html(incident.line)} <a href="{escape(incident.url)}">Open</a>'


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")
