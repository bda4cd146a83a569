"""What Discord posts when somebody presses a button, and that it was Discord. Pure.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

import json
import time
from enum import IntEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from notifications.channels._base import Config
from notifications.errors import CallbackRefused, CallbackUnsigned
from notifications.message.buttons import read_value
from notifications.providers._http import header, object_at
from notifications.receipts import Callback, Heard, Reply

TOLERANCE_S = 300
EPHEMERAL = 1 << 6  # Only who pressed sees it.
JSON = "application/json"


class Kind(IntEnum):
    """Types of interactions."""

    PING = 1
    COMPONENT = 3


class AnswerKind(IntEnum):
    """Types of answers to them."""

    PONG = 1
    MESSAGE = 4
    MESSAGE_LATER = 5
    NOTHING = 6


def check_signature(config: Config, callback: Callback) -> None:
    """Raises CallbackUnsigned unless Discord signed the request in the last five minutes."""
    stamp = header(callback, "X-Signature-Timestamp")
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(config["public_key"]))
        signature = bytes.fromhex(header(callback, "X-Signature-Ed25519"))
        key.verify(signature, stamp.encode() + callback.body)
    except (InvalidSignature, ValueError):
        raise CallbackUnsigned("The signature of Discord does not fit the public key.") from None
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_S:
        raise CallbackUnsigned("The request of Discord is older than five minutes.")


def read(body: bytes) -> Heard:
    """What an interaction asks for; a ping is answered with a pong."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise CallbackRefused("This is no interaction of Discord.")
    if found.get("type") == Kind.PING:
        return Heard(body=json.dumps({"type": AnswerKind.PONG}), content_type=JSON)
    value = str(object_at(found, "data").get("custom_id") or "")
    if found.get("type") != Kind.COMPONENT or not value:
        return Heard(body=json.dumps({"type": AnswerKind.NOTHING}), content_type=JSON)
    return Heard(replies=(_reply(found, value),))


def _reply(found: dict[str, Any], value: str) -> Reply:
    """Who pressed is the member of a server, or the user of a direct message."""
    user = object_at(found, "member", "user") or object_at(found, "user")
    message = object_at(found, "message")
    command, paging_round = read_value(value)
    return Reply(
        address=str(user.get("id") or ""),
        text=command,
        event_id=str(found.get("id") or ""),
        in_reply_to=f"{message.get('channel_id')}:{message.get('id')}" if message else "",
        paging_round=paging_round,
        respond_to=f"{found.get('application_id')}/{found.get('token')}",
    )


def said(text: str) -> str:
    """The answer that tells who pressed what came of it; without a text nothing is shown."""
    if not text:
        return json.dumps({"type": AnswerKind.NOTHING})
    content = {"content": text, "flags": EPHEMERAL, "allowed_mentions": {"parse": []}}
    return json.dumps({"type": AnswerKind.MESSAGE, "data": content})


def later() -> str:
    """The answer that shows that it is being worked on."""
    return json.dumps({"type": AnswerKind.MESSAGE_LATER, "data": {"flags": EPHEMERAL}})
