"""Which answers a message offers, by the kind of its channel: what is not offered is refused, too.

Upper apps say what holds for an incident (``response_options``). Without a word of theirs every
channel offers all that it can.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from notifications.choices import Answer, ChannelKind

# Every other channel is a chat.
KINDS = {
    "voice": ChannelKind.PHONE,
    "sms": ChannelKind.SMS,
    "signal": ChannelKind.SMS,
    "whatsapp": ChannelKind.SMS,
    "email": ChannelKind.EMAIL,
    "push": ChannelKind.PUSH,
    "ntfy": ChannelKind.PUSH,
    "gotify": ChannelKind.PUSH,
    "bark": ChannelKind.PUSH,
    "pushover": ChannelKind.PUSH,
    "onesignal": ChannelKind.PUSH,
}
ALL: frozenset[str] = frozenset(Answer)
Buttons = Mapping[str, Collection[str]]  # answer → the kinds of channels that offer it
Reader = Callable[[Collection[int]], Mapping[int, Buttons]]
READERS: list[Reader] = []


def response_options(read: Reader) -> Reader:
    """Register a function that says of incidents (ids) which kinds of channels offer which answers;
    it leaves out those of which everything may be offered."""
    READERS.append(read)
    return read


def kind_of(channel: str) -> ChannelKind:
    """The kind of a channel, by its key."""
    return KINDS.get(channel, ChannelKind.CHAT)


def allowed(incidents: Collection[int], channel: str) -> dict[int, frozenset[str]]:
    """→ {incident: answers} that a message by the channel offers, and that are taken by it."""
    found = dict.fromkeys(incidents, ALL)
    kind = kind_of(channel)
    for read in READERS:
        for incident, buttons in read(incidents).items():
            barred = {verb for verb, kinds in buttons.items() if kind not in kinds}
            found[incident] -= barred
    return found


def refusal(incident: int, channel: str, verb: str) -> str:
    """Why an answer by this channel is not taken; '' where it is."""
    if verb not in ALL or verb in allowed([incident], channel)[incident]:
        return ""
    kind = kind_of(channel).label
    return f"#{incident}: the policy takes no {verb} by {kind}. Open the portal to do it."


def check_response_buttons(buttons: Any) -> None:
    """Raises ValidationError for what is no table of answers and kinds of channels."""
    if not isinstance(buttons, dict) or not set(buttons) <= ALL:
        raise ValidationError(f"Name some of {', '.join(Answer)}.")
    kinds = set(ChannelKind)
    for verb, named in buttons.items():
        if not isinstance(named, list) or not all(one in kinds for one in named):
            raise ValidationError(f"{verb}: name some of {', '.join(ChannelKind)}.")
