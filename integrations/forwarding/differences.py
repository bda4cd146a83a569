"""Where this portal and the old pager would page differently because of one message. Pure.

Compared is what both are known to have done: taken or refused, paged here or not, the key of the
alert. Whom the old pager pages, and what its own rules make of a message, its answer does not say.
"""

from collections.abc import Sequence
from enum import StrEnum

from integrations.models import EventResult, Forward, InboundMessage, Result

Status = InboundMessage.Status
ASKS = ("", "trigger")  # What an event asks for that wants to page; '' where no rule fits it.
QUIET = (Result.IGNORED, Result.SUPPRESSED, Result.DELAYED)


class Difference(StrEnum):
    """How a message may page differently there."""

    NOT_REACHED = "not_reached"
    REFUSED_THERE = "refused_there"
    REFUSED_HERE = "refused_here"
    QUIET_HERE = "quiet_here"
    OTHER_KEY = "other_key"


SENTENCES = {
    Difference.NOT_REACHED: "The old pager did not get it: here it counted, there it did not",
    Difference.REFUSED_THERE: "The old pager refused what was taken here",
    Difference.REFUSED_HERE: "The old pager took what could not be read here",
    Difference.QUIET_HERE: "The old pager took it, and here it paged nobody at once",
    Difference.OTHER_KEY: "The two know the alert by different keys: one end will not close both",
}


def difference_of(message: InboundMessage, forward: Forward | None) -> Difference | None:
    """The first difference that counts; None for the same, and while either is not done.

    ``forward`` is None for a message that should have been forwarded, and was not kept.
    """
    if is_under_way(message, forward):
        return None
    is_here = message.status != Status.FAILED
    if forward is None or forward.state == Forward.State.FAILED:
        return Difference.NOT_REACHED if is_here else None
    if is_here != bool(forward.is_taken):
        return Difference.REFUSED_THERE if is_here else Difference.REFUSED_HERE
    if not is_here:
        return None
    if is_quiet(message.event_results, message.status):
        return Difference.QUIET_HERE
    has_keys = bool(forward.answer_key and message.source_id)
    return Difference.OTHER_KEY if has_keys and _has_other_key(message, forward) else None


def is_under_way(message: InboundMessage, forward: Forward | None) -> bool:
    """Whether one of both is not done with it."""
    is_sent = forward is None or forward.state not in Forward.OPEN
    return message.status == Status.PENDING or not is_sent


def is_quiet(results: Sequence[EventResult], status: str) -> bool:
    """Whether something in a message that asks to page did not, at once."""
    if not results:
        return status == Status.IGNORED
    return any(one.action in ASKS and one.result in QUIET for one in results)


def _has_other_key(message: InboundMessage, forward: Forward) -> bool:
    known = {message.source_id, *(one.source_id for one in message.event_results)}
    return forward.answer_key not in known
