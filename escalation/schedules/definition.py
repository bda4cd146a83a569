"""Definitions of schedules: layers of people in turns, as values.

A version of a schedule keeps its definition as JSON (``Definition.to_json``). Times are wall times
of the layer's zone, in JSON ``2026-03-02T09:00``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from opsportal.lib.wall_clock import naive_of, wall_of

MINUTES_PER_DAY = 24 * 60
MAX_LAYERS = 30
MAX_SLOTS = 100
MAX_PEOPLE_IN_SLOT = 20
MAX_WINDOWS = 50
Slot = tuple[int, ...]  # ids of people


class Unit(StrEnum):
    """What the length of a turn is counted in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MAX_EVERY = {Unit.HOUR: 336, Unit.DAY: 366, Unit.WEEK: 104, Unit.MONTH: 36}


class HolidayRule(StrEnum):
    """What holidays change: nothing, no window begins on one, or windows begin only on them."""

    AS_USUAL = "as_usual"
    OFF = "off"
    ONLY = "only"


class Turns(StrEnum):
    """Which turns move the order on: all of the calendar, or those that meet a window."""

    CALENDAR = "calendar"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` until ``end``, minutes since midnight, of the days that it begins on.

    It ends ``plus_days`` after the day of its start, or the day after where that would not be
    later. ``days``: 0 is Monday. ``end`` may be 1440, which is midnight at the end of the day.
    """

    days: frozenset[int]
    start: int = 0
    end: int = MINUTES_PER_DAY
    plus_days: int = 0

    @property
    def minutes(self) -> int:
        """Its length on the wall."""
        span = self.plus_days * MINUTES_PER_DAY + self.end - self.start
        return span if span > 0 else span + MINUTES_PER_DAY


@dataclass(frozen=True, slots=True)
class Layer:
    """People in a ring who take turns; ``id`` stays the same from version to version.

    Of layers of different ``rank`` the highest that has anybody is on call, those of equal rank
    together. Turn k begins at ``anchor`` + k × ``every`` units; its first ``primaries`` slots of
    the ring are primary and the next ``secondaries`` are secondary. ``starts`` and ``ends`` are
    wall times or None. A ``calendar`` layer has no turns: others say who is on call.
    """

    id: str
    name: str
    rank: int = 1
    zone: str = ""  # "": of the schedule
    unit: Unit = Unit.WEEK
    every: int = 1
    anchor: int = 0
    ring: tuple[Slot, ...] = ()
    primaries: int = 1
    secondaries: int = 0
    step: int = 1
    turns: Turns = Turns.CALENDAR
    windows: tuple[Window, ...] = ()
    starts: int | None = None
    ends: int | None = None
    holidays: HolidayRule = HolidayRule.AS_USUAL
    calendar: bool = False

    @property
    def people(self) -> frozenset[int]:
        """Everybody in the ring."""
        return frozenset(person for slot in self.ring for person in slot)


@dataclass(frozen=True, slots=True)
class Definition:
    """The layers of a schedule, and the zone of those that name none."""

    zone: str = "UTC"
    layers: tuple[Layer, ...] = ()

    def zone_of(self, layer: Layer) -> str:
        """The zone whose clock the layer follows."""
        return layer.zone or self.zone

    def to_json(self) -> dict[str, Any]:
        """As JSON values, which the REST API shows and takes."""
        return {"zone": self.zone, "layers": list(map(_to_json, self.layers))}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Definition":
        """The definition that ``to_json`` wrote. Raises KeyError or ValueError for what is none."""
        return cls(document["zone"], tuple(map(_from_json, document["layers"])))


def problems_of(definition: Definition) -> list[tuple[str, str]]:
    """What contradicts itself in it, as (path, sentence); what each field may be is checked by
    whoever reads it."""
    found = []
    if len({layer.id for layer in definition.layers}) < len(definition.layers):
        found.append(("layers", "Two layers have the same id."))
    for place, layer in enumerate(definition.layers):
        found += [(f"layers[{place}].{name}", text) for name, text in _problems_of_layer(layer)]
    return found


def _problems_of_layer(layer: Layer) -> list[tuple[str, str]]:
    found = []
    if layer.every > MAX_EVERY[layer.unit]:
        most = MAX_EVERY[layer.unit]
        found.append(("every", f"A turn lasts at most {most} {layer.unit}s, not {layer.every}."))
    roles = layer.primaries + layer.secondaries
    if layer.ring and roles > len(layer.ring):
        text = f"{roles} are on call at once, and the ring has only {len(layer.ring)} places."
        found.append(("primaries", text))
    if not layer.ring and not layer.calendar:
        found.append(("ring", "Nobody is in this layer: add a person, or an empty place."))
    if layer.starts is not None and layer.ends is not None and layer.ends <= layer.starts:
        found.append(("until", "The layer has to end after it starts."))
    return found


def _to_json(layer: Layer) -> dict[str, Any]:
    return {
        "id": layer.id,
        "name": layer.name,
        "rank": layer.rank,
        "zone": layer.zone,
        "unit": layer.unit.value,
        "every": layer.every,
        "anchor": spell_wall(layer.anchor),
        "ring": [list(slot) for slot in layer.ring],
        "primaries": layer.primaries,
        "secondaries": layer.secondaries,
        "step": layer.step,
        "turns": layer.turns.value,
        "windows": list(map(_window_to_json, layer.windows)),
        "from": None if layer.starts is None else spell_wall(layer.starts),
        "until": None if layer.ends is None else spell_wall(layer.ends),
        "holidays": layer.holidays.value,
        "calendar": layer.calendar,
    }


def _from_json(row: Mapping[str, Any]) -> Layer:
    starts, ends = row.get("from"), row.get("until")
    return Layer(
        id=row["id"],
        name=row["name"],
        rank=row["rank"],
        zone=row["zone"],
        unit=Unit(row["unit"]),
        every=row["every"],
        anchor=parse_wall(row["anchor"]),
        ring=tuple(tuple(slot) for slot in row["ring"]),
        primaries=row["primaries"],
        secondaries=row["secondaries"],
        step=row["step"],
        turns=Turns(row["turns"]),
        windows=tuple(map(_window_from_json, row["windows"])),
        starts=parse_wall(starts) if starts else None,
        ends=parse_wall(ends) if ends else None,
        holidays=HolidayRule(row.get("holidays", HolidayRule.AS_USUAL)),
        calendar=row.get("calendar", False),
    )


def _window_to_json(window: Window) -> dict[str, Any]:
    return {
        "days": sorted(window.days),
        "start": spell_minute(window.start),
        "end": spell_minute(window.end),
        "plus_days": window.plus_days,
    }


def _window_from_json(row: Mapping[str, Any]) -> Window:
    start, end = parse_minute(row["start"]), parse_minute(row["end"])
    return Window(frozenset(row["days"]), start, end, row["plus_days"])


def spell_wall(wall: int) -> str:
    """A wall time as ``2026-03-02T09:00``."""
    return naive_of(wall).isoformat(timespec="minutes")


def parse_wall(text: str) -> int:
    """The wall time that ``spell_wall`` wrote. Raises ValueError."""
    naive = datetime.fromisoformat(text)
    if naive.tzinfo is not None:
        raise ValueError(f"{text} names an offset; it is a time on the wall of the zone")
    return wall_of(naive.replace(second=0, microsecond=0))


def spell_minute(minute: int) -> str:
    """Minutes since midnight as ``HH:MM``; 1440 is ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def parse_minute(text: str) -> int:
    """Minutes since midnight of ``HH:MM``, up to ``24:00``. Raises ValueError."""
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isascii() and hours.isdigit() and len(minutes) == 2):
        raise ValueError(f"{text!r} is no time such as 22:00")
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > MINUTES_PER_DAY:
        raise ValueError(f"{text!r} is no time of a day")
    return minute
