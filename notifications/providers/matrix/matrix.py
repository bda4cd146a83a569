"""A homeserver's client API.

https://spec.matrix.org/latest/client-server-api/
"""

from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.message.chat_text import PLAIN, Markup, chat_text
from notifications.message.message import Message
from notifications.providers import _calls
from notifications.providers._base import BaseProvider
from notifications.receipts import Accepted
from opsportal.lib.net.errors import DeliveryError

MAX_CHARS = (
    4000  # An event may have 65,536 bytes; one that changes another holds the text four times.
)
HTML = Markup(
    escape=lambda text: escape(text).replace("\n", "<br>\n"),
    bold="<strong>{}</strong>".format,
    link=lambda label, url: f'<a href="{escape(url)}">{label}</a><br>',
)


class Provider(BaseProvider):
    """An account on a homeserver. Rooms that are encrypted are refused."""

    label = "Matrix"
    example = {"homeserver": "https://matrix.example", "token": "syt_t0ken"}
    steps = (
        "Register a user for the bot on your homeserver.",
        "Log in as the bot in Element; copy the access token from Settings, Help & About.",
        "Enter it below; do not log the bot out, or the token ends.",
        "Invite the bot to an unencrypted room; it joins with its first message.",
    )
    environment = {"homeserver": "MATRIX_HOMESERVER", "token": "MATRIX_TOKEN"}

    class Form(forms.Form):
        homeserver = WebAddressField(max_length=500, help_text="Such as https://matrix.org.")
        token = forms.CharField(
            label="Access token", max_length=500, widget=forms.PasswordInput, help_text="The bot's."
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        room = _room_id(config, address["room"])
        _refuse_encrypted(config, room)
        content = _content(message, str(address.get("mention") or ""))
        if message.in_reply_to and not message.asks:
            content["m.relates_to"] = _in_thread(message.in_reply_to)
        event_id = _write(config, room, message.delivery_id, content)
        # What stands in the thread is not changed with the incident.
        return Accepted(provider_id="" if "m.relates_to" in content else event_id)

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        content = _content(message, "")
        replaced = {"rel_type": "m.replace", "event_id": provider_id}
        changed = {**content, "m.new_content": content, "m.relates_to": replaced}
        digest = sha256(content["body"].encode()).hexdigest()[:16]
        room = _room_id(config, address["room"])
        _write(config, room, f"{message.delivery_id}.{digest}", changed)

    def check(self, config: Config) -> str:
        return f"Matrix: {_call(config, 'GET', 'account/whoami').get('user_id')} is logged in."


def _content(message: Message, mention: str) -> dict[str, Any]:
    mentioned = [mention] if message.urgent and mention else []
    return {
        "msgtype": "m.text" if message.asks or not message.incidents else "m.notice",
        "body": chat_text(message, PLAIN, limit=MAX_CHARS),
        "format": "org.matrix.custom.html",
        "formatted_body": chat_text(message, HTML, limit=MAX_CHARS).replace("\n\n", "<br><br>\n"),
        "m.mentions": {"user_ids": mentioned},
    }


def _in_thread(root: str) -> dict[str, Any]:
    answered = {"is_falling_back": True, "m.in_reply_to": {"event_id": root}}
    return {"rel_type": "m.thread", "event_id": root, **answered}


def _write(config: Config, room: str, transaction: str, content: dict[str, Any]) -> str:
    """The event's id. The same transaction again is no second message; the bot joins a room that
    it was invited to."""
    path = f"rooms/{quote(room, safe='')}/send/m.room.message/{transaction}"
    try:
        sent = _call(config, "PUT", path, json=content)
    except _calls.Refused as error:
        if error.status != 403:
            raise
        _call(config, "POST", f"join/{quote(room, safe='')}", json={})
        sent = _call(config, "PUT", path, json=content)
    return str(sent.get("event_id") or "")


def _room_id(config: Config, room: str) -> str:
    if room.startswith("!"):
        return room
    return str(_call(config, "GET", f"directory/room/{quote(room, safe='')}").get("room_id"))


def _refuse_encrypted(config: Config, room: str) -> None:
    """Raises DeliveryError where whatever is sent would stand there in the clear."""
    try:
        _call(config, "GET", f"rooms/{quote(room, safe='')}/state/m.room.encryption")
    except _calls.Refused as error:
        if error.permanent and error.status in (403, 404):
            return
        raise
    words = "Matrix: the room is encrypted, and the bot cannot encrypt. Use one that is not."
    raise DeliveryError(words, permanent=True, address_fault=True)


def _call(config: Config, method: str, path: str, **parts: Any) -> dict[str, Any]:
    url = f"{config['homeserver'].rstrip('/')}/_matrix/client/v3/{path}"
    headers = {"Authorization": f"Bearer {config['token']}"}
    response, fields = _calls.call(method, url, headers=headers, **parts)
    if response.ok:
        return fields
    code, wait_ms = str(fields.get("errcode") or ""), fields.get("retry_after_ms")
    is_room = response.status_code in (403, 404) and code != "M_USER_DEACTIVATED"
    raise _calls.refusal(
        response,
        f"Matrix: {fields.get('error') or response.reason} ({code or response.status_code})",
        fault=_calls.Fault.ADDRESS if is_room else None,
        retry_after=wait_ms / 1000 if isinstance(wait_ms, int | float) else None,
        secrets=(config["token"],),
    )
