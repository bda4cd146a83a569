"""Messages in a room of Rocket.Chat, by an incoming webhook."""

from typing import Any

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card
from notifications.message.card import Card, card_of
from notifications.message.incident_summary import IncidentSummary, one_line
from notifications.message.markup import ZERO_WIDTH_SPACE, escape, without_mentions
from notifications.message.message import Message
from opsportal.lib.net.errors import DeliveryError

MAX_TEXT, MAX_ROWS = 1000, 2000  # A message has 5,000 characters, unless the server says otherwise.
MAX_QUOTE = 160


class Channel(ByUrl):
    """A room of a Rocket.Chat server."""

    label = "Rocket.Chat"
    example = {"url": "https://rocket.example/hooks/1d/t0ken", "channel": "#ops"}

    class Form(forms.Form):
        url = HookUrlField(
            help_text="In Rocket.Chat: Administration, Workspace, Integrations, New, Incoming; "
            "choose the room, switch it on, save, and copy the webhook URL."
        )
        channel = forms.CharField(
            required=False,
            max_length=100,
            help_text="#room or @name, where the webhook may choose; "
            "without one it is the webhook's own room.",
        )

    def send(self, config: Config, message: Message) -> str:
        """Raises DeliveryError for a refusal that the body says, too."""
        payload = _payload(card_of(message))
        if config.get("channel"):
            payload["channel"] = config["channel"]
        fields = fields_of(post_card(config["url"], as_json(payload)))
        if fields.get("success") is False:  # with a status of success, too
            error = one_line(str(fields.get("error", "")), MAX_QUOTE)
            raise DeliveryError(f"Rocket.Chat refused the message: {error}", permanent=True)
        return ""


def _payload(card: Card) -> dict[str, Any]:
    links = " · ".join(f"[{link.label}]({link.url})" for link in card.links)
    texts = [_escaped(card.cut(MAX_TEXT)), card.listing(_row, MAX_ROWS), links]
    attachment = {
        "color": card.colour,
        "text": "\n\n".join(text for text in (*texts, _escaped(card.note)) if text),
        "fields": [
            {"short": True, "title": label, "value": _escaped(value)} for label, value in card.facts
        ],
    }
    return {"text": f"*{_escaped(card.title)}*", "attachments": [attachment]}


def _row(incident: IncidentSummary) -> str:
    return f"{_escaped(incident.line)} [Open]({incident.url})"


def _escaped(text: str) -> str:
    """A bracket cannot be escaped there: what would be a link is taken apart."""
    marked = escape(text, "*_~`").replace("](", f"]{ZERO_WIDTH_SPACE}(")
    return without_mentions(marked)
