"""The mail of a week: who is on call in a schedule, who is new, and when it is nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from escalation.actions.due_rows import process_due
from escalation.actions.hand_overs import names_of
from escalation.actions.schedules import people_of
from escalation.choices import MailedWeek
from escalation.models import Schedule
from escalation.on_call.schedule_explanations import spell_span
from escalation.on_call.schedule_facts import definition_at, instant_of, load
from escalation.on_call.weekly_mail_times import WEEK, monday_of, next_mail_at
from escalation.schedules.facts import Facts
from escalation.schedules.personal_shifts import PersonalShift, personal_shifts
from escalation.schedules.resolver import shifts
from notifications.actions.notices import notify
from notifications.page import Notice
from opsportal.lib.weekly_hours import to_utc

NEW_AFTER = timedelta(days=60)  # without a shift somebody counts as new
LATE_AT_MOST = timedelta(days=1)
MAX_LINES = 60


def change_settings(schedule: Schedule, *, now: datetime, **columns: Any) -> Schedule:
    """Save these columns, and when the next mail of a week is due by all of them."""
    for name, value in columns.items():
        setattr(schedule, name, value)
    schedule.weekly_mail_due_at = next_mail_at(schedule, now)
    schedule.save(update_fields=[*columns, "weekly_mail_due_at"])
    return schedule


def send_due_mails(now: datetime) -> int:
    """Send those that are due; returns how many were looked at."""
    due = Schedule.objects.filter(weekly_mail_due_at__lte=now).order_by("pk")
    return process_due(due, partial(_send, now=now))


def _send(schedule: Schedule, *, now: datetime) -> None:
    due_at = schedule.weekly_mail_due_at
    if due_at is not None and now <= due_at + LATE_AT_MOST:
        _tell(schedule, due_at, now)
    schedule.weekly_mail_due_at = next_mail_at(schedule, now)
    schedule.save(update_fields=["weekly_mail_due_at"])


def _tell(schedule: Schedule, due_at: datetime, now: datetime) -> None:
    zone = ZoneInfo(schedule.zone)
    monday = monday_of(due_at, zone)
    if schedule.weekly_mail_week == MailedWeek.NEXT:
        monday += WEEK
    start, end = (to_utc(day, zone, is_end=False) for day in (monday, monday + WEEK))
    facts = load([schedule], start - NEW_AFTER, end)[schedule.pk]
    found = personal_shifts(facts, instant_of(start), instant_of(end))
    people = people_of(definition_at(schedule, start)) | {one.user for one in found}
    text = "\n".join(_lines(facts, found, start, end, zone))
    sunday = monday + timedelta(days=6)
    title = f"{schedule}: On call from {monday:%a %-d %b} to {sunday:%a %-d %b}"
    notice = Notice(title=title, text=text, url=schedule.get_absolute_url())
    key = f"week:{schedule.pk}:{due_at:%Y%m%d%H%M}"
    notify(sorted(people), notice, key=key, now=now, channels=(("email", 0),))


def _lines(
    facts: Facts, found: Sequence[PersonalShift], start: datetime, end: datetime, zone: ZoneInfo
) -> list[str]:
    before = personal_shifts(facts, instant_of(start - NEW_AFTER), instant_of(start))
    known = {one.user for one in before}
    names = names_of({one.user for one in found})
    lines = []
    for one in found[:MAX_LINES]:
        role = " (secondary)" if one.place.role == "secondary" else ""
        lines.append(f"{spell_span(one.start, one.end, zone)}: {names[one.user]}{role}")
    if len(found) > MAX_LINES:
        lines.append(f"And {len(found) - MAX_LINES} more shifts.")
    new = sorted({names[one.user] for one in found if one.user not in known})
    if new:
        lines.append(f"New, or back after {NEW_AFTER.days} days: {', '.join(new)}.")
    gaps = [
        f"Nobody is on call {spell_span(piece.start, piece.end, zone)}."
        for piece in shifts(facts, instant_of(start), instant_of(end))
        if not piece.places
    ]
    return [*lines, *gaps, f"Times are those of {zone.key}."]
