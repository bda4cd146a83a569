"""Maintenance windows in words: what they are for, and when."""

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
from integrations.mapping.conditions import compile_condition
from integrations.models import MaintenanceWindow
from opsportal.lib.weekly_hours import DAYS

LONG_DAYS = dict(
    zip(
        DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
LAST_SHORT_DAY = 28
MOST_NAMED = 3


def say_targets(row: MaintenanceWindow) -> str:
    """What it is for: everything, or the first few by name."""
    if row.is_for_all:
        return "everything"
    names = [one.name for one in row.services.all()] + [one.name for one in row.integrations.all()]
    if len(names) > MOST_NAMED + 1:
        names = [*names[:MOST_NAMED], f"{len(names) - MOST_NAMED} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def say_conditions(row: MaintenanceWindow) -> str:
    """Which alerts of those, as a sentence; '' for all of them."""
    condition = compile_condition(row.conditions, "conditions", [])
    return condition.says if condition else ""


def say_times(times: Timetable) -> str:
    """How often, and at which time of its zone."""
    start, end = (at.astimezone(times.zone) for at in (times.starts_at, times.ends_at))
    if times.recurrence == ONCE:
        return f"Once, {say_span(Occurrence(times.starts_at, times.ends_at), times.zone)}"
    days = (end.date() - start.date()).days
    later = f" {days} days later" if days > 1 else " of the next day" if days else ""
    said = f"{_every(times, start)}, {start:%H:%M} to {end:%H:%M}{later}, {times.zone.key}"
    last = last_day(times.until, times.zone)
    return f"{said}, last day {last:%a %d %b %Y}" if last else said


def _every(times: Timetable, start: datetime) -> str:
    if times.recurrence == WEEKLY:
        days = [LONG_DAYS[day] for day in DAYS if day in times.weekdays]
        return f"Every {', '.join(days)}"
    if times.recurrence == MONTHLY:
        left_out = " (months without it are left out)" if start.day > LAST_SHORT_DAY else ""
        return f"On day {start.day} of every month{left_out}"
    return "Every day" if times.recurrence == DAILY else ""


def say_span(found: Occurrence, zone: ZoneInfo) -> str:
    """From when to when, as the clock on the wall of a zone shows it."""
    start, end = found.start.astimezone(zone), found.end.astimezone(zone)
    same_day = start.date() == end.date()
    ending = f"{end:%H:%M}" if same_day else f"{end:%a %d %b %Y, %H:%M}"
    # Over a change of the clock both ends say which of the times they mean.
    zone_there = "" if start.tzname() == end.tzname() else f" {start:%Z}"
    return f"{start:%a %d %b %Y, %H:%M}{zone_there} to {ending} {end:%Z}"
