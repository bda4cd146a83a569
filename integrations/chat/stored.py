"""From a stored message back to what was asked in it, and by whom."""

from collections.abc import Callable, Mapping
from typing import Any

from incidents.models import User
from integrations.chat import slack, teams, teams_actions
from integrations.chat.request import ACT, LABELS, OPEN, PERSON, PROVIDER, Asked
from integrations.decoding import decode
from integrations.errors import UnreadableBody
from integrations.models import InboundMessage

Reader = Callable[[Any], Asked | None]


def read_teams(body: Any) -> Asked | None:
    """A command or an action: no body is both."""
    return teams.read(body) or teams_actions.read(body)


READERS: dict[str, Reader] = {"slack": slack.read, "teams": read_teams}


def as_event(body: Any, headers: Mapping[str, str]) -> Any:
    """A body of a chat, as the rules of its integration read it."""
    reader = READERS.get(headers.get(PROVIDER, ""))
    asked = reader(body) if reader else None
    return asked.as_event() if asked else body


def asked_of(message: InboundMessage) -> Asked | None:
    """What was asked; None where that cannot be told any more."""
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
