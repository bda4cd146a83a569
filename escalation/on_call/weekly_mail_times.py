"""When the mail of a week is due, by the clock of its schedule."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from escalation.models import Schedule
from opsportal.lib.weekly_hours import to_utc

WEEK = timedelta(days=7)


def next_mail_at(schedule: Schedule, now: datetime) -> datetime | None:
    """The first time after ``now`` at which the mail is due; None where there is none."""
    if schedule.weekly_mail_day is None:
        return None
    zone = ZoneInfo(schedule.zone)
    day = monday_of(now, zone) + timedelta(days=schedule.weekly_mail_day)
    walls = [datetime.combine(day + weeks * WEEK, schedule.weekly_mail_at) for weeks in (0, 1)]
    times = [to_utc(wall, zone, is_end=False) for wall in walls]
    return min(at for at in times if at > now)


def monday_of(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall time at which the week of an instant begins."""
    today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return today - timedelta(days=today.weekday())
