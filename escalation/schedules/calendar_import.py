"""Calendars of others, read as times in which people are on call. Pure.

Recurrences and their exceptions are expanded by `recurring_ical_events`. A time without a zone, and
a whole day, are those of the schedule's zone.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from escalation.schedules.facts import Interval
from opsportal.lib.weekly_hours import to_utc

MAX_EVENTS = 20_000
MAX_BYTES = 5 * 1024 * 1024
MAX_NAMES = 20  # people of one event
TOO_MANY = f"The calendar has more than {MAX_EVENTS} events in 14 months."
DAY, MONTH = timedelta(days=1), timedelta(days=31)
OF_SERIES = ("RRULE", "RDATE", "RECURRENCE-ID")
TOO_OFTEN = {"SECONDLY", "MINUTELY"}
LEVEL = re.compile(r"\[L\d\]")
WORDS = re.compile(r"\bon[- ]?call\b:?", re.IGNORECASE)
BETWEEN_NAMES = re.compile(r"\s*(?:[,;/&+]|\band\b)\s*")
Matcher = Callable[[str], int | None]  # a name or an address → the id of a person


class CalendarUnreadable(Exception):
    """What was read is no calendar, or too large a one; the text is for people."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """An event: instants, the addresses of those who attend, and its title without its marks.

    ``key`` stays the same when the event is moved; of one that recurs each time has its own.
    ``is_free``: it takes no time of whoever has it; ``is_away``: Outlook calls it out of office.
    """

    start: int
    end: int
    attendees: tuple[str, ...]
    title: str
    key: str = ""
    is_free: bool = False
    is_away: bool = False


def events_of(body: bytes, zone: ZoneInfo, start: datetime, end: datetime) -> list[CalendarEvent]:
    """The events between two times, of one calendar or several in one file.

    Raises CalendarUnreadable for what is no calendar, for more than 20,000 events, and for events
    that recur each minute or second.
    """
    whole = body.upper()
    if b"BEGIN:VCALENDAR" not in whole[:4096]:
        raise CalendarUnreadable("This is no calendar: it does not begin with BEGIN:VCALENDAR.")
    if whole.count(b"BEGIN:VCALENDAR") != whole.count(b"END:VCALENDAR"):
        raise CalendarUnreadable("The calendar is not whole: its end is missing.")
    try:
        calendars = Calendar.from_ical(body, multiple=True)
        found = [event for one in calendars for event in _events(one, zone, start, end)]
    except CalendarUnreadable:
        raise
    except Exception as error:  # Whatever somebody else's file makes a library say.
        raise CalendarUnreadable(f"The calendar cannot be read: {error}"[:300]) from error
    if len(found) > MAX_EVENTS:
        raise CalendarUnreadable(TOO_MANY)
    found = [one for one in found if one.start < one.end]
    return sorted(found, key=lambda one: (one.start, one.end))


def _events(
    calendar: Any, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterable[CalendarEvent]:
    rows = calendar.walk("VEVENT")
    series = {row.get("UID") for row in rows if any(name in row for name in OF_SERIES)}
    _check_rules(rows)
    query = recurring_ical_events.of(calendar, skip_bad_series=True)
    found = 0
    begin = start
    while begin < end:  # A month at a time, so that what recurs too often ends soon.
        finish = min(begin + MONTH, end)
        rows = query.between(begin - DAY, finish + DAY)
        found += len(rows)
        if found > 2 * MAX_EVENTS:
            raise CalendarUnreadable(TOO_MANY)
        for row in rows:
            event = _event(row, zone, in_series=row.get("UID") in series)
            is_first = begin == start and event.end > start.timestamp() > event.start
            if is_first or begin.timestamp() <= event.start < finish.timestamp():
                yield event
        begin = finish


def _check_rules(rows: Iterable[Any]) -> None:
    for row in rows:
        rules = row.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if TOO_OFTEN & {str(one).upper() for one in rule.get("FREQ", [])}:
                raise CalendarUnreadable("An event recurs each minute or second.")


def _event(row: Any, zone: ZoneInfo, *, in_series: bool) -> CalendarEvent:
    """One that is cancelled has no length."""
    begins, ends = row["DTSTART"].dt, row["DTEND"].dt
    first = _instant(begins, zone, is_end=False)
    last = _instant(ends, zone, is_end=isinstance(ends, datetime))
    is_cancelled = str(row.get("STATUS", "")).upper() == "CANCELLED"
    return CalendarEvent(
        first,
        first if is_cancelled else last,
        _attendees(row),
        _title(row),
        key=_key(row, in_series=in_series),
        is_free=str(row.get("TRANSP", "")).upper() == "TRANSPARENT",
        is_away=str(row.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "OOF",
    )


def _key(row: Any, *, in_series: bool) -> str:
    """The expansion gives every event the id of a recurrence, also one that does not recur."""
    named = str(row.get("UID", ""))
    if in_series and "RECURRENCE-ID" in row:
        named += f" {row['RECURRENCE-ID'].dt.isoformat()}"
    return hashlib.sha256(named.encode()).hexdigest()[:40]


def _instant(at: date | datetime, zone: ZoneInfo, *, is_end: bool) -> int:
    if not isinstance(at, datetime):
        at = datetime.combine(at, datetime.min.time())
    if at.tzinfo is None:
        at = to_utc(at, zone, is_end=is_end)
    return int(at.timestamp())


def _attendees(row: Any) -> tuple[str, ...]:
    found = row.get("ATTENDEE", [])
    rows = found if isinstance(found, list) else [found]
    addresses = (str(one).strip() for one in rows[:MAX_NAMES])
    return tuple(re.sub("^mailto:", "", one, flags=re.IGNORECASE) for one in addresses)


def _title(row: Any) -> str:
    title = WORDS.sub(" ", LEVEL.sub(" ", str(row.get("SUMMARY", ""))))
    return " ".join(title.split()).strip(" -–:")[:200]


def people_of(event: CalendarEvent, match: Matcher) -> tuple[list[int], list[str]]:
    """(ids of the people of an event, names of whom nobody is known): those who attend, else whom
    the title names, alone or several."""
    known, unknown = _matched(event.attendees, match)
    if known:
        return known, unknown
    whole = match(event.title)
    if whole is not None:
        return [whole], []
    parts = [one for one in BETWEEN_NAMES.split(event.title) if one][:MAX_NAMES]
    known, others = _matched(parts, match)
    return known, others or unknown


def _matched(names: Iterable[str], match: Matcher) -> tuple[list[int], list[str]]:
    known, unknown = [], []
    for name in names:
        person = match(name)
        if person is None:
            unknown.append(name)
        elif person not in known:
            known.append(person)
    return known, unknown


def intervals_of(
    events: Sequence[CalendarEvent], match: Matcher
) -> tuple[list[Interval], list[str]]:
    """(disjoint intervals in order with their people, the names of whom nobody is known). Events
    at the same time count together; one without anybody who is known leaves its time open."""
    named: list[tuple[int, int, list[int]]] = []
    unknown: dict[str, None] = {}
    for event in events:
        people, others = people_of(event, match)
        unknown |= dict.fromkeys(others)
        if people:
            named.append((event.start, event.end, people))
    return list(_together(named)), list(unknown)


def _together(named: Sequence[tuple[int, int, list[int]]]) -> Iterable[Interval]:
    edges = sorted({edge for start, end, _ in named for edge in (start, end)})
    present: list[tuple[int, int, list[int]]] = []
    place = 0
    for start, end in pairwise(edges):
        while place < len(named) and named[place][0] <= start:
            present.append(named[place])
            place += 1
        present = [one for one in present if one[1] > start]
        people = dict.fromkeys(person for one in present for person in one[2])
        if people:
            yield start, end, tuple(people)


def from_now_on(before: Sequence[Interval], after: Sequence[Interval], now: int) -> list[Interval]:
    """The later intervals from an instant on, and the earlier ones until then: what was does not
    change. One that goes on over the instant, with the same people since the same time, is one."""
    past = [(start, min(end, now), people) for start, end, people in before if start < now]
    following = [(max(start, now), end, people) for start, end, people in after if end > now]
    running = next((one for one in after if one[0] < now < one[1]), None)
    if running is not None and past and following:
        start, _, people = past[-1]
        if (start, people) == (running[0], running[2]):
            return [*past[:-1], running, *following[1:]]
    return [*past, *following]
