"""What a server of Mattermost posts when somebody presses a button, and that it is one of ours.

https://developers.mattermost.com/integrate/plugins/interactive-messages/. A press is not signed.
The context of a button is shown to no client, so that whoever knows the proof in it is the server
that the post was written to.
"""

import hmac
import json
from typing import Any

from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.message.buttons import read_value
from notifications.receipts import Callback, Reply

PROOF_CHARS = 32
JSON = "application/json"


def context_of(config: Config, value: str, channel: str) -> dict[str, str]:
    """What a button of a post in this channel sends, with the proof that it is ours."""
    return {"value": value, "proof": _proof(config, value, channel)}


def read(config: Config, callback: Callback) -> Reply:
    """What a press asks for. Raises CallbackRefused for one of a button that is none of ours, or
    of another channel."""
    try:
        said: dict[str, Any] = json.loads(callback.body)
        context = said["context"]
        value, proof = str(context["value"]), str(context["proof"])
        user, channel, post = (str(said[name]) for name in ("user_id", "channel_id", "post_id"))
    except (ValueError, LookupError, TypeError):
        raise CallbackRefused("This is no press of a button in Mattermost.") from None
    wanted = _proof(config, value, channel)
    if not hmac.compare_digest(proof.encode(), wanted.encode()):
        raise CallbackRefused("The button is not one of ours in this channel.")
    command, paging_round = read_value(value)
    return Reply(
        address=user,
        text=command,
        event_id=str(said.get("trigger_id") or f"{user}:{post}:{value}"),
        in_reply_to=f"{channel}:{post}",
        paging_round=paging_round,
    )


def said(text: str) -> str:
    """The answer, which only who pressed sees."""
    return json.dumps({"ephemeral_text": text} if text else {})


def _proof(config: Config, value: str, channel: str) -> str:
    """Bound to the account, to what the button does and to the channel that the post is in."""
    key = f"{config['token']} {config.get('callback_url') or ''}".encode()
    return hmac.digest(key, f"{channel} {value}".encode(), "sha256").hex()[:PROOF_CHARS]
