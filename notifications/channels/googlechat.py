"""Messages in a space of Google Chat, by its webhook."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card, with_query
from notifications.channels._googlechat import content_of, link_buttons, thread_of
from notifications.message.card import card_of
from notifications.message.message import Message
from notifications.rates import Rate


class Channel(ByUrl):
    """A space of Google Chat. All that is told of one incident is one thread."""

    label = "Google Chat"
    rate = Rate(1, 1)  # of a space, by all of its webhooks together
    example = {"url": "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k1&token=t0ken"}

    class Form(forms.Form):
        url = HookUrlField(
            help_text="In Google Chat: the name of the space, Apps & integrations, Add webhooks, "
            "Copy link."
        )

    def rate_place(self, config: Config) -> str:
        """The space: its webhooks differ in their query alone."""
        return urlsplit(str(config.get("url") or "")).path

    def send(self, config: Config, message: Message) -> str:
        url = with_query(config["url"], messageReplyOption="REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
        answer = post_card(url, as_json(_payload(message)))
        return str(fields_of(answer).get("name", ""))


def _payload(message: Message) -> dict[str, Any]:
    card = card_of(message)
    return {**content_of(card, message.delivery_id, link_buttons(card)), **thread_of(message)}
