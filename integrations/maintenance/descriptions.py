"""Descriptions of when a maintenance window takes place, as sentences."""

from datetime import datetime
from zoneinfo import ZoneInfo

from integrations.maintenance.recurrence import (
    DAILY,
    MONTHLY,
    ONCE,
    WEEKLY,
    Occurrence,
    Timetable,
    last_day,
)
from opsportal.lib.weekly_hours import DAYS

LONG_DAYS = dict(
    zip(
        DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
LAST_DAY_OF_EVERY_MONTH = 28


def describe_timetable(timetable: Timetable) -> str:
    """How often, and at which time of its zone."""
    start, end = (at.astimezone(timetable.zone) for at in (timetable.starts_at, timetable.ends_at))
    if timetable.recurrence == ONCE:
        only = Occurrence(timetable.starts_at, timetable.ends_at)
        return f"Once, {describe_occurrence(only, timetable.zone)}"
    days = (end.date() - start.date()).days
    later = f" {days} days later" if days > 1 else " of the next day" if days else ""
    said = f"{_every(timetable, start)}, {start:%H:%M} to {end:%H:%M}{later}, {timetable.zone.key}"
    last = last_day(timetable.until, timetable.zone)
    return f"{said}, last day {last:%a %d %b %Y}" if last else said


def _every(timetable: Timetable, start: datetime) -> str:
    if timetable.recurrence == WEEKLY:
        days = [LONG_DAYS[day] for day in DAYS if day in timetable.weekdays]
        return f"Every {', '.join(days)}"
    if timetable.recurrence == MONTHLY:
        left_out = (
            " (months without it are left out)" if start.day > LAST_DAY_OF_EVERY_MONTH else ""
        )
        return f"On day {start.day} of every month{left_out}"
    return "Every day" if timetable.recurrence == DAILY else ""


def describe_occurrence(found: Occurrence, zone: ZoneInfo) -> str:
    """From when to when, as the clock on the wall of a zone shows it."""
    start, end = found.start.astimezone(zone), found.end.astimezone(zone)
    same_day = start.date() == end.date()
    ending = f"{end:%H:%M}" if same_day else f"{end:%a %d %b %Y, %H:%M}"
    # Over a change of the clock both ends say which of the times they mean.
    zone_there = "" if start.tzname() == end.tzname() else f" {start:%Z}"
    return f"{start:%a %d %b %Y, %H:%M}{zone_there} to {ending} {end:%Z}"
