"""Which events of a person's calendar are absences. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from escalation.schedules.calendar_import import CalendarEvent

MAX_ABSENCES = 50


class AbsenceEvent(NamedTuple):
    """From when until when, in seconds since 1970, and by what it is known when it is moved."""

    key: str
    start: int
    end: int


def absences_of(events: Iterable[CalendarEvent], words: str) -> list[AbsenceEvent]:
    """The next 50 absences, in order. ``words``: parted by commas; '' counts what takes time."""
    found = [one for one in events if is_absence(one, words)]
    return [AbsenceEvent(one.key, one.start, one.end) for one in found[:MAX_ABSENCES]]


def is_absence(event: CalendarEvent, words: str) -> bool:
    """Whether a word stands in the title, in any case and as a whole, or Outlook calls the event
    out of office. Without words: whether it takes time."""
    wanted = [word.strip() for word in words.split(",") if word.strip()]
    if event.is_away:
        return True
    if not wanted:
        return not event.is_free
    pattern = "|".join(re.escape(word) for word in wanted)
    return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", event.title, re.IGNORECASE) is not None
