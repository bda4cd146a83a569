"""Until when: the choices of the snooze menu."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from incidents.errors import InvalidRequest
from incidents.models import Incident, User

SPANS = {
    "30m": ("30 minutes", timedelta(minutes=30)),
    "1h": ("1 hour", timedelta(hours=1)),
    "4h": ("4 hours", timedelta(hours=4)),
}
TOMORROW = "tomorrow"
MORNING = time(9)
CHOICES = [*((key, label) for key, (label, _) in SPANS.items()), (TOMORROW, "Tomorrow, 9:00")]

# Choices that depend on the incident and on the person: key → (label, when that is).
Finder = Callable[[Incident, User, datetime], datetime | None]
FINDERS: dict[str, tuple[str, Finder]] = {}


def snooze_choice(key: str, label: str) -> Callable[[Finder], Finder]:
    """Register a function as a choice: it returns the time that is meant, or None for none."""

    def register(find: Finder) -> Finder:
        FINDERS[key] = label, find
        return find

    return register


@snooze_choice("support_hours", "Until support hours")
def support_hours(incident: Incident, user: User, now: datetime) -> datetime | None:
    """When the service is attended again; None while it is, and where it always is."""
    return incident.service.hours.next_opening(now)


def choices_for(incident: Incident, user: User, now: datetime) -> list[tuple[str, str]]:
    """The (key, label) pairs that a person may choose from for an incident."""
    found = list(CHOICES)
    for key, (label, find) in FINDERS.items():
        if at := find(incident, user, now):
            found.append((key, f"{label}, {at.astimezone(user.zone):%a %H:%M}"))
    return found


def until(choice: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The time that a choice means; tomorrow's nine o'clock is in the person's own time zone."""
    if choice == TOMORROW:
        day = now.astimezone(zone).date() + timedelta(days=1)
        return datetime.combine(day, MORNING, tzinfo=zone)
    return now + SPANS[choice][1]


def until_of(choice: str, incident: Incident, user: User, now: datetime) -> datetime:
    """The time that a choice means for an incident and a person.

    Raises InvalidRequest where it means none.
    """
    if choice not in FINDERS:
        return until(choice, now=now, zone=user.zone)
    label, find = FINDERS[choice]
    at = find(incident, user, now)
    if at is None:
        raise InvalidRequest(f"choice: “{label}” means no time for this incident now.")
    return at
