"""Calls that come in, as a provider carries them: what it says of them, and what it is told. Pure.

The caller waits in a room of the provider, with music where it has some. Each person who is on
call is rung by a call of its own; who presses the key is led into the room.
"""

from dataclasses import dataclass

from notifications.channels._base import Config
from notifications.receipts import Callback

ACCEPT_KEY = "1"
ASK_S = 10  # So long a key is waited for.
MAX_MESSAGE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReport:
    """What a signed webhook says of a call, or of a leg of one.

    ``caller``: E.164, "" where it is withheld; ``ended``: why the call is over, "" while it goes
    on, "completed" where somebody or something had answered; ``key``: what was pressed, "" for
    silence.
    """

    call_id: str
    caller: str = ""
    ended: str = ""
    key: str = ""
    recording_url: str = ""
    recording_s: int = 0
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer to a webhook."""

    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A call to be made: to whom, what is read and in which language, where it reports and where a
    key is reported to."""

    number: str
    sender: str
    words: str
    url: str
    key_url: str
    ring_s: int
    language: str = ""  # '' is the portal's own


class CallControl:
    """What a provider of calls does with those that come in. It keeps no state."""

    # How the number is led here: at most six steps, with {url} and {event_url}.
    steps: tuple[str, ...] = ()

    def read(self, config: Config, callback: Callback) -> CallReport:
        """What a webhook says. Raises CallbackRefused where it is not signed."""
        raise NotImplementedError

    def hold(self, words: str, room: str, url: str) -> Answer:
        """Read the words to the caller, who then waits in the room; the end is reported to
        ``url``."""
        raise NotImplementedError

    def join(self, words: str, room: str) -> Answer:
        """Lead whoever has accepted into the room; when they hang up the call is over."""
        raise NotImplementedError

    def say(self, words: str) -> Answer:
        """Read the words, and hang up."""
        raise NotImplementedError

    def ring(self, config: Config, leg: Leg) -> str:
        """Call somebody now; returns the id of that call. Raises DeliveryError."""
        raise NotImplementedError

    def take_message(self, config: Config, call_id: str, words: str, url: str) -> None:
        """Lead the caller out of the room, read the words and record a message, which is reported
        to ``url``. Raises DeliveryError."""
        raise NotImplementedError

    def hang_up(self, config: Config, call_id: str) -> None:
        """End a call. Raises DeliveryError."""
        raise NotImplementedError

    def recording(self, config: Config, url: str) -> tuple[bytes, str]:
        """The recording at the address that the provider gave, and its content type.

        Raises DeliveryError.
        """
        raise NotImplementedError
