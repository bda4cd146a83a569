"""Shifts as an iCalendar file (RFC 5545): finished events in UTC, never a rule. Pure.

A rule cannot say rotation × hours × overrides, and clients read a time that the clock leaves out
differently.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vDuration

REFRESH = timedelta(hours=1)
PRODID = "-//OpsPortal//On call//EN"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftEvent:
    """An event of a calendar. ``sequence`` and ``changed_at`` are those of its schedule, so that
    the file stays the same, byte for byte, until something changes."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str = ""
    url: str = ""
    sequence: int = 0
    changed_at: datetime
    is_cancelled: bool = False


def calendar_file(name: str, zone: str, events: Iterable[ShiftEvent]) -> bytes:
    """The file: lines end in CRLF and are folded at 75 bytes. A cancelled event has no length."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        calendar.add_component(_component(event))
    return bytes(calendar.to_ical())


def _component(event: ShiftEvent) -> Event:
    row = Event()
    row.add("uid", event.uid)
    row.add("dtstamp", event.changed_at)
    row.add("last-modified", event.changed_at)
    row.add("sequence", event.sequence)
    row.add("dtstart", event.start)
    row.add("dtend", event.start if event.is_cancelled else event.end)
    row.add("summary", event.summary)
    if event.description:
        row.add("description", event.description)
    if event.url:
        row.add("url", event.url)
    row.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    row.add("transp", "TRANSPARENT")  # A week on call makes nobody busy.
    row.add("categories", ["ON-CALL"])
    return row
