"""Layers of a schedule as ``escalation.schedules.definition`` writes them, with the ids of people
at the source in their rings."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from escalation.schedules.definition import (
    MAX_EVERY,
    MAX_LAYERS,
    MAX_PEOPLE_IN_SLOT,
    MAX_SLOTS,
    MAX_WINDOWS,
    MINUTES_PER_DAY,
    Definition,
    Layer,
    Unit,
    spell_minute,
)
from integrations.importers.rows import FieldError

HOUR_S, DAY_S, WEEK_S = 3600, 86_400, 7 * 86_400
UNITS_S = ((WEEK_S, Unit.WEEK), (DAY_S, Unit.DAY), (HOUR_S, Unit.HOUR))
WEEK_MINUTES, HALF_WEEK_DAYS = 7 * MINUTES_PER_DAY, 3
EVERY_DAY = tuple(range(7))
MAX_ID_CHARS = 40
MAX_NAME_CHARS = 100
BLANK = Definition(layers=(Layer(id="", name=""),)).to_json()["layers"][0]
LayerDocument = dict[str, Any]
Ring = list[list[str]]


def layer_of(**fields: Any) -> LayerDocument:
    """A layer with these fields, by the names that its JSON has (``from_`` is ``from``); the
    others are as a new layer has them."""
    if "from_" in fields:
        fields["from"] = fields.pop("from_")
    id_ = layer_id(str(fields["id"]))
    name = str(fields.get("name") or id_)[:MAX_NAME_CHARS]
    return {**BLANK, **fields, "id": id_, "name": name}


def layer_id(text: str) -> str:
    """An id of the source as one that a layer may have."""
    return re.sub(r"[^\w-]", "-", text)[-MAX_ID_CHARS:]


def turn_of(seconds: int) -> tuple[Unit, int, bool]:
    """(unit, how many, whether that is exact) of the length of a turn: weeks, else days, else
    hours, to which it is rounded."""
    for length_s, unit in UNITS_S:
        if seconds % length_s == 0 and seconds:
            return unit, seconds // length_s, True
    return Unit.HOUR, max(round(seconds / HOUR_S), 1), False


def windows_of(days: Iterable[int], start: int, minutes: int) -> list[dict[str, Any]]:
    """From a minute of the day on, so many minutes on the wall, less than a week and a day, on
    these days of the week; one that would end more than six days later is two that meet."""
    days = sorted(set(days))
    if start + minutes >= WEEK_MINUTES:
        later = sorted((day + HALF_WEEK_DAYS) % 7 for day in days)
        half = HALF_WEEK_DAYS * MINUTES_PER_DAY
        return [_window(days, start, half), _window(later, start, minutes - half)]
    return [_window(days, start, minutes)]


def _window(days: Sequence[int], start: int, minutes: int) -> dict[str, Any]:
    plus_days, end = divmod(start + minutes, MINUTES_PER_DAY)
    if plus_days == 1 and end <= start:
        plus_days = 0
    return {
        "days": list(days),
        "start": spell_minute(start),
        "end": spell_minute(end),
        "plus_days": plus_days,
    }


def joined_windows(windows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that differ in their days only become one."""
    found: dict[tuple[str, str, int], set[int]] = {}
    for one in windows:
        key = one["start"], one["end"], one["plus_days"]
        found.setdefault(key, set()).update(one["days"])
    return [
        {"days": sorted(days), "start": start, "end": end, "plus_days": plus_days}
        for (start, end, plus_days), days in found.items()
    ]


def check_layers(place: str, layers: Sequence[LayerDocument]) -> None:
    """Raises FieldError where a schedule cannot be made of them."""
    if len(layers) > MAX_LAYERS:
        text = f"{place} has {len(layers)} layers; a schedule has at most {MAX_LAYERS} here."
        raise FieldError(text)
    for layer in layers:
        for text in _problems(layer):
            raise FieldError(f"{place}, layer {layer['name']}: {text}.")


def _problems(layer: LayerDocument) -> Iterable[str]:
    if layer["every"] > MAX_EVERY[Unit(layer["unit"])]:
        yield f"a turn of {layer['every']} {layer['unit']}s is too long"
    if len(layer["ring"]) > MAX_SLOTS:
        yield f"{len(layer['ring'])} places are too many"
    if any(len(slot) > MAX_PEOPLE_IN_SLOT for slot in layer["ring"]):
        yield f"more than {MAX_PEOPLE_IN_SLOT} people are in one place"
    if len(layer["windows"]) > MAX_WINDOWS:
        yield f"{len(layer['windows'])} windows are too many"
