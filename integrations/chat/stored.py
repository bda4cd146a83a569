"""From a stored message back to its command, and to the person who gave it."""

from collections.abc import Callable, Mapping
from typing import Any

from incidents.models import User
from integrations.chat import slack, teams, teams_actions
from integrations.chat.command import ACT, LABELS, OPEN, PERSON, PROVIDER, ChatCommand
from integrations.decoding import decode
from integrations.errors import UnreadableBody
from integrations.models import InboundMessage

CommandReader = Callable[[Any], ChatCommand | None]


def read_teams(body: Any) -> ChatCommand | None:
    """A command or an action: no body is both."""
    return teams.read(body) or teams_actions.read(body)


READERS: dict[str, CommandReader] = {"slack": slack.read, "teams": read_teams}


def as_event(body: Any, headers: Mapping[str, str]) -> Any:
    """A body of a chat, as the rules of its integration read it."""
    reader = READERS.get(headers.get(PROVIDER, ""))
    command = reader(body) if reader else None
    return command.as_event() if command else body


def command_of(message: InboundMessage) -> ChatCommand | None:
    """The command in a stored message; None if it cannot be read any more."""
    reader = READERS.get(message.headers.get(PROVIDER, ""))
    if reader is None:
        return None
    try:
        return reader(decode.decode(bytes(message.body), message.content_type))
    except UnreadableBody:
        return None


def person_of(message: InboundMessage) -> User | None:
    """The person of ours who gave the command; None for every other message."""
    number = message.headers.get(PERSON, "")
    if message.route not in (OPEN, ACT) or not number.isdecimal():
        return None
    return User.objects.active().filter(pk=int(number)).first()


def via_of(message: InboundMessage) -> str:
    """How it came in, for the timeline; '' for what did not come by chat."""
    label = LABELS.get(message.headers.get(PROVIDER, ""), "")
    if message.route not in (OPEN, ACT) or not label:
        return ""
    return f"{label}, replayed" if message.replay_of_id else label
