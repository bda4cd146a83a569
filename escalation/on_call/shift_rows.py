"""The shifts of people in schedules, each with why they are on call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from escalation.models import Schedule
from escalation.on_call.schedule_explanations import Explainer
from escalation.on_call.schedule_facts import instant_of, load, schedules_of, time_of
from escalation.schedules.personal_shifts import PersonalShift, personal_shifts
from escalation.schedules.timeline import Piece
from incidents.models import User


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A shift of a person in a schedule, with why they are on call."""

    schedule: Schedule
    shift: PersonalShift
    person: User | None
    why: str

    @property
    def start(self) -> datetime:
        """When it begins, in UTC."""
        return time_of(self.shift.start)

    @property
    def end(self) -> datetime:
        """When it ends, in UTC."""
        return time_of(self.shift.end)

    @property
    def role(self) -> str:
        """As whom: primary or secondary."""
        return self.shift.place.role

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.shift.end - self.shift.start) / 3600

    @property
    def uid(self) -> str:
        """Unique among all calendars, and the same while the turn is."""
        return uid_of(self.schedule.pk, self.shift.key)


def uid_of(schedule_id: int, key: str) -> str:
    """The UID of a shift."""
    return f"{schedule_id}-{key}@{urlsplit(settings.SITE_URL).hostname}"


def rows_of(
    schedules: Iterable[Schedule],
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo,
    user: User | None = None,
) -> list[ShiftRow]:
    """The shifts of everybody, or of one person, between two times; times in ``zone``."""
    rows = list(schedules)
    facts = load(rows, start, end)
    first, last = instant_of(start), instant_of(end)
    found = [
        (row, shift)
        for row in rows
        for shift in personal_shifts(facts[row.pk], first, last)
        if user is None or shift.user == user.pk
    ]
    pieces = [Piece(shift.start, shift.end, (shift.place,)) for _, shift in found]
    explainer = Explainer(facts.values(), pieces, zone)
    shifts = [
        ShiftRow(row, shift, explainer.people.get(shift.user), explainer.why(shift.place))
        for row, shift in found
    ]
    return sorted(shifts, key=lambda one: (one.start, one.schedule.name, one.shift.user))


def shifts_of(user: User, start: datetime, end: datetime) -> list[ShiftRow]:
    """The shifts of a person in all schedules that name them or whose people they cover for."""
    return rows_of(schedules_of(user, start, end), start, end, zone=user.zone, user=user)
