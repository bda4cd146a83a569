"""Shift-based schedules (v3): rotations of events that repeat, all of them on call together."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from integrations.importers.gathering import Found, Part, remark
from integrations.importers.layers import LayerDocument, check_layers, layer_of
from integrations.importers.neutral import (
    Note,
    NoteKind,
    Object,
    Override,
    RenderedShift,
    Schedule,
)
from integrations.importers.pagerduty.account import (
    Account,
    document_of,
    reference,
    zone_in,
)
from integrations.importers.pagerduty.schedules import is_wanted, rendered_layer, team_of
from integrations.importers.pagerduty.zones import zone_of
from integrations.importers.recurrence import Event, NotTurnsError, layer_fields
from integrations.importers.rows import FieldError, Row

TIMES = "pagerduty.v3_times"
EVERY_MEMBER = "every_member"
EMPTY = "empty_member"


def read_shift_schedule(account: Account, row: Row) -> Iterator[Found]:
    """A schedule, then its overrides and custom shifts. Raises FieldError."""
    id_, notes = row.id(), list[Note]()
    zone = zone_in(row) or "Etc/UTC"
    name = row.text("name") or row.text("summary") or row.id("name")
    schedule = Schedule(
        id=id_,
        name=name,
        zone=zone,
        description=row.text("description"),
        team=team_of(row, notes),
        document=document_of(row),
    )
    try:
        layers = [
            layer
            for rotation in row.rows("rotations")
            for event in rotation.rows("events")
            if is_wanted(account, event, "effective_until", notes)
            and not _is_over(layer := _layer(account, event, zone, notes), notes)
        ]
    except NotTurnsError as error:
        yield _as_calendar(row, schedule, [*notes, remark(str(error))])
        return  # The shifts that were worked out hold what was changed by hand.
    check_layers(row.place, layers)
    yield replace(schedule, layers=tuple(layers), notes=tuple(dict.fromkeys(notes)))
    yield from _changes(account, row, id_)


def rendered_shifts(row: Row) -> tuple[RenderedShift, ...]:
    """Who is on call according to the final schedule; () where it was not asked for. Raises
    FieldError."""
    final = row.row("final_schedule")
    found = []
    for shift in final.rows("computed_shift_assignments") if final else []:
        if person := _member(shift.row("member")):
            starts_at, ends_at = shift.instant("start_time"), shift.instant("end_time")
            found.append(RenderedShift(person, starts_at, ends_at))
    return tuple(found)


def _as_calendar(row: Row, schedule: Schedule, notes: list[Note]) -> Schedule:
    shifts = rendered_shifts(row)
    if not shifts:
        raise FieldError(
            f"{row.place}: {notes[-1].text} Export it with include[]=final_schedule, since and "
            "until, so that its shifts can be taken."
        )
    layer, note = rendered_layer(schedule.id, schedule.name)
    notes = [note, *notes]
    return replace(schedule, layers=(layer,), named={layer["id"]: shifts}, notes=tuple(notes))


def _layer(account: Account, row: Row, zone: str, notes: list[Note]) -> LayerDocument:
    strategy = row.row("assignment_strategy")
    if strategy is None:
        raise FieldError(f"{row.place}.assignment_strategy is missing.")
    start, start_zone = _wall(account, row, "start_time", zone, notes)
    end, _ = _wall(account, row, "end_time", zone, notes)
    members = [[person] if (person := _member(m)) else [] for m in strategy.rows("members")]
    if strategy.word("type").startswith(EVERY_MEMBER):
        members = [[person for slot in members for person in slot]]
    event = Event(
        place=row.place,
        start=start,
        minutes=(end - start) // timedelta(minutes=1),
        rules=tuple(row.texts("recurrence")),
        members=members,
        shifts_per_member=strategy.between("shifts_per_member", 1, 100, 1),
    )
    return layer_of(
        **{
            "id": row.id(),
            "name": row.text("name"),
            "zone": "" if start_zone == zone else start_zone,
            "from_": max(row.wall("effective_since", start_zone) or "", event.wall),
            "until": row.wall("effective_until", start_zone),
            **layer_fields(event),
        }
    )


def _is_over(layer: LayerDocument, notes: list[Note]) -> bool:
    """Whether an event has ended before it began."""
    is_over = layer["until"] is not None and layer["until"] <= layer["from"]
    if is_over:
        notes.append(remark(f"{layer['name']} ended before it began."))
    return is_over


def _wall(
    account: Account, row: Row, name: str, zone: str, notes: list[Note]
) -> tuple[datetime, str]:
    """(what the clock reads, of which zone) of a time with a zone of its own. One that ends in Z
    and names another zone can be read in two ways."""
    inner = (
        row.row(name)
        if isinstance(row.get(name), dict)
        else Row(row.place, {"date_time": row.get(name)})
    )
    if inner is None or not inner.has("date_time"):
        raise FieldError(f"{row.place}.{name} is missing.")
    zone = zone_of(inner.text("time_zone")) or zone
    text = inner.text("date_time")
    if text.upper().endswith("Z") and zone not in ("Etc/UTC", "UTC"):
        options = (
            ("instant", "An instant in UTC"),
            ("wall", "What the clock of the zone reads"),
        )
        sentence = f"{text} of {zone} is read as an instant in UTC; the proof shows if it is not."
        notes.append(Note(NoteKind.NEEDS_CHOICE, sentence, TIMES, options, has_default=True))
        if account.choices.get(TIMES) == "wall":
            inner = Row(inner.place, {"date_time": text[:-1]})
    return datetime.fromisoformat(inner.needed_wall("date_time", zone)), zone


def _member(row: Row | None) -> str:
    """The id of a person; '' of an empty place. Raises FieldError."""
    if row is None or row.word("type") == EMPTY:
        return ""
    return row.text("user_id") or reference(row, "user") or row.text("id")


def _changes(account: Account, row: Row, id_: str) -> Iterator[Part]:
    """Overrides take the place of one person, and custom shifts come in addition."""
    lists = account.lists
    overrides = [*row.rows("overrides"), *lists.of("v3_overrides", "of").get(id_, [])]
    yield Part(overrides, "override", partial(_override, id_))
    shifts = [*row.rows("custom_shifts"), *lists.of("custom_shifts", "of").get(id_, [])]
    yield Part(shifts, "custom shift", partial(_custom_shift, id_))


def _override(schedule: str, row: Row) -> Iterator[Object]:
    member = row.row("overriding_member") or row.row("member")
    person = _member(member) or reference(row, "user")
    instead_of = _member(row.row("overridden_member"))
    yield _change(row, schedule, "instead" if person else "nobody", person, instead_of)


def _custom_shift(schedule: str, row: Row) -> Iterator[Object]:
    for assignment in row.rows("assignments"):
        if person := _member(assignment.row("member")):
            yield _change(row, schedule, "also", person, "")


def _change(row: Row, schedule: str, kind: str, person: str, instead_of: str) -> Override:
    start, end = ("start_time", "end_time") if row.has("start_time") else ("start", "end")
    starts_at, ends_at = row.instant(start), row.instant(end)
    if ends_at <= starts_at:
        raise FieldError(f"{row.place}.{end} is not after its start.")
    return Override(
        id=row.id(),
        schedule=schedule,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        people=(person,) if person else (),
        instead_of=instead_of,
        reason="" if person else "An override that names nobody",
        document=document_of(row),
    )
