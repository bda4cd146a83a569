"""Posts in a channel of Mattermost, by an incoming webhook."""

from typing import Any

from django import forms

from notifications.channels._base import Config
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card
from notifications.channels._mattermost import attachment_of, headline
from notifications.message.card import Card, card_of
from notifications.message.message import Message


class Channel(ByUrl):
    """A channel of a Mattermost server."""

    label = "Mattermost"
    example = {"url": "https://chat.example/hooks/k3y", "channel": "ops", "marks_urgent": True}

    class Form(forms.Form):
        url = HookUrlField(
            help_text="In Mattermost: the product menu, Integrations, Incoming Webhooks, "
            "Add Incoming Webhook, and copy the URL."
        )
        channel = forms.CharField(
            required=False,
            max_length=64,
            help_text="The name in a channel's URL, such as town-square, or @name for a person; "
            "without one it is the webhook's own channel.",
        )
        marks_urgent = forms.BooleanField(
            required=False,
            label="Mark urgent pages",
            help_text="With the priority Urgent. The server has to have message priority on.",
        )

    def send(self, config: Config, message: Message) -> str:
        payload = _payload(card_of(message))
        if config.get("channel"):
            payload["channel"] = config["channel"].removeprefix("#")
        if message.urgent and config.get("marks_urgent"):
            payload["priority"] = {"priority": "urgent"}
        post_card(config["url"], as_json(payload))  # The answer has no id.
        return ""


def _payload(card: Card) -> dict[str, Any]:
    links = " · ".join(f"[{link.label}]({link.url})" for link in card.links)
    return {"text": headline(card), "attachments": [attachment_of(card, links)]}
