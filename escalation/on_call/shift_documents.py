"""Shifts as documents: the events of a feed, and files of a chosen range (iCalendar, CSV, JSON)."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from escalation.choices import FeedKind
from escalation.models import Feed, PublishedShift, Schedule
from escalation.on_call.schedule_facts import schedules_of
from escalation.on_call.shift_rows import ShiftRow, rows_of, uid_of
from escalation.schedules.calendar_file import ShiftEvent, calendar_file
from incidents.export import safe_cell
from incidents.models import User

BACK_DAYS, AHEAD_DAYS, CUT_DAYS = 30, 365, 90
MAX_EVENTS = 3000
CANCELLED_FOR = timedelta(days=30)
CSV_COLUMNS = ("schedule", "person", "email", "role", "start", "end", "hours", "cause")
CUT_SENTENCE = "This schedule has very many shifts: the calendar ends here."


@dataclass(frozen=True, slots=True)
class FeedContent:
    """What a feed says now: its name, its zone, and its events."""

    name: str
    zone: str
    events: Sequence[ShiftEvent]

    def as_calendar(self) -> bytes:
        """As an iCalendar file."""
        return calendar_file(self.name, self.zone, self.events)

    def as_json(self) -> dict[str, Any]:
        """As values for JSON, without what was cancelled."""
        shifts = [
            {
                "uid": one.uid,
                "start": one.start.isoformat(),
                "end": one.end.isoformat(),
                "summary": one.summary,
                "description": one.description,
            }
            for one in self.events
            if not one.is_cancelled
        ]
        return {"name": self.name, "time_zone": self.zone, "shifts": shifts}


def content_of(feed: Feed, now: datetime) -> FeedContent:
    """The events of a feed. The span begins and ends with a month, so that the file is the same
    for as long as nothing changes."""
    start, end = _month(now - timedelta(days=BACK_DAYS)), _month(now + timedelta(days=AHEAD_DAYS))
    end = _month(end + timedelta(days=31))
    is_whole = feed.kind == FeedKind.WHOLE
    if feed.schedule is not None:
        schedules = [feed.schedule]
    else:
        schedules = schedules_of(feed.user, start, end)
    zone = ZoneInfo(feed.schedule.zone) if feed.schedule and is_whole else feed.user.zone
    rows = rows_of(schedules, start, end, zone=zone, user=None if is_whole else feed.user)
    rows, is_cut = _limited(rows, now)
    events = [_event(one, is_whole=is_whole) for one in rows]
    if is_cut:
        last = events[-1]
        events[-1] = replace(last, description=f"{CUT_SENTENCE}\n{last.description}")
    events += _cancelled(schedules, None if is_whole else feed.user, now, {e.uid for e in events})
    return FeedContent(_name(feed), zone.key, events)


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _limited(rows: list[ShiftRow], now: datetime) -> tuple[list[ShiftRow], bool]:
    """At most MAX_EVENTS, and whether that left some out: then it ends after CUT_DAYS, or, where
    the first shift is later, with as many as there may be."""
    if len(rows) <= MAX_EVENTS:
        return rows, False
    latest = now + timedelta(days=CUT_DAYS)
    near = [one for one in rows if one.start < latest]
    return (near or rows)[:MAX_EVENTS], True


def _event(row: ShiftRow, *, is_whole: bool) -> ShiftEvent:
    schedule = row.schedule
    return ShiftEvent(
        uid=row.uid,
        start=row.start,
        end=row.end,
        summary=_summary(schedule, row.person, row.role, is_whole=is_whole),
        description=f"{row.why}\n{_url(schedule)}",
        url=_url(schedule),
        sequence=schedule.revision,
        changed_at=schedule.revised_at or schedule.created_at,
    )


def _summary(schedule: Schedule, person: User | None, role: str, *, is_whole: bool) -> str:
    mark = " (secondary)" if role == "secondary" else ""
    return f"{person}{mark}: {schedule}" if is_whole else f"On call{mark}: {schedule}"


def _url(schedule: Schedule) -> str:
    return f"{settings.SITE_URL}{reverse('schedule', args=[schedule.pk])}"


def _cancelled(
    schedules: Iterable[Schedule], user: User | None, now: datetime, present: set[str]
) -> list[ShiftEvent]:
    """The shifts that are gone, for 30 days: a calendar that keeps what it had takes them out."""
    rows = PublishedShift.objects.filter(
        schedule__in=list(schedules), cancelled_at__gt=now - CANCELLED_FOR
    )
    rows = rows.select_related("schedule", "user")
    if user is not None:
        rows = rows.filter(user=user)
    found = []
    for row in rows[:MAX_EVENTS]:
        uid = uid_of(row.schedule_id, row.key)
        if uid not in present:
            summary = _summary(row.schedule, row.user, row.role, is_whole=user is None)
            found.append(
                ShiftEvent(
                    uid=uid,
                    start=row.starts_at,
                    end=row.ends_at,
                    summary=summary,
                    sequence=row.schedule.revision,
                    changed_at=row.cancelled_at or now,
                    is_cancelled=True,
                )
            )
    return found


def _name(feed: Feed) -> str:
    if feed.schedule is None:
        return "On call"
    return str(feed.schedule) if feed.kind == FeedKind.WHOLE else f"On call: {feed.schedule}"


def export_calendar(name: str, zone: ZoneInfo, rows: Iterable[ShiftRow]) -> bytes:
    """The shifts as an iCalendar file, each with the name of its person."""
    return calendar_file(name, zone.key, [_event(one, is_whole=True) for one in rows])


def export_csv(rows: Iterable[ShiftRow], zone: ZoneInfo) -> str:
    """The shifts as CSV with a head; times in ``zone`` with their offset."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for one in rows:
        times = [at.astimezone(zone).isoformat() for at in (one.start, one.end)]
        email = one.person.email if one.person else ""
        values = [one.schedule.name, str(one.person or ""), email, one.role, *times]
        writer.writerow([*map(safe_cell, values), f"{one.hours:g}", safe_cell(one.why)])
    return text.getvalue()
