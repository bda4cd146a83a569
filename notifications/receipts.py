"""What a provider says of a message: that it took it, what became of it, what was answered. Pure.

A provider's words come in three ways: as the answer to the request that sends (``Accepted``), as
a callback or the answer to a later question (``Receipt``), and as what a person typed or pressed
(``Reply``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from notifications.choices import ChatRequestKind, ReceiptState

MAX_PRICE = 100_000  # What costs more is a mistake of the provider.
MAX_SEGMENTS = 255


def _sound(price: Decimal | None) -> Decimal | None:
    """The price; None for what is no amount of money."""
    return price if price is not None and price.is_finite() and 0 <= price < MAX_PRICE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The provider took the message. ``price`` is positive, in ``currency`` (ISO 4217).

    ``receipt_within_s``: in place of the provider's own, where the answer says more. ``follow``:
    to be called in a thread of its own until nothing more is heard, where the provider reports to
    whoever asked alone.
    """

    provider_id: str = ""
    segments: int = 0
    price: Decimal | None = None
    currency: str = ""
    receipt_within_s: float | None = None
    follow: "Follow | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Of nonsense of the provider nothing is kept: the message was taken all the same."""
        object.__setattr__(self, "price", _sound(self.price))
        object.__setattr__(self, "segments", min(max(self.segments, 0), MAX_SEGMENTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a message that was accepted, by the id that the provider gave it.

    ``part``: the id of the part that it is about, where each has receipts of its own.
    ``address_fault``: why its address is not to be used any more, such as a hard bounce.
    ``is_answer``: a person has shown that it reached them, such as by a key.
    """

    provider_id: str
    state: ReceiptState
    code: str = ""
    part: str = ""
    address_fault: str = ""
    is_answer: bool = False
    at: datetime | None = None
    price: Decimal | None = None
    currency: str = ""

    def __post_init__(self) -> None:
        """A price that is none is not kept."""
        object.__setattr__(self, "price", _sound(self.price))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody answered: ``text`` as it came, from an address of the channel.

    ``event_id`` is the provider's own, so that what comes twice is done once; ``in_reply_to`` is
    the id of the message that was answered, where the provider says it. ``paging_round``: of the
    incident, when a button was shown; ``respond_to``: where to tell what came of it; ``code``: by
    which somebody proves that the address is theirs. ``is_public``: others read what is answered.
    """

    address: str
    text: str
    event_id: str
    in_reply_to: str = ""
    paging_round: int | None = None
    respond_to: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    is_public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What a person asks the app of a chat for, who has this ``address`` on the channel.

    ``name``: the command, dialog, shortcut or field; ``text``: what was typed; ``fields``: what a
    dialog was filled in with, by the names of its fields; ``context``: what the app gave the
    dialog along. ``trigger`` lets a dialog be opened for three seconds. ``links`` stand in the
    message that ``place`` names by the arguments of the chat's own method.
    """

    kind: ChatRequestKind
    address: str
    event_id: str
    name: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    context: str = ""
    trigger: str = field(default="", repr=False)
    respond_to: str = field(default="", repr=False)
    links: tuple[str, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A request that a provider makes, as it came. ``url`` is the public one that was called."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a provider had to say when it was asked; ``position``: after what to ask next."""

    position: str
    heard: "tuple[Heard, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a callback said. ``body``: what it is answered where that does not depend on it.

    ``follow_up``: what a worker hands to ``follow_up`` of the provider, where that has to be asked
    before the callback is believed.
    """

    receipts: tuple[Receipt, ...] = ()
    replies: tuple[Reply, ...] = ()
    request: ChatRequest | None = None
    follow_up: str = field(default="", repr=False)
    body: str = ""
    content_type: str = "text/plain"


# Does what was heard, and returns what came of the replies, in words.
Hear = Callable[[Heard], list[str]]
Follow = Callable[[Hear], None]
