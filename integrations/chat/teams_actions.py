"""The action “Open an incident” on a message in Microsoft Teams, as Bot Framework activities.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/define-action-command
"""

from typing import Any

from incidents.report import SEVERITIES
from integrations.chat.command import ChatCommand, ParsedCommand
from integrations.chat.parser import open_with
from integrations.chat.teams import part, sender_of
from integrations.chat.teams_message import Quoted, quoted
from opsportal.lib.text import as_text

OPENS = "openIncident"  # the id of our command in the manifest
FORM, OPEN = "form", "open"
ACTIONS = {"composeExtension/fetchTask": FORM, "composeExtension/submitAction": OPEN}
MAX_TITLE_CHARS = 200


def read(body: Any) -> ChatCommand | None:
    """What somebody wants who chose our action; None for every other activity.

    Its form is asked for, or comes filled in; a manifest without a form opens at once.
    """
    if not isinstance(body, dict) or body.get("type") != "invoke":
        return None
    value, action = part(body, "value"), ACTIONS.get(as_text(body.get("name")))
    sender = sender_of(body)
    if action is None or sender is None or value.get("commandId") != OPENS:
        return None
    data, message = part(value, "data"), quoted(part(value, "messagePayload"))
    severity = as_text(data.get("severity"))
    return ChatCommand(
        _command(action, data, message, sender["user_name"] or sender["user"]),
        "teams",
        **sender,
        text=message.text or as_text(data.get("text")),
        link=message.link or _link(data),
        author=message.author or as_text(data.get("author")),
        severity=severity if severity in SEVERITIES else "",
    )


def _command(action: str, data: dict[str, Any], message: Quoted, who: str) -> ParsedCommand:
    title = " ".join(message.title.split()) or f"Opened in Microsoft Teams by {who}"
    title = title if len(title) <= MAX_TITLE_CHARS else f"{title[: MAX_TITLE_CHARS - 1]}…"
    if action == FORM:
        return ParsedCommand(FORM, text=title)
    return open_with(as_text(data["title"]) if "title" in data else title)


def _link(data: dict[str, Any]) -> str:
    link = as_text(data.get("link"))
    return link if link.startswith("https://") else ""
