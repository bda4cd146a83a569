"""Shifts that repeat, as layers: of the higher level is on call, those of one level together."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from escalation.schedules.definition import MAX_SLOTS, MINUTES_PER_DAY, Turns, Unit
from integrations.importers.grafana_oncall.values import (
    duration_s,
    naive,
    people_of,
    until,
    weekday,
)
from integrations.importers.layers import (
    EVERY_DAY,
    WEEK_MINUTES,
    LayerDocument,
    Ring,
    layer_of,
    windows_of,
)
from integrations.importers.recurrence import NotTurnsError
from integrations.importers.rows import FieldError, Row

UNITS = {
    "hourly": (Unit.HOUR, 60),
    "daily": (Unit.DAY, MINUTES_PER_DAY),
    "weekly": (Unit.WEEK, 7 * MINUTES_PER_DAY),
    "monthly": (Unit.MONTH, 28 * MINUTES_PER_DAY),
}
HOUR_SHORT_S = 3600
WHOLE_WINDOW = {"days": list(EVERY_DAY), "start": "00:00", "end": "24:00", "plus_days": 0}


@dataclass(frozen=True, slots=True)
class Shift:
    """What a shift says, its times as the clock of its zone reads them. ``ring``: who takes turns;
    ``begins``: from when on, where that is later than its first start. ``closes``: a turn that is
    an hour too short is taken as a whole one."""

    row: Row
    zone: str
    start: datetime
    begins: datetime
    minutes: int
    frequency: str
    interval: int
    days: tuple[int, ...]
    week_start: int
    ring: Ring
    closes: bool

    @property
    def minute(self) -> int:
        """The minute of the day at which it starts."""
        return self.start.hour * 60 + self.start.minute

    @property
    def is_short_by_an_hour(self) -> bool:
        """Whether its turn was stored an hour too short over a change of the clock."""
        whole = self.interval * UNITS[self.frequency][1]
        return not self.days and self.minutes == whole - 60 and self.frequency != "hourly"


def shift_of(row: Row, zone: str, *, closes: bool = False) -> Shift:
    """The shift that a row says; ``zone`` is that of its schedule. Raises FieldError, and
    NotTurnsError."""
    start = naive(row, "start")
    if start is None:
        raise FieldError(f"{row.place}.start is missing.")
    frequency = row.word("frequency")
    if frequency not in UNITS:
        raise row.error("frequency", f"none of {', '.join(UNITS)}")
    days = tuple(sorted({weekday(day, row, "by_day") for day in row.texts("by_day")}))
    if row.texts("by_month") or row.texts("by_monthday"):
        raise NotTurnsError(f"{row.place} repeats on days of the month or in some months.")
    shift = Shift(
        row=row,
        zone=row.zone("time_zone") or zone,
        start=start,
        begins=naive(row, "rotation_start") or start,
        minutes=-(-duration_s(row) // 60),
        frequency=frequency,
        interval=row.between("interval", 1, 1000, 1),
        days=days,
        week_start=weekday(row.text("week_start", "MO"), row, "week_start"),
        ring=_ring(row),
        closes=closes,
    )
    return replace(shift, start=_first_start(shift))


def layer_of_shift(shift: Shift, schedule_zone: str, *, is_web: bool) -> LayerDocument:
    """The layer of a shift that repeats. Raises FieldError, and NotTurnsError."""
    row, turns = shift.row, _turns(shift, is_web=is_web)
    return layer_of(
        id=row.id(),
        name=row.text("name"),
        rank=row.between("level", 0, 1000, 0),
        zone="" if shift.zone == schedule_zone else shift.zone,
        from_=max(turns["anchor"], _wall(shift.begins), _wall(shift.start)),
        until=until(row, shift.zone),
        **turns,
    )


def _ring(row: Row) -> Ring:
    if row.word("type") == "recurrent_event":
        return [row.texts("users")]
    ring = people_of(row, "rolling_users")
    if not ring:
        raise FieldError(f"{row.place}.rolling_users names nobody.")
    place = row.between("start_rotation_from_user_index", 0, len(ring) - 1, 0)
    return ring[place:] + ring[:place]


def _first_start(shift: Shift) -> datetime:
    """Moved on to the first of its days in the order of its week, where it is on another one."""
    if not shift.days or shift.start.weekday() in shift.days:
        return shift.start
    in_order = [(shift.week_start + number) % 7 for number in range(7)]
    first = next(day for day in in_order if day in shift.days)
    return shift.start + timedelta(days=(first - shift.start.weekday()) % 7)


def _turns(shift: Shift, *, is_web: bool) -> dict[str, Any]:
    """Anchor, unit, length, ring and windows."""
    if shift.frequency == "weekly" and shift.days:
        return _weeks_by_day(shift, is_web=is_web)
    if shift.days:
        return _by_day(shift)
    unit, length = UNITS[shift.frequency]
    interval = shift.interval
    fields = {"unit": unit.value, "anchor": _anchor(shift, shift.start, shift.start, is_web=is_web)}
    is_whole = shift.minutes == interval * length
    if unit == Unit.MONTH:
        is_whole = shift.minutes >= interval * length
    if is_whole or (shift.is_short_by_an_hour and shift.closes):
        return {**fields, "every": interval, "ring": shift.ring}
    if shift.minutes > length or unit in (Unit.HOUR, Unit.MONTH):
        raise NotTurnsError(f"{shift.row.place} lasts neither its whole turn nor a part of a day.")
    days = EVERY_DAY if unit == Unit.DAY else (shift.start.weekday(),)
    windows = []
    if shift.minutes < length:
        windows = windows_of(days, shift.minute, shift.minutes)
    return {**fields, "ring": _with_gaps(shift, interval), "windows": windows}


def _weeks_by_day(shift: Shift, *, is_web: bool) -> dict[str, Any]:
    """The ring moves on when a week begins, on its days by one window each."""
    is_one = len(shift.days) == 1
    first = shift.days[0] if is_one else shift.week_start
    last = max((day - first) % 7 for day in shift.days)
    if last * MINUTES_PER_DAY + shift.minutes > WEEK_MINUTES:
        raise NotTurnsError(f"{shift.row.place} goes on when its week has ended.")
    begins = shift.start - timedelta(days=(shift.start.weekday() - first) % 7)
    is_always = is_one and shift.minutes == WEEK_MINUTES
    windows = [] if is_always else windows_of(shift.days, shift.minute, shift.minutes)
    return {
        "unit": Unit.WEEK.value,
        "anchor": _anchor(shift, begins, begins + timedelta(days=last), is_web=is_web),
        "ring": _with_gaps(shift, shift.interval),
        "windows": windows,
    }


def _by_day(shift: Shift) -> dict[str, Any]:
    """Each day, or hour, of its days is a turn; each takes as many of them as the interval says."""
    unit, length = UNITS[shift.frequency]
    if unit == Unit.MONTH or shift.minutes > length:
        raise NotTurnsError(f"{shift.row.place} repeats on days of the week, and lasts longer.")
    fields = {"unit": unit.value, "anchor": _wall(shift.start), "turns": Turns.DUTY.value}
    if unit == Unit.HOUR:
        if shift.minutes != length * shift.interval:
            raise NotTurnsError(f"{shift.row.place} lasts less than its hours.")
        windows = [{**WHOLE_WINDOW, "days": list(shift.days)}]
        return {**fields, "ring": shift.ring, "windows": windows}
    ring = [slot for slot in shift.ring for _ in range(shift.interval)]
    windows = windows_of(shift.days, shift.minute, shift.minutes)
    return {**fields, "ring": _checked(shift, ring), "windows": windows}


def _with_gaps(shift: Shift, interval: int) -> Ring:
    gaps: Ring = [[] for _ in range(interval - 1)]
    return _checked(shift, [slot for one in shift.ring for slot in (one, *gaps)])


def _checked(shift: Shift, ring: Ring) -> Ring:
    if len(ring) > MAX_SLOTS:
        raise NotTurnsError(f"{shift.row.place} would need a ring of {len(ring)} places.")
    return ring


def _anchor(shift: Shift, start: datetime, last: datetime, *, is_web: bool) -> str:
    """When the first turn of the ring starts that happens once it has begun. ``last``: the last
    time at which it starts within a turn. A shift of the web may have started before."""
    unit, length = UNITS[shift.frequency]
    if unit == Unit.MONTH:
        return _wall(start)
    if is_web:
        last += timedelta(minutes=shift.minutes - 1)
    turn = timedelta(minutes=length * shift.interval)
    turns = max(0, -((last - shift.begins) // turn))
    return _wall(start + turns * turn)


def _wall(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")
