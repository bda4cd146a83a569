"""Rules that end a suppression by a count of messages. Pure."""

from collections.abc import Sequence
from datetime import datetime

from incidents.report import Hold, spell_time

NTH = {1: "st", 2: "nd", 3: "rd"}


def add_arrival(recent_occurrences: Sequence[str], hold: Hold | None, at: datetime) -> list[str]:
    """The recent times that the rule needs, with this one; none where it counts no time."""
    if hold is None or hold.within is None:
        return []
    return [*recent_occurrences, at.isoformat()][-hold.alerts :]


def is_reached(hold: Hold, count: int, recent_occurrences: Sequence[str]) -> bool:
    """Whether so many have come, and soon enough one after the other."""
    if not hold.alerts:
        return False
    if hold.within is None:
        return count >= hold.alerts
    if len(recent_occurrences) < hold.alerts:
        return False
    first, last = (datetime.fromisoformat(recent_occurrences[place]) for place in (0, -1))
    return last - first <= hold.within


def is_repeat_due(hold: Hold | None, count: int) -> bool:
    """Whether this message is one of those that page again."""
    return hold is not None and hold.again and hold.alerts > 0 and count % hold.alerts == 0


def describe(hold: Hold, count: int) -> str:
    """Why nobody is told yet, and until when."""
    if hold.until:
        return f"{hold.reason}, until {spell_time(hold.until)}"
    return f"{hold.reason}; this is the {ordinal(count)}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th."""
    ending = "th" if 10 <= number % 100 <= 20 else NTH.get(number % 10, "th")
    return f"{number}{ending}"
