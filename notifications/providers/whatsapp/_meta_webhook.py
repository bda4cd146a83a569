"""What Meta's webhook says: what became of messages, presses of buttons, and answers."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.errors import CallbackRefused
from notifications.receipts import Callback, Heard, Receipt, Reply

STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
}


def read(config: Config, callback: Callback) -> Heard:
    """Raises CallbackRefused where the signature, or the verify token, is another one."""
    if callback.method == "GET":
        return _challenge(config, callback)
    names = {name.lower(): value for name, value in callback.headers.items()}
    said = names.get("x-hub-signature-256", "")
    digest = hmac.digest(str(config["app_secret"]).encode(), callback.body, "sha256").hex()
    if not hmac.compare_digest(said.encode(), f"sha256={digest}".encode()):
        raise CallbackRefused("The signature of Meta does not fit the app secret.")
    values = list(_values(callback.body))
    return Heard(
        receipts=tuple(one for value in values for one in _receipts(value)),
        replies=tuple(one for value in values for one in _replies(value)),
    )


def _challenge(config: Config, callback: Callback) -> Heard:
    said = callback.query.get("hub.verify_token", "").encode()
    if not hmac.compare_digest(said, str(config["verify_token"]).encode()):
        raise CallbackRefused("The verify token is another one.")
    return Heard(body=callback.query.get("hub.challenge", ""))


def _values(body: bytes) -> Iterator[dict[str, Any]]:
    """One POST may hold several changes."""
    for entry in json.loads(body).get("entry") or []:
        for change in entry.get("changes") or []:
            yield change.get("value") or {}


def _receipts(value: dict[str, Any]) -> Iterator[Receipt]:
    for status in value.get("statuses") or []:
        if state := STATES.get(status.get("status")):
            errors = status.get("errors") or [{}]
            words = (errors[0].get("code"), errors[0].get("title"))
            code = " ".join(str(one) for one in words if one)
            yield Receipt(provider_id=str(status.get("id")), state=state, code=code)


def _replies(value: dict[str, Any]) -> Iterator[Reply]:
    """A press or a text; of whom only a username is known, no number, and so nobody here."""
    for message in value.get("messages") or []:
        button = message.get("button") or {}
        pressed = (message.get("interactive") or {}).get("button_reply") or {}
        text = button.get("payload") or pressed.get("id") or (message.get("text") or {}).get("body")
        if text and message.get("from"):
            yield Reply(
                address=f"+{message['from']}",
                text=str(text),
                event_id=str(message.get("id")),
                in_reply_to=str((message.get("context") or {}).get("id") or ""),
            )
