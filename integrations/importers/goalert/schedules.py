"""Schedules: all rules count together."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from escalation.schedules.definition import MINUTES_PER_DAY, parse_minute
from integrations.importers.gathering import (
    Found,
    Part,
    approximate,
    left_out,
    remark,
    without_secrets,
)
from integrations.importers.goalert.order import notes_of, order_of
from integrations.importers.goalert.source import (
    Source,
    id_of,
    ids_of,
    nodes,
    rotation_schedule,
)
from integrations.importers.layers import (
    LayerDocument,
    check_layers,
    joined_windows,
    layer_of,
    windows_of,
)
from integrations.importers.neutral import Note, Object, Override, RenderedShift, Schedule
from integrations.importers.rows import FieldError, Row
from integrations.importers.spans import Span, union_of

UNITS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
PASSING = frozenset(
    {
        *("shifts", "renderedsince", "rendereduntil"),
        *("nexthandofftimes", "activeuserindex", "oncallnotificationrules"),
    }
)
ANY_MONDAY = "2026-01-05T00:00"  # of a layer whose people do not take turns


def read_schedule(source: Source, row: Row) -> Iterator[Found]:
    """A schedule, then its overrides, then its temporary schedules, which win. Raises
    FieldError."""
    id_, zone, notes = row.id(), row.zone("timeZone", "UTC"), list[Note]()
    layers = [
        layer
        for target in nodes(row, "targets")
        if (layer := _layer(source, target, zone, notes)) is not None
    ]
    check_layers(row.place, layers)
    yield Schedule(
        id=id_,
        name=row.id("name"),
        zone=zone,
        description=row.text("description"),
        layers=tuple(layers),
        document=_document(source, row),
        notes=tuple(dict.fromkeys(notes)),
    )
    yield Part(overrides_of(source, id_), "user override", partial(_override, id_))
    temporary = nodes(row, "temporarySchedules")
    yield Part(temporary, "temporary schedule", partial(_temporary, id_))


def overrides_of(source: Source, schedule: str) -> list[Row]:
    """Those of a schedule; where they name none, those of the only schedule. Raises FieldError."""
    is_only = len(source.lists.rows("schedules")) == 1
    rows = source.lists.rows("overrides")
    return [row for row in rows if schedule_of(row) in ([schedule, ""] if is_only else [schedule])]


def schedule_of(override: Row) -> str:
    """The id of the schedule of an override; '' where it names none. Raises FieldError."""
    return id_of(override, "scheduleID", "target")


def rendered_of(row: Row) -> tuple[RenderedShift, ...]:
    """The shifts of a schedule, where they were asked for. Raises FieldError."""
    return tuple(
        RenderedShift(_user(one, "user"), one.instant("start"), one.instant("end"))
        for one in nodes(row, "shifts")
    )


def _document(source: Source, row: Row) -> dict[str, Any]:
    """What was said of the schedule and its rotations, without what passes with time."""
    ids = {id_of(target, "targetID", "target") for target in nodes(row, "targets")}
    rotations = source.lists.by_id("rotations")
    used = [rotations[id_].fields for id_ in sorted(ids) if id_ in rotations]
    return {
        **without_secrets(row.fields, PASSING),
        "rotations": without_secrets(used, PASSING),
    }


def _layer(source: Source, row: Row, zone: str, notes: list[Note]) -> LayerDocument | None:
    """The layer of a target with the hours of all its rules; None where they are never open."""
    target = row.row("target")
    if target is None:
        raise FieldError(f"{row.place}.target is missing.")
    id_, kind = target.id(), target.word("type").removesuffix("target")
    rules = [one for rule in nodes(row, "rules") if (one := _windows(rule)) is not None]
    if not rules:
        notes.append(remark(f"The hours of {target.text('name') or id_} are never open."))
        return None
    windows = [] if [] in rules else joined_windows(one for rule in rules for one in rule)
    if kind == "user":
        name = target.text("name") or "Always the same"
        return layer_of(id=id_, name=name, anchor=ANY_MONDAY, ring=[[id_]], windows=windows)
    if kind != "rotation":
        notes.append(left_out(f"A target {target.text('type')!r} is left out."))
        return None
    rotation = source.lists.by_id("rotations").get(id_)
    if rotation is None:
        raise FieldError(f"{target.place} is rotation {id_}, which is not among the rotations.")
    return _rotation(rotation, zone, windows, notes)


def _rotation(
    row: Row, schedule_zone: str, windows: list[dict[str, Any]], notes: list[Note]
) -> LayerDocument:
    kind, zone = row.word("type"), row.zone("timeZone") or schedule_zone
    if kind not in UNITS:
        raise row.error("type", f"none of {', '.join(UNITS)}")
    name = row.text("name") or row.id()
    if zone != schedule_zone and windows:
        text = f"The hours of {name} are counted in {zone} here, and in {schedule_zone} there."
        notes.append(approximate(text))
    people = ids_of(row, "userIDs", "users")
    every = row.between("shiftLength", 1, 9000, 1)
    anchor, ring = order_of(row, zone, people, (UNITS[kind], every))
    notes.extend(notes_of(row, people))
    return layer_of(
        id=row.id(),
        name=name,
        zone="" if zone == schedule_zone else zone,
        unit=UNITS[kind],
        every=every,
        anchor=anchor,
        ring=ring,
        windows=windows,
    )


def _windows(row: Row) -> list[dict[str, Any]] | None:
    """Of one rule; none of a rule without limits; None where it names no day."""
    days = _days(row)
    start, end = _minute(row, "start"), _minute(row, "end")
    if not days:
        return None
    if start == end == 0 and len(days) == 7:
        return []
    minutes = (end - start) % MINUTES_PER_DAY or MINUTES_PER_DAY
    return windows_of(days, start, minutes)


def _days(row: Row) -> list[int]:
    """Seven flags, Sunday first; 0 is Monday here. Raises FieldError."""
    value = row.get("weekdayFilter")
    if value is None:
        return list(range(7))
    if not isinstance(value, list) or len(value) != 7:
        raise row.error("weekdayFilter", "no list of seven days")
    flags = [Row(f"{row.place}.weekdayFilter", {"day": one}).flag("day") for one in value]
    return sorted((number - 1) % 7 for number, flag in enumerate(flags) if flag)


def _minute(row: Row, name: str) -> int:
    """Minutes since midnight. Raises FieldError."""
    try:
        return parse_minute(row.text(name, "00:00")[:5]) % MINUTES_PER_DAY
    except ValueError:
        raise row.error(name, "no time of a day such as 09:00") from None


def _override(schedule: str, row: Row) -> Iterator[Object]:
    """Who is added, who is removed, or both."""
    added, removed = _user(row, "addUser"), _user(row, "removeUser")
    if not added and not removed:
        raise FieldError(f"{row.place} adds nobody and removes nobody.")
    starts_at, ends_at = _span(row)
    kind = "instead" if added and removed else "also" if added else "nobody"
    yield Override(
        id=row.text("id") or f"{schedule}:{starts_at.isoformat()}:{added}:{removed}",
        schedule=schedule,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        people=(added,) if added else (),
        instead_of=removed,
        reason="" if added else "Taken out of the schedule",
        document=without_secrets(row.fields),
    )


def _user(row: Row, name: str) -> str:
    """The id of a person, also from an object. Raises FieldError."""
    return id_of(row, f"{name}ID", name)


def _span(row: Row) -> tuple[datetime, datetime]:
    starts_at, ends_at = row.instant("start"), row.instant("end")
    if ends_at <= starts_at:
        raise FieldError(f"{row.place}.end is not after its start.")
    return starts_at, ends_at


def _temporary(schedule: str, row: Row) -> Iterator[Override]:
    """Whoever its shifts name, and nobody between them."""
    start, end = _span(row)
    shifts: list[Span] = [(start, end, [])]
    for one in nodes(row, "shifts"):
        since, until = _span(one)
        shifts.append((max(since, start), min(until, end), [_user(one, "user")]))
    for since, until, people in union_of(shifts):
        yield Override(
            id=f"{schedule}:temporary:{since.isoformat()}",
            schedule=schedule,
            kind="instead" if people else "nobody",
            starts_at=since,
            ends_at=until,
            people=people,
            reason="" if people else "A temporary schedule that names nobody",
            document={"people": list(people), "until": until.isoformat()},
        )


def read_rotation(source: Source, row: Row) -> Iterator[Object]:
    """A rotation that policies tell: a schedule of its own. Raises FieldError."""
    notes = [remark("Policies of GoAlert tell a rotation; here it is a schedule.")]
    zone = row.zone("timeZone", "UTC")
    layer = _rotation(row, zone, [], notes)
    check_layers(row.place, [layer])
    yield Schedule(
        id=rotation_schedule(row.id()),
        name=row.id("name"),
        zone=zone,
        layers=(layer,),
        document=without_secrets(row.fields, PASSING),
        notes=tuple(notes),
    )
