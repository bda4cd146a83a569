"""Outgoing webhooks of Microsoft Teams: a message that mentions us, as a Bot Framework activity.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
"""

import re
from typing import Any
from urllib.parse import quote, urlencode

from integrations.chat.command import ChatCommand
from integrations.chat.parser import parse
from integrations.decoding import html_text
from opsportal.lib.text import as_text

MENTION = re.compile(r"<at\b[^<>]*+>(?:[^<]|<(?!/?at\b))*+</at\s*+>", re.IGNORECASE)
BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
MAX_CHARS = 10_000  # of what is searched for markup
THREAD = re.compile(r"^(?P<channel>[^;]+)(?:;messageid=(?P<message>\d+))?$")


def read(body: Any) -> ChatCommand | None:
    """The command in a message that Teams posted; None where there is none that we know."""
    if not isinstance(body, dict) or body.get("type") != "message":
        return None
    sender = sender_of(body)
    if sender is None:
        return None
    return ChatCommand(
        parse(plain(as_text(body.get("text"))[:MAX_CHARS])),
        "teams",
        **sender,
        link=_permalink(body, part(body, "channelData"), sender["workspace"]),
    )


def sender_of(body: dict[str, Any]) -> dict[str, str] | None:
    """Who posted an activity, where, and which one it is; None where that is not said."""
    sender, data = part(body, "from"), part(body, "channelData")
    tenant = part(data, "tenant")
    found = {
        "workspace": as_text(tenant.get("id") or part(body, "conversation").get("tenantId")),
        "user": as_text(sender.get("aadObjectId") or sender.get("id")),
        "trigger": as_text(body.get("id")),
    }
    names = {
        "user_name": as_text(sender.get("name")),
        "channel": as_text(part(data, "channel").get("name")),
    }
    return {**found, **names} if all(found.values()) else None


def plain(text: str) -> str:
    """A text without the mention that it begins with, and without markup."""
    return words_of(MENTION.sub(" ", text, count=1))


def words_of(text: str) -> str:
    """A text without markup, line by line."""
    return html_text.unescape(TAG.sub("", BREAK.sub("\n", text))).replace("\xa0", " ").strip()


def part(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """The object of this name in a body; {} for anything else."""
    found = tree.get(name)
    return found if isinstance(found, dict) else {}


def _permalink(body: dict[str, Any], data: dict[str, Any], tenant: str) -> str:
    """The message that was answered to with a command, or the command itself."""
    thread = THREAD.match(as_text(part(body, "conversation").get("id")))
    place = as_text(part(data, "channel").get("id") or data.get("teamsChannelId"))
    place = place or (thread["channel"] if thread else "")
    message = (thread["message"] if thread else "") or as_text(body.get("id"))
    if not place or not message:
        return ""
    path = f"{quote(place, safe='')}/{quote(message, safe='')}"
    return f"https://teams.microsoft.com/l/message/{path}?{urlencode({'tenantId': tenant})}"
