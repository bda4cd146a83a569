"""Schedule of a heartbeat: when the next ping is due, when it is overdue, and its state."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

TEMPLATE = "heartbeat"  # of the catalog: what all heartbeats are made from
MAX_SECONDS = 366 * 86_400
NO_CRON = "this is no cron expression: write five fields, such as 0 3 * * 1-5"


class State(StrEnum):
    NEW = "new"  # no ping yet
    UP = "up"
    LATE = "late"  # due, and within the grace
    DOWN = "down"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Schedule:
    """An interval, or a cron expression in a time zone; and the grace after each due time."""

    every_seconds: int | None = None
    cron: str = ""
    time_zone: str = "UTC"
    grace_seconds: int = 60

    def next_due(self, after: datetime) -> datetime:
        """When the next ping is due, in UTC, if the last one came at ``after``."""
        if self.every_seconds:
            return after.astimezone(UTC) + timedelta(seconds=self.every_seconds)
        local = after.astimezone(ZoneInfo(self.time_zone))
        # In the hour that a clock lives through twice it may name the first one, which is over.
        return next(at for at in _instants(CronSim(self.cron, local)) if at > after)

    def alert_after(self, due: datetime) -> datetime:
        """When a missing ping opens an alert: ``due`` plus the grace."""
        return due + timedelta(seconds=self.grace_seconds)

    def next_dues(self, after: datetime, count: int = 3) -> list[datetime]:
        """The next few due times, for a person to check the schedule by."""
        found: list[datetime] = []
        for _ in range(count):
            found.append(self.next_due(found[-1] if found else after))
        return found

    @property
    def says(self) -> str:
        """The schedule in words."""
        if self.every_seconds:
            return f"Every {spell_exactly(self.every_seconds)}"
        return CronSim(self.cron, datetime.now(UTC)).explain()


def _instants(found: CronSim) -> Iterator[datetime]:
    return (at.astimezone(UTC) for at in found)


class Timed(Protocol):
    """The columns that the state of a heartbeat depends on."""

    is_paused: bool
    due_at: datetime | None
    alert_after: datetime | None
    down_since: datetime | None


def state_of(heartbeat: Timed, now: datetime) -> State:
    """The state at ``now``: up before ``due_at``, late before ``alert_after``, then down."""
    if heartbeat.is_paused:
        return State.PAUSED
    if heartbeat.down_since or (heartbeat.alert_after and heartbeat.alert_after <= now):
        return State.DOWN
    if heartbeat.due_at is None:
        return State.NEW
    return State.UP if now < heartbeat.due_at else State.LATE


def problems_of(schedule: Schedule, now: datetime) -> dict[str, str]:
    """What is wrong with a schedule, by the field it is wrong in; {} where it can be kept."""
    found = {}
    if bool(schedule.every_seconds) == bool(schedule.cron):
        found["every_seconds"] = "write an interval or a cron expression, and not both"
    elif schedule.every_seconds and not 1 <= schedule.every_seconds <= MAX_SECONDS:
        found["every_seconds"] = "write 1 second to 366 days"
    if not 0 <= schedule.grace_seconds <= MAX_SECONDS:
        found["grace_seconds"] = "write 0 seconds to 366 days"
    if schedule.time_zone not in available_timezones():
        found["time_zone"] = (
            f"“{schedule.time_zone}” is no time zone; write one such as Europe/Berlin"
        )
    elif schedule.cron and (problem := _cron_problem(schedule, now)):
        found["cron"] = problem
    return found


def _cron_problem(schedule: Schedule, now: datetime) -> str:
    if len(schedule.cron.split()) != 5:
        return NO_CRON
    try:
        schedule.next_due(now)
    except CronSimError as error:
        return f"{NO_CRON} ({str(error).lower()})"
    except StopIteration:
        return "this never happens: no day fits it"
    return ""


UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def in_units(seconds: int) -> tuple[int, int]:
    """A number and the largest unit, in seconds, that give the span without a rest."""
    return next((seconds // size, size) for _, size in UNITS if seconds % size == 0)


def spell_exactly(seconds: int) -> str:
    """A span as it was written: 5 minutes, 90 seconds, day."""
    number, size = in_units(seconds)
    name = next(name for name, of in UNITS if of == size)
    return name if number == 1 else f"{number} {name}s"
