"""Until when: the choices of the snooze menu."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

SPANS = {
    "30m": ("30 minutes", timedelta(minutes=30)),
    "1h": ("1 hour", timedelta(hours=1)),
    "4h": ("4 hours", timedelta(hours=4)),
}
TOMORROW = "tomorrow"
MORNING = time(9)
CHOICES = [*((key, label) for key, (label, _) in SPANS.items()), (TOMORROW, "Tomorrow, 9:00")]


def until(choice: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The time that a choice means; tomorrow's nine o'clock is in the person's own time zone."""
    if choice == TOMORROW:
        day = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, MORNING, tzinfo=zone)
    return now + SPANS[choice][1]
