"""A fake that checks what Discord's API checks, and signs as Discord does."""

import json
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.notifications.providers.fakes import provider_of

DISCORD = provider_of("discord_bot", "discord_bot")
PERSON = {"user_id": "190000000000000042", "channel_id": ""}
CHANNEL = {"user_id": "", "channel_id": "190000000000000007"}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
APPLICATION = DISCORD.example["application_id"]
CONFIG = DISCORD.example | {"callback_url": "https://ops.example/callbacks/x/"}
KNOWN = {
    "/users/@me/channels": {"id": "180000000000000001"},
    "/applications/@me": {
        "id": APPLICATION,
        "name": "OpsPortal",
        "verify_key": CONFIG["public_key"],
        "interactions_endpoint_url": None,
    },
}
UNKNOWN_CHANNEL = "190000000000000666"


def judge(method, path, headers, body):
    parts = json.loads(body) if body else {}
    if path.startswith("/webhooks/"):
        return 200, {"id": "9"}
    if headers.get("Authorization") != f"Bot {CONFIG['bot_token']}":
        return 401, {"message": "401: Unauthorized", "code": 0}
    if path in KNOWN:
        return 200, KNOWN[path]
    if UNKNOWN_CHANNEL in path:
        return 404, {"message": "Unknown Channel", "code": 10003}
    if reason := refused(parts):
        return 400, {"message": f"Invalid Form Body: {reason}", "code": 50035}
    return 200, {"id": "200000000000000001", **parts}


def refused(parts):
    if not parts.get("content") and not parts.get("embeds"):
        return "empty message"
    if len(parts.get("content", "")) > 2000 or len(parts.get("nonce", "")) > 25:
        return "too long"
    if any(embed_is_refused(embed) for embed in parts.get("embeds", [])):
        return "embed"
    rows = parts.get("components", [])
    buttons = [button for row in rows for button in row["components"]]
    ids = [button["custom_id"] for button in buttons if "custom_id" in button]
    if len(rows) > 5 or any(not 1 <= len(row["components"]) <= 5 for row in rows):
        return "components"
    return "custom_id" if len(set(ids)) != len(ids) or max(map(len, ids), default=0) > 100 else ""


def embed_is_refused(embed):
    texts = [embed.get("title", ""), embed.get("description", "")]
    texts += [text for field in embed["fields"] for text in (field["name"], field["value"])]
    is_long = len(texts[0]) > 256 or len(texts[1]) > 4096 or sum(map(len, texts)) > 6000
    return is_long or not all(field["name"] and field["value"] for field in embed["fields"])


def signed(body, *, age=0, key=KEY):
    """The headers of a request that Discord made so many seconds ago."""
    stamp = str(int(time.time()) - age)
    signature = key.sign(stamp.encode() + body).hex()
    return {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": stamp}


def press_of(value, *, by=PERSON["user_id"], number="7001", is_direct=False):
    user = {"id": by, "username": "jane"}
    who = {"user": user} if is_direct else {"member": {"user": user}}
    return {
        "type": 3,
        "id": number,
        "application_id": APPLICATION,
        "token": f"aW50ZXJhY3Rpb24.{number}",
        "data": {"component_type": 2, "custom_id": value},
        "message": {"id": "200000000000000001", "channel_id": CHANNEL["channel_id"]},
        **who,
    }
