"""Calendars of others: fetched, and read with the people that the portal knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.calendar_import import (
    MAX_BYTES,
    CalendarUnreadable,
    Matcher,
    events_of,
    intervals_of,
)
from escalation.schedules.facts import Interval
from incidents.models import User
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

BACK, AHEAD = timedelta(days=30), timedelta(days=400)
TIMEOUT_S = 10.0
ACCEPT = "text/calendar, */*;q=0.1"


@dataclass(frozen=True, slots=True)
class Copy:
    """What was read of a calendar, and by what it is known to be the same."""

    body: bytes
    etag: str = ""
    modified: str = ""


def fetch(url: str, etag: str = "", modified: str = "") -> Copy | None:
    """The calendar at an address; None where it is still the one of these marks.

    Raises CalendarUnreadable, with a sentence, where it cannot be had.
    """
    if urlsplit(url).scheme.lower() != "https":
        raise CalendarUnreadable("The address has to begin with https://.")
    headers = {"Accept": ACCEPT}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": modified} if modified else {}
    try:
        answer = http.download(url, headers=headers, timeout=TIMEOUT_S, max_bytes=MAX_BYTES)
    except DeliveryError as error:
        raise CalendarUnreadable(str(error)) from error
    if answer.status_code == 304:
        return None
    if not answer.ok:
        raise CalendarUnreadable(f"{urlsplit(url).hostname} answered {answer.status_code}.")
    check_size(answer.content)
    marks = answer.headers.get("ETag", "")[:300], answer.headers.get("Last-Modified", "")[:100]
    return Copy(answer.content, *marks)


def check_size(body: bytes) -> None:
    """Raises CalendarUnreadable for more than 5 MiB."""
    if len(body) > MAX_BYTES:
        raise CalendarUnreadable("The calendar is larger than 5 MiB.")


def matcher(names: Mapping[str, int]) -> Matcher:
    """Finds people by ``names``, which somebody said, else by their address and their full name;
    never a Stakeholder, nor by a full name that several have."""
    by_name: dict[str, int | None] = {}
    by_email: dict[str, int] = {}
    people = User.objects.exclude(pk__in=User.objects.stakeholders().values("pk"))
    for number, name, email in people.values_list("pk", "name", "email"):
        by_email[email.casefold()] = number
        key = " ".join(name.casefold().split())
        by_name[key] = None if key in by_name else number

    known = set(by_email.values())
    said = {name: person for name, person in names.items() if person in known}

    def match(text: str) -> int | None:
        key = " ".join(text.casefold().split())
        if not key:
            return None
        return said.get(key) or by_email.get(key) or by_name.get(key)

    return match


def read(
    body: bytes, zone: ZoneInfo, names: Mapping[str, int], now: datetime
) -> tuple[list[Interval], list[str]]:
    """(whom a calendar puts on call, the names of whom nobody is known), from 30 days back until
    400 ahead. Raises CalendarUnreadable."""
    return intervals_of(events_of(body, zone, now - BACK, now + AHEAD), matcher(names))


def first_shifts(
    found: Sequence[Interval], zone: ZoneInfo, now: datetime, limit: int = 10
) -> list[Any]:
    """(start, end, names) of the next ones, for a preview."""
    at = instant_of(now)
    rows = [one for one in found if one[1] > at][:limit]
    people = User.objects.in_bulk({person for *_, ids in rows for person in ids})
    return [
        (
            datetime.fromtimestamp(start, zone),
            datetime.fromtimestamp(end, zone),
            " + ".join(str(people[one]) for one in ids if one in people),
        )
        for start, end, ids in rows
    ]
