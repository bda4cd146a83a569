"""Schedules: of their layers the highest priority wins, of equal ones the smaller id."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from escalation.schedules.definition import MAX_SLOTS
from integrations.importers.gathering import (
    Found,
    Part,
    approximate,
    remark,
    without_secrets,
)
from integrations.importers.layers import (
    LayerDocument,
    Ring,
    check_layers,
    layer_of,
    turn_of,
    windows_of,
)
from integrations.importers.neutral import Note, NoteKind, Object, Override, Schedule
from integrations.importers.opsknight.source import (
    ALWAYS,
    EQUAL_HOURS,
    NOBODY,
    UTC,
    VERSION,
    Source,
)
from integrations.importers.rows import FieldError, Row

HOUR_S = 3600
MAX_HOURS = 366 * 24
VERSIONS = (("1", "Version 1: instead of everybody"), ("2", "Version 2: in addition"))


def read_schedule(source: Source, row: Row) -> Iterator[Found]:
    """A schedule, then its overrides, of which the one that starts last wins. Raises
    FieldError."""
    id_, zone, notes = row.id(), row.zone("timeZone", "UTC"), list[Note]()
    rows = layers_of(source, id_)
    layers = [
        layer
        for rank, one in enumerate(rows, start=1)
        if (layer := _layer(source, one, zone, rank, notes)) is not None
    ]
    check_layers(row.place, layers)
    rings = [ring_of(source, one.id()) for one in rows]
    document = {**without_secrets(row.fields), "layers": [one.fields for one in rows]}
    yield Schedule(
        id=id_,
        name=row.id("name"),
        zone=zone,
        layers=tuple(layers),
        document={**document, "rings": rings},
        notes=tuple(dict.fromkeys(notes)),
    )
    yield Part(overrides_of(source, id_), "override", partial(_override, source, id_))


def overrides_of(source: Source, schedule: str) -> list[Row]:
    """In the order of their start; those whose start cannot be read come last."""
    overrides = source.lists.of("overrides", "scheduleId").get(schedule, [])
    return sorted(overrides, key=_start)


def _start(row: Row) -> float:
    try:
        return row.instant("start", UTC).timestamp()
    except FieldError:
        return math.inf


def layers_of(source: Source, schedule: str) -> list[Row]:
    """The lowest first. Raises FieldError."""
    rows = source.lists.of("layers", "scheduleId").get(schedule, [])
    by_id = sorted(rows, key=lambda one: one.id(), reverse=True)
    return sorted(by_id, key=lambda one: one.whole("priority", 0))


def ring_of(source: Source, layer: str) -> list[str]:
    """The people of a layer in their order, disabled ones too. Raises FieldError."""
    rows = source.lists.of("ring", "layerId").get(layer, [])
    return [one.id("userId") for one in sorted(rows, key=lambda one: one.whole("position", 0))]


def _layer(
    source: Source, row: Row, zone: str, rank: int, notes: list[Note]
) -> LayerDocument | None:
    """None where nobody is on call by it."""
    starts, ends = row.instant("start", UTC), row.instant_or_none("end", UTC)
    if ends is not None and ends <= starts:
        raise FieldError(f"{row.place}.end is not after its start.")
    people, name = ring_of(source, row.id()), row.text("name") or row.id()
    if not people:
        notes.append(remark(f"Nobody is in the layer {name}."))
    if disabled := source.disabled & set(people):
        notes.append(
            approximate(
                f"{len(disabled)} people of the layer {name} are disabled: OpsKnight leaves them "
                "out, so that the others move up; here their turns stay empty."
            )
        )
    windows = _windows(source, row.row("restrictions"), name, notes)
    if windows is None:
        return None
    local = Row(row.place, {"start": starts.isoformat(), "end": ends and ends.isoformat()})
    anchor = local.wall("start", zone)
    return layer_of(
        id=row.id(),
        name=name,
        rank=rank,
        anchor=anchor,
        from_=anchor,
        until=local.wall("end", zone),
        windows=windows,
        **_turns(row, people, name, notes),
    )


def _turns(row: Row, people: Sequence[str], name: str, notes: list[Note]) -> dict[str, Any]:
    """Unit, length and ring. A shift that is shorter than its rotation is followed by empty
    places."""
    rotation = row.between("rotationLengthHours", 1, MAX_HOURS, 24)
    shift = row.between("shiftLengthHours", 1, MAX_HOURS, rotation)
    shift = min(shift, rotation)
    part = math.gcd(rotation, shift)
    unit, every, _ = turn_of(part * HOUR_S)
    if rotation % 24 and len(people) > 1:
        text = f"The turns of {name} are counted in hours: OpsKnight 1 moves them with the clock."
        notes.append(remark(text))
    ring: Ring = []
    for person in people or [""]:
        ring += [[person] if person else []] * (shift // part)
        ring += [[]] * ((rotation - shift) // part)
    if len(ring) > MAX_SLOTS:
        text = f"{row.place}.shiftLengthHours is {shift}, and no part of {rotation} hours of which "
        raise FieldError(text + f"a ring of {MAX_SLOTS} places can be made.")
    return {"unit": unit.value, "every": every, "ring": ring}


def _windows(
    source: Source, row: Row | None, name: str, notes: list[Note]
) -> list[dict[str, Any]] | None:
    """None where they are never open."""
    if row is None:
        return []
    days = weekdays_of(row)
    start, end = hours_of(row)
    if start == end:
        options = (
            (NOBODY, "Version 1: nobody is on call by it"),
            (ALWAYS, "Version 2: 24 hours from then on"),
        )
        text = f"The restriction of {name} begins and ends at {start}:00."
        notes.append(Note(NoteKind.NEEDS_CHOICE, text, EQUAL_HOURS, options))
        if source.choices.get(EQUAL_HOURS) == NOBODY:
            return None
    minutes = ((end - start) % 24 or 24) * 60
    return windows_of(days, start * 60, minutes)


def weekdays_of(row: Row) -> list[int]:
    """0 is Monday; there it is Sunday. All where none is named. Raises FieldError."""
    value = row.get("daysOfWeek")
    if not value:
        return list(range(7))
    if not isinstance(value, list):
        raise row.error("daysOfWeek", "no list of days")
    days = [Row(f"{row.place}.daysOfWeek", {"day": day}).between("day", 0, 7) for day in value]
    return sorted({(day - 1) % 7 for day in days})


def hours_of(row: Row) -> tuple[int, int]:
    """The hours of the day; the whole day where they are missing. Raises FieldError."""
    return row.between("startHour", 0, 23, 0), row.between("endHour", 0, 24, 24)


def _override(source: Source, schedule: str, row: Row) -> Iterator[Object]:
    starts_at, ends_at = row.instant("start", UTC), row.instant("end", UTC)
    if ends_at <= starts_at:
        raise FieldError(f"{row.place}.end is not after its start.")
    instead_of, notes = row.text("replacesUserId"), []
    if not instead_of:
        text = "An override that replaces nobody means something else in each version."
        notes.append(Note(NoteKind.NEEDS_CHOICE, text, VERSION, VERSIONS))
    yield Override(
        id=row.id(),
        schedule=schedule,
        kind="also" if not instead_of and source.is_second else "instead",
        starts_at=starts_at,
        ends_at=ends_at,
        people=(row.id("userId"),),
        instead_of=instead_of,
        document=without_secrets(row.fields),
        notes=tuple(notes),
    )
