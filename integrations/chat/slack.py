"""Slack's slash commands, message shortcuts and global shortcuts, as its reference has them.

https://docs.slack.dev/interactivity/implementing-slash-commands and
https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
"""

import re
from typing import Any

from integrations.chat.command import ChatCommand, ParsedCommand
from integrations.chat.parser import open_with, parse
from integrations.decoding import decode
from integrations.errors import UnreadableBody
from notifications.message.slack_text import plain
from opsportal.lib.text import as_text

OPENS = "open_incident"  # the callback_id of our shortcuts
MAX_TITLE_CHARS = 200
WORKSPACE = re.compile(r"[a-z0-9-]+")


def read(body: Any) -> ChatCommand | None:
    """The command in a body that Slack posted; None where there is none that we know."""
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("payload"), str):
        try:
            payload = decode.decode(body["payload"].encode("utf-8", "replace"))
        except UnreadableBody:
            return None
        return _shortcut(payload) if isinstance(payload, dict) else None
    return _slash(body)


def challenge_of(body: Any) -> str:
    """What Slack wants to see again when it verifies an address; '' in every other message."""
    if isinstance(body, dict) and body.get("type") == "url_verification":
        return as_text(body.get("challenge"))[:200]
    return ""


def _slash(body: dict[str, Any]) -> ChatCommand | None:
    if not as_text(body.get("command")).startswith("/"):
        return None
    line = plain(as_text(body.get("text")))
    return _chat_command(
        parse(line),
        workspace=as_text(body.get("team_id")),
        user=as_text(body.get("user_id")),
        trigger=as_text(body.get("trigger_id")),
        user_name=as_text(body.get("user_name")),
        workspace_name=as_text(body.get("team_domain")),
        channel=as_text(body.get("channel_name")),
    )


def _shortcut(payload: dict[str, Any]) -> ChatCommand | None:
    kind = payload.get("type")
    if kind not in ("message_action", "shortcut") or payload.get("callback_id") != OPENS:
        return None
    user, team, channel = (_part(payload, name) for name in ("user", "team", "channel"))
    name = as_text(user.get("username") or user.get("name"))
    text = plain(_text_of(_part(payload, "message")))
    title = next((line for line in text.splitlines() if line.strip()), "")
    title = title if len(title) <= MAX_TITLE_CHARS else f"{title[: MAX_TITLE_CHARS - 1]}…"
    return _chat_command(
        open_with(title or f"Opened in Slack by {name or as_text(user.get('id'))}"),
        workspace=as_text(team.get("id") or user.get("team_id")),
        user=as_text(user.get("id")),
        trigger=as_text(payload.get("trigger_id") or payload.get("action_ts")),
        user_name=name,
        workspace_name=as_text(team.get("domain")),
        channel=as_text(channel.get("name")),
        text=text,
        link=_permalink(team, channel, _part(payload, "message")),
        reply_to=as_text(payload.get("response_url")) or "nowhere",
    )


def _chat_command(command: ParsedCommand, **fields: str) -> ChatCommand | None:
    if not fields["workspace"] or not fields["user"] or not fields["trigger"]:
        return None
    return ChatCommand(command, "slack", **fields)


def _part(payload: dict[str, Any], name: str) -> dict[str, Any]:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def _text_of(message: dict[str, Any]) -> str:
    """What a message says; of one by a machine that may be in an attachment."""
    if text := as_text(message.get("text")):
        return text
    attachments = message.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else {}
    names = ("fallback", "title", "text", "pretext")
    found = [as_text(first.get(name)) for name in names] if isinstance(first, dict) else []
    return next((text for text in found if text), "")


def _permalink(team: dict[str, Any], channel: dict[str, Any], message: dict[str, Any]) -> str:
    """Where the message is; Slack does not send it, but this is how it is written."""
    domain, place = as_text(team.get("domain")), as_text(channel.get("id"))
    at = as_text(message.get("ts")).replace(".", "")
    if not at.isdecimal() or not place.isalnum() or not WORKSPACE.fullmatch(domain):
        return ""
    return f"https://{domain}.slack.com/archives/{place}/p{at}"
