"""Rules that end a suppression by a count of messages. Pure."""

from collections.abc import Sequence
from datetime import datetime

from incidents.report import Suppression, spell_time

NTH = {1: "st", 2: "nd", 3: "rd"}


def add_arrival(
    recent_occurrences: Sequence[str], suppression: Suppression | None, at: datetime
) -> list[str]:
    """The recent times that the rule needs, with this one; none where it counts no time."""
    if suppression is None or suppression.within is None:
        return []
    return [*recent_occurrences, at.isoformat()][-suppression.alerts :]


def is_reached(suppression: Suppression, count: int, recent_occurrences: Sequence[str]) -> bool:
    """Whether so many have come, and soon enough one after the other."""
    if not suppression.alerts:
        return False
    if suppression.within is None:
        return count >= suppression.alerts
    if len(recent_occurrences) < suppression.alerts:
        return False
    first, last = (datetime.fromisoformat(recent_occurrences[place]) for place in (0, -1))
    return last - first <= suppression.within


def is_repeat_due(suppression: Suppression | None, count: int) -> bool:
    """Whether this message is one of those that page again."""
    return (
        suppression is not None
        and suppression.again
        and suppression.alerts > 0
        and count % suppression.alerts == 0
    )


def describe(suppression: Suppression, count: int) -> str:
    """Why nobody is told yet, and until when."""
    if suppression.until:
        return f"{suppression.reason}, until {spell_time(suppression.until)}"
    return f"{suppression.reason}; this is the {ordinal(count)}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    ending = "th" if 10 <= number % 100 <= 20 else NTH.get(number % 10, "th")
    return f"{number}{ending}"
