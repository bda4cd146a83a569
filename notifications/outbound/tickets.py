"""What is said to a ticket system, and what it says. Pure."""

from dataclasses import dataclass
from datetime import datetime

from notifications.choices import TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket that is to be opened. ``marker`` is in it, so that it can be found again."""

    number: int
    title: str
    text: str
    url: str
    marker: str
    is_urgent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A ticket that there is: its id for requests, what people call it, and its page."""

    external_id: str
    key: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened to a ticket, as its system says it; ``author_id`` is who did it there.

    ``event_id``: the same for what is sent twice; "" where the system names none.
    """

    external_id: str
    event_id: str = ""
    state: TicketState | None = None
    status: str = ""
    comment: str = ""
    author: str = ""
    author_id: str = ""
    at: datetime | None = None
