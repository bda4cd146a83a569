"""A command that a person gave in a chat, of any provider."""

from dataclasses import dataclass
from typing import Any

OPEN = "chat"  # The route of what the rules read,
ACT = "chat-act"  # and the one of all other commands.
# Kept with the message, since the body alone does not say it.
PERSON = "x-opsportal-person"
PROVIDER = "x-opsportal-chat"

LABELS = {"slack": "Slack", "teams": "Microsoft Teams"}
TEMPLATES = {"slack": "slack-chat", "teams": "teams-chat"}


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """One typed line. ``fault`` says how to write it if it is invalid."""

    action: str  # open, form, acknowledge, resolve, status, list, help, or "" with a fault
    number: int | None = None
    text: str = ""  # the title of what is opened, or a note
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """A command, its sender and its channel. ``trigger`` identifies a repeated delivery."""

    parsed: ParsedCommand
    provider: str
    workspace: str
    user: str
    trigger: str
    user_name: str = ""
    workspace_name: str = ""
    channel: str = ""
    text: str = ""  # the whole of the message that is about what is opened
    link: str = ""
    author: str = ""  # who wrote that message
    severity: str = ""  # as it was chosen, where it can be
    reply_to: str = ""  # where the answer goes, if not into the response

    @property
    def label(self) -> str:
        return LABELS[self.provider]

    @property
    def who(self) -> str:
        return self.user_name or self.user

    def as_event(self) -> dict[str, Any]:
        """As the rules of an integration read it."""
        found = {
            "event": "open",
            "trigger": f"{self.provider}:{self.workspace}:{self.trigger}",
            "title": self.parsed.text,
            "text": self.text,
            "link": self.link,
            "user": self.who,
            "channel": self.channel,
            "workspace": self.workspace_name or self.workspace,
        }
        chosen = {"author": self.author, "severity": self.severity}
        return found | {name: text for name, text in chosen.items() if text}
