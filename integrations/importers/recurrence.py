"""Events that repeat by a rule of RFC 5545, as turns: daily and weekly ones, each member of a ring
for so many occurrences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from escalation.schedules.definition import MAX_SLOTS, MINUTES_PER_DAY, Turns, Unit
from integrations.importers.layers import Ring, windows_of
from integrations.importers.rows import wall_after

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEK_MINUTES = 7 * MINUTES_PER_DAY
KNOWN = {"FREQ", "INTERVAL", "BYDAY", "WKST"}


class NotTurnsError(ValueError):
    """A rule cannot be said in turns; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Event:
    """``start`` on the wall, so many minutes long on the wall. ``rules`` as in a calendar
    (``RRULE:FREQ=WEEKLY``); none is an event that happens once."""

    place: str
    start: datetime
    minutes: int
    rules: tuple[str, ...]
    members: Ring
    shifts_per_member: int = 1

    @property
    def minute(self) -> int:
        """The minute of the day at which it starts."""
        return self.start.hour * 60 + self.start.minute

    @property
    def wall(self) -> str:
        """Its start, as layers write it."""
        return self.start.isoformat(timespec="minutes")


def layer_fields(event: Event) -> dict[str, Any]:
    """The unit, length, ring, windows and anchor of the layer that the event is. Raises
    NotTurnsError."""
    if event.minutes <= 0 or not event.members:
        raise NotTurnsError(f"{event.place} has no length or no members.")
    if not event.rules:
        return _once(event)
    parts = _parts(event)
    interval, days = int(parts.get("INTERVAL", "1")), _weekdays(event, parts)
    fields = {"anchor": event.wall, "turns": Turns.DUTY.value}
    if parts["FREQ"] == "DAILY" and "BYDAY" not in parts:
        return fields | _repeated(event, interval, MINUTES_PER_DAY, range(7))
    if len(days) == 1 and parts["FREQ"] == "WEEKLY":
        return fields | _repeated(event, interval, WEEK_MINUTES, days)
    if interval == 1 and event.minutes <= MINUTES_PER_DAY:
        return fields | _on_days(event, days)
    raise NotTurnsError(f"{event.place} repeats by {event.rules[0]}.")


def _once(event: Event) -> dict[str, Any]:
    return {
        "anchor": event.wall,
        "from_": event.wall,
        "until": wall_after(event.wall, event.minutes * 60),
        "ring": event.members[:1],
    }


def _repeated(event: Event, interval: int, length: int, days: Sequence[int]) -> dict[str, Any]:
    """Once in so many days or weeks. A turn is as long as an occurrence is apart from the next;
    where that has parts without anybody they are empty places or closed windows."""
    unit = Unit.DAY if length == MINUTES_PER_DAY else Unit.WEEK
    if event.start.weekday() not in days:
        raise NotTurnsError(f"{event.place} starts on another day than it repeats on.")
    each = event.shifts_per_member
    if event.minutes == interval * length:
        return {"unit": unit.value, "every": interval * each, "ring": event.members}
    if event.minutes > length:
        raise NotTurnsError(f"{event.place} lasts longer than the {unit} that it repeats in.")
    windows = []
    if event.minutes < length:
        windows = windows_of(days, event.minute, event.minutes)
    if interval == 1:
        return {"unit": unit.value, "every": each, "ring": event.members, "windows": windows}
    ring = _checked(
        event, [s for m in event.members for _ in range(each) for s in _gap(m, interval)]
    )
    return {"unit": unit.value, "ring": ring, "windows": windows, "turns": Turns.CALENDAR.value}


def _gap(member: list[str], interval: int) -> Ring:
    return [member, *([] for _ in range(interval - 1))]


def _on_days(event: Event, days: Sequence[int]) -> dict[str, Any]:
    """On several days of each week: a turn is a week where a member has whole weeks, else a day
    on which it happens."""
    windows = windows_of(days, event.minute, event.minutes)
    weeks, rest = divmod(event.shifts_per_member, len(days))
    if not rest and event.start.weekday() in days:
        return {"unit": "week", "every": weeks, "ring": event.members, "windows": windows}
    ring = [member for member in event.members for _ in range(event.shifts_per_member)]
    return {"unit": "day", "ring": _checked(event, ring), "windows": windows}


def _checked(event: Event, ring: Ring) -> Ring:
    if len(ring) > MAX_SLOTS:
        raise NotTurnsError(f"{event.place} would need a ring of {len(ring)} places.")
    return ring


def _parts(event: Event) -> Mapping[str, str]:
    """The parts of its only rule."""
    rule = event.rules[0].strip().upper().removeprefix("RRULE:")
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    is_simple = len(event.rules) == 1 and set(parts) <= KNOWN
    if not is_simple or parts.get("FREQ") not in ("DAILY", "WEEKLY"):
        raise NotTurnsError(f"{event.place} repeats by {' '.join(event.rules)[:200]}.")
    if not parts.get("INTERVAL", "1").isdigit() or int(parts.get("INTERVAL", "1")) < 1:
        raise NotTurnsError(f"{event.place} repeats by {event.rules[0][:200]}.")
    return parts


def _weekdays(event: Event, parts: Mapping[str, str]) -> list[int]:
    if "BYDAY" not in parts:
        return [event.start.weekday()]
    names = [name for name in parts["BYDAY"].split(",") if name]
    if not names or any(name not in WEEKDAYS for name in names):
        raise NotTurnsError(f"{event.place} repeats by {event.rules[0][:200]}.")
    return sorted({WEEKDAYS.index(name) for name in names})
