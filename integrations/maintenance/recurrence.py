"""Recurrence of a maintenance window, at the same local time through every change of the clock.

``daily``, ``weekly`` and ``monthly`` are as FREQ of RFC 5545; a month without the day is skipped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from integrations.models import MaintenanceWindow
from opsportal.lib.weekly_hours import DAYS, to_utc

ONCE, DAILY, WEEKLY, MONTHLY = MaintenanceWindow.Recurrence
UTC_ZONE = ZoneInfo("UTC")
A_DAY = timedelta(days=1)
MAX_DURATION = timedelta(days=92)  # A forgotten window suppresses no longer.
MAX_MONTHLY_DURATION = timedelta(days=28)
MAX_SEARCHED_DAYS = 800  # The 29th of February has the other months; more is never looked through.


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that it takes place; the end does not belong to it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Timetable:
    """The first occurrence, and how it is repeated.

    A month without the day of the first one is left out. ``until``: none begins from then on.
    ``ended_at``: those that had begun by then are over.
    """

    starts_at: datetime
    ends_at: datetime
    recurrence: str = ONCE
    weekdays: tuple[str, ...] = ()
    zone: ZoneInfo = UTC_ZONE
    until: datetime | None = None
    ended_at: datetime | None = None

    def at(self, now: datetime) -> Occurrence | None:
        """The occurrence of now, if there is one."""
        found = next(self.after(now), None)
        return found if found and found.start <= now else None

    def after(self, now: datetime) -> Iterator[Occurrence]:
        """Those that are not over, in their order; the present one is the first."""
        for found in self._all_since(now):
            if self.until is not None and self.recurrence != ONCE and found.start >= self.until:
                return
            ended = self.ended_at is not None and found.start <= self.ended_at
            if found.end > now and found.start < found.end and not ended:
                yield found

    def next_few(self, now: datetime, count: int) -> list[Occurrence]:
        """The present one, if there is one, and those that come."""
        return list(islice(self.after(now), count))

    def _all_since(self, now: datetime) -> Iterator[Occurrence]:
        if self.recurrence == ONCE:
            yield Occurrence(self.starts_at, self.ends_at)
            return
        first, last = (at.astimezone(self.zone) for at in (self.starts_at, self.ends_at))
        span = last.date() - first.date()
        day = max(first.date(), now.astimezone(self.zone).date() - span - A_DAY)
        for number in range(MAX_SEARCHED_DAYS):
            on = day + timedelta(days=number)
            if self._takes_place(on, first.date()):
                yield Occurrence(
                    to_utc(datetime.combine(on, _clock(first)), self.zone, is_end=False),
                    to_utc(datetime.combine(on + span, _clock(last)), self.zone, is_end=True),
                )

    def _takes_place(self, day: date, first: date) -> bool:
        if self.recurrence == WEEKLY:
            return DAYS[day.weekday()] in (self.weekdays or (DAYS[first.weekday()],))
        return self.recurrence == DAILY or day.day == first.day

    @property
    def wall_length(self) -> timedelta:
        """From start to end by the clock on the wall; of one that takes place once, really."""
        if self.recurrence == ONCE:
            return self.ends_at - self.starts_at
        walls = [at.astimezone(self.zone) for at in (self.starts_at, self.ends_at)]
        return walls[1].replace(tzinfo=None) - walls[0].replace(tzinfo=None)

    def problems(self) -> dict[str, str]:
        """What is wrong with it, by the name of the field."""
        if self.ends_at <= self.starts_at:
            return {"ends_at": "It must end after it starts."}
        found = {}
        if self.recurrence != ONCE and self.until and self.until <= self.starts_at:
            found["until"] = "It must be after the start."
        if self.recurrence == WEEKLY and not self.weekdays:
            found["weekdays"] = "Choose at least one day of the week."
        length, most = self.wall_length, self._max_duration()
        if not found and (length > most or length <= timedelta(0)):
            found["ends_at"] = TOO_LONG[MaintenanceWindow.Recurrence(self.recurrence)]
        return found

    def _max_duration(self) -> timedelta:
        """So long may each occurrence be that some time is left between them."""
        if self.recurrence == DAILY:
            return A_DAY - timedelta(minutes=1)
        if self.recurrence == WEEKLY:
            return _smallest_gap(self.weekdays)
        return MAX_DURATION if self.recurrence == ONCE else MAX_MONTHLY_DURATION


TOO_LONG = {
    ONCE: f"It may last {MAX_DURATION.days} days at most.",
    DAILY: "It must be over before it begins again the next day.",
    WEEKLY: "It must be over before it begins again on the next of its days, and not last always.",
    MONTHLY: f"It may last {MAX_MONTHLY_DURATION.days} days at most.",
}


def day_after(day: date, zone: ZoneInfo) -> datetime:
    """When this day is over in a zone."""
    return to_utc(datetime.combine(day + A_DAY, time()), zone, is_end=False).astimezone(UTC)


def last_day(until: datetime | None, zone: ZoneInfo) -> date | None:
    """The last day on which one may begin; None where they go on."""
    return (until - timedelta(seconds=1)).astimezone(zone).date() if until else None


def _clock(at: datetime) -> time:
    return at.time().replace(tzinfo=None, fold=0)


def _smallest_gap(weekdays: Sequence[str]) -> timedelta:
    """Between the starts on these days; a bit less where every day is one of them."""
    at = sorted(DAYS.index(day) for day in set(weekdays) if day in DAYS)
    if len(at) == len(DAYS):
        return A_DAY - timedelta(minutes=1)
    gaps = [later - day for day, later in zip(at, [*at[1:], at[0] + 7], strict=True)] if at else [7]
    return timedelta(days=min(gaps)) - (timedelta(minutes=1) if len(at) < 2 else timedelta(0))
