"""A bot account of a Mattermost server.

https://developers.mattermost.com/api-documentation/
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from notifications.channels import _mattermost
from notifications.channels._base import Config, WebAddressField
from notifications.message.buttons import Button, buttons_of
from notifications.message.card import card_of
from notifications.message.message import Message
from notifications.message.thread_entry import thread_entry
from notifications.providers import _calls
from notifications.providers._base import BaseProvider
from notifications.providers._calls import Fault
from notifications.providers.mattermost_bot import _presses
from notifications.receipts import Accepted, Callback, Heard

STYLES = {"acknowledge": "primary", "resolve": "danger"}
LATER = gettext_noop("This takes a moment. The post shows what came of it.")


class Provider(BaseProvider):
    """One bot. Its buttons act where the server of Mattermost reaches the portal."""

    label = "Mattermost bot"
    example = {"server": "https://chat.example", "token": "t0k3nt0k3nt0k3nt0k3nt0k3n1"}
    steps = (
        "In Mattermost, System Console, Integrations, Bot Accounts, switch on Enable Bot Account "
        "Creation.",
        "In the product menu choose Integrations, Bot Accounts, Add Bot Account; copy its token.",
        "Enter the address of the server and the token below, and choose “Save and check”.",
        "Add the bot to your team, and to the channels that are to be told.",
        "If the portal is in a private network: list its host in Mattermost, System Console, "
        "Environment, Developer, Allow untrusted internal connections.",
        "People add Mattermost bot under You; a channel is added under Configure, Webhooks.",
    )
    environment = {"server": "MATTERMOST_SERVER", "token": "MATTERMOST_TOKEN"}
    patience_s = 5.0

    class Form(forms.Form):
        server = WebAddressField(max_length=500, help_text="Such as https://chat.example.")
        token = forms.RegexField(
            r"^[a-z0-9]{20,64}$",
            label="Access token",
            widget=forms.PasswordInput,
            help_text="Of the bot account. It is shown once.",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        channel = _channel(config, address)
        _, _, root = message.in_reply_to.partition(":")
        if root and not message.asks:
            text = _mattermost.escaped(thread_entry(message))
            _call(config, "POST", "posts", _in_thread(root, channel, {"message": text}))
            return Accepted()
        content = _content(config, address, message, channel)
        sent = _call(config, "POST", "posts", _in_thread(root, channel, content))
        return Accepted(provider_id=f"{channel}:{sent.get('id', '')}")

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        channel, _, post = provider_id.partition(":")
        content = _content(config, address, message, channel)
        _call(config, "PUT", f"posts/{quote(post, safe='')}/patch", content)

    def check(self, config: Config) -> str:
        found = _call(config, "GET", "users/me")
        if not found.get("is_bot"):
            return f"Mattermost: the token is that of @{found.get('username')}, who is no bot."
        return f"Mattermost: the bot @{found.get('username')} works."

    def find_address(self, config: Config, email: str) -> dict[str, Any]:
        found = _call(config, "GET", f"users/email/{quote(email, safe='@')}")
        return {"user_id": str(found.get("id") or "")}

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        return Heard(replies=(_presses.read(config, callback),))

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        return _presses.said(" ".join(texts)), _presses.JSON

    def answer_later(self) -> tuple[str, str]:
        return _presses.said(_(LATER)), _presses.JSON


def _channel(config: Config, address: Config) -> str:
    """The channel, or that of direct messages with the person."""
    if address.get("channel_id"):
        return str(address["channel_id"])
    me = _call(config, "GET", "users/me")
    pair = [str(me.get("id") or ""), str(address["user_id"])]
    return str(_call(config, "POST", "channels/direct", pair).get("id") or "")


def _in_thread(root: str, channel: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"channel_id": channel, **content, **({"root_id": root} if root else {})}


def _content(config: Config, address: Config, message: Message, channel: str) -> dict[str, Any]:
    card = card_of(message)
    acts = bool(config.get("callback_url"))
    offered = buttons_of(message, is_shared=bool(address.get("channel_id"))) if acts else ()
    shown = [link for link in card.links if not acts or link.url == message.url]
    links = " · ".join(f"[{link.label}]({link.url})" for link in shown)
    attachment = _mattermost.attachment_of(card, links)
    attachment["actions"] = [_button(config, one, channel) for one in offered]
    return {"message": _mattermost.headline(card), "props": {"attachments": [attachment]}}


def _button(config: Config, button: Button, channel: str) -> dict[str, Any]:
    letters = "".join(char for char in button.value if char.isalnum())  # Of an ID nothing else.
    integration = {
        "url": config["callback_url"],
        "context": _presses.context_of(config, button.value, channel),
    }
    style = STYLES.get(button.verb, "default")
    look = {"id": letters, "type": "button", "name": button.label, "style": style}
    return {**look, "integration": integration}


def _call(config: Config, method: str, path: str, parts: Any = None) -> dict[str, Any]:
    """The object that the server answers. Raises DeliveryError in its words."""
    url = f"{config['server'].rstrip('/')}/api/v4/{path}"
    headers = {"Authorization": f"Bearer {config['token']}"}
    response, fields = _calls.call(method, url, json=parts, headers=headers)
    if response.ok:
        return fields
    status = response.status_code
    # 403: the bot is not in the channel; 404: there is no such channel, person or post.
    raise _calls.refusal(
        response,
        f"Mattermost: {fields.get('message') or response.reason} ({fields.get('id') or status})",
        fault=Fault.ADDRESS if status in (403, 404) else None,
        secrets=(config["token"],),
    )
