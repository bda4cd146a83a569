"""Zulip's REST API.

https://zulip.com/api/send-message
"""

import base64
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.errors import CallbackRefused
from notifications.message.chat_text import Markup, chat_text
from notifications.message.incident_summary import one_line
from notifications.message.message import Message
from notifications.providers import _calls
from notifications.providers._base import BaseProvider
from notifications.receipts import Accepted, Callback, Heard, Reply

MAX_TOPIC, MAX_CHARS = 60, 10_000
# Zulip knows no backslash before what it would take for markup, but entities of HTML.
MARKUP = {ord(c): f"&#{ord(c)};" for c in "&*`[]~@$<>|"}
MARKDOWN = Markup(
    escape=lambda text: text.translate(MARKUP),
    bold="**{}**".format,
    link="[{}]({})".format,
)
OF_THE_ADDRESS = ("STREAM_DOES_NOT_EXIST", "CHANNEL_DOES_NOT_EXIST")
MENTION = re.compile(r"^\s*@\*\*[^*]*\*\*\s*")


class Provider(BaseProvider):
    """A bot of an organisation at Zulip."""

    label = "Zulip bot"
    example = {"site": "https://chat.example", "email": "ops-bot@chat.example", "key": "k3yk3y",
               "hook_token": "h00kt0ken"}  # fmt: skip
    steps = (
        "In Zulip, open Settings, Bots, Add a new bot.",
        "Choose “Outgoing webhook”, with the address shown below once this is saved, so that "
        "mentions act; or “Generic” where Zulip does not reach the portal.",
        "Copy the bot's e-mail address and API key; of an outgoing webhook the token, too.",
        "Subscribe the bot to private channels that it is to write to.",
    )
    environment = {"site": "ZULIP_SITE", "email": "ZULIP_EMAIL", "key": "ZULIP_API_KEY"}

    class Form(forms.Form):
        site = WebAddressField(max_length=500, help_text="Such as https://chat.example.")
        email = forms.EmailField(label="Bot's e-mail address", help_text="As Zulip shows it.")
        key = forms.CharField(
            label="API key", max_length=200, widget=forms.PasswordInput, help_text="The bot's."
        )
        hook_token = forms.CharField(
            required=False,
            label="Token of the outgoing webhook",
            max_length=200,
            widget=forms.PasswordInput,
            help_text="By which Zulip shows that an answer comes from it.",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        to = str(address["to"])
        place = (
            {"type": "direct", "to": json.dumps([to])}
            if "@" in to
            else {"type": "stream", "to": to.lstrip("#"), "topic": _topic(message)}
        )
        content = chat_text(message, MARKDOWN, limit=MAX_CHARS)
        fields = _call(config, "POST", "messages", data={**place, "content": content})
        is_entry = message.in_reply_to and not message.asks
        return Accepted(provider_id="" if is_entry else str(fields.get("id") or ""))

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        content = chat_text(message, MARKDOWN, limit=MAX_CHARS)
        _call(config, "PATCH", f"messages/{provider_id}", data={"content": content})

    def check(self, config: Config) -> str:
        return f"Zulip: the bot {_call(config, 'GET', 'users/me').get('full_name')} works."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        try:
            said = json.loads(callback.body)
            token, message = str(said["token"]), said["message"]
            reply = Reply(
                address=str(message["sender_email"]),
                text=MENTION.sub("", str(said.get("data") or message.get("content") or "")),
                event_id=str(message["id"]),
                is_public=message.get("type") not in ("private", "direct"),
            )
        except (ValueError, LookupError, TypeError, AttributeError):
            raise CallbackRefused("This is no message of a bot of Zulip.") from None
        wanted = str(config.get("hook_token") or "")
        if not wanted or not hmac.compare_digest(token.encode(), wanted.encode()):
            raise CallbackRefused("The token of Zulip is missing, or another one.")
        return Heard(replies=(reply,))

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        said = {"content": " ".join(texts)} if texts else {"response_not_required": True}
        return json.dumps(said), "application/json"


def _topic(message: Message) -> str:
    """One for each incident, so that all about it stands together."""
    if len(message.incidents) != 1:
        return "Several incidents" if message.incidents else "OpsPortal"
    first = message.incidents[0]
    return one_line(f"#{first.number} {first.title}", MAX_TOPIC)


def _call(config: Config, method: str, path: str, **parts: Any) -> dict[str, Any]:
    login = base64.b64encode(f"{config['email']}:{config['key']}".encode()).decode()
    response, fields = _calls.call(
        method,
        f"{config['site'].rstrip('/')}/api/v1/{path}",
        headers={"Authorization": f"Basic {login}"},
        **parts,
    )
    if response.ok and fields.get("result", "success") == "success":
        return fields
    code, words = str(fields.get("code") or ""), str(fields.get("msg") or response.reason or "")
    is_address = code in OF_THE_ADDRESS or words.lower().startswith("invalid email")
    raise _calls.refusal(
        response,
        f"Zulip: {words} ({code or response.status_code})",
        fault=_calls.Fault.ADDRESS if is_address else None,
        retry_after=fields.get("retry-after"),
        secrets=(config["key"],),
    )
