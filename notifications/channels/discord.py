"""Messages in a channel of Discord, by its webhook."""

from typing import Any
from urllib.parse import urlsplit

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.channels._by_url import ByUrl, HookUrlField, as_json, post_card, with_query
from notifications.message.card import Card, card_of
from notifications.message.incident_summary import IncidentSummary
from notifications.message.markup import escape
from notifications.message.message import Message

MAX_TITLE, MAX_VALUE, MAX_BUTTONS = 256, 1024, 5
MAX_TEXT, MAX_DESCRIPTION = 1500, 3600  # Of 4,096; all of an embed has 6,000.
SUPPRESS_NOTIFICATIONS = 1 << 12
ROW, BUTTON, LINK = 1, 2, 5  # types of components, and the style of a button that opens a URL


class Channel(ByUrl):
    """A channel, or a thread, of a Discord server. What is not urgent comes without a sound."""

    label = "Discord"
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
    text = _escaped(card.cut(MAX_TEXT))
    rows = card.listing(_row, MAX_DESCRIPTION - len(text))
    links = [link for link in card.links if _has_domain(link.url)]
    bare = "\n".join(f"{link.label}: {link.url}" for link in card.links if link not in links)
    embed = {
        "title": _escaped(card.title)[:MAX_TITLE],
        "description": "\n\n".join(part for part in (text, rows, bare) if part),
        "color": int(card.colour[1:], 16),
        "fields": [
            {"name": label, "value": _escaped(value)[:MAX_VALUE], "inline": True}
            for label, value in card.facts
        ],
        **({"url": card.url} if _has_domain(card.url) else {}),
        **({"footer": {"text": card.note}} if card.note else {}),
    }
    buttons = [
        {"type": BUTTON, "style": LINK, "label": link.label, "url": link.url}
        for link in links[:MAX_BUTTONS]
    ]
    return {
        "embeds": [embed],
        "allowed_mentions": {"parse": []},
        **({} if urgent else {"flags": SUPPRESS_NOTIFICATIONS}),
        **({"components": [{"type": ROW, "components": buttons}]} if buttons else {}),
    }


def _row(incident: IncidentSummary) -> str:
    return f"{_escaped(incident.line)} [Open]({incident.url})"


def _has_domain(url: str) -> bool:
    """Whether Discord takes it: one of a host such as ``portal`` makes it refuse the message."""
    return "." in (urlsplit(url).hostname or "")


def _escaped(text: str) -> str:
    return escape(text, "\\*_~`|<>[]#")
