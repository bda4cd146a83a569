"""Messages in a channel of Discord, by its webhook."""

from typing import Any

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card, with_query
from notifications.channels._discord import (
    MAX_BUTTONS,
    SUPPRESS_NOTIFICATIONS,
    embed_of,
    link_buttons,
    rows_of,
)
from notifications.message.card import Card, card_of
from notifications.message.message import Message
from notifications.rates import Rate


class Channel(ByUrl):
    """A channel, or a thread, of a Discord server. What is not urgent comes without a sound."""

    label = "Discord"
    rate = Rate(2.5, 5)  # until its headers say otherwise
    example = {
        "url": "https://discord.com/api/webhooks/1042/t0ken",
        "thread_id": "1190000000000000001",
    }

    class Form(forms.Form):
        url = HookUrlField(
            help_text="In Discord: Edit Channel, Integrations, Webhooks, New Webhook, "
            "Copy Webhook URL."
        )
        thread_id = forms.RegexField(
            r"^\d{1,20}$",
            required=False,
            label="Thread",
            help_text="The id of a thread of that channel, if the messages belong there. "
            "Developer Mode shows ids.",
        )

    def send(self, config: Config, message: Message) -> str:
        place = {"thread_id": config["thread_id"]} if config.get("thread_id") else {}
        # Without `wait` a message that is not saved gives no error.
        url = with_query(config["url"], wait="true", with_components="true", **place)
        answer = post_card(url, as_json(_payload(card_of(message), urgent=message.urgent)))
        return str(fields_of(answer).get("id", ""))


def _payload(card: Card, *, urgent: bool) -> dict[str, Any]:
    rows = rows_of(link_buttons(card)[:MAX_BUTTONS])
    return {
        "embeds": [embed_of(card)],
        "allowed_mentions": {"parse": []},
        **({} if urgent else {"flags": SUPPRESS_NOTIFICATIONS}),
        **({"components": rows} if rows else {}),
    }
