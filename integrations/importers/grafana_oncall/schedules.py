"""Schedules of shifts, with overrides and swaps; and those that a calendar names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

from integrations.importers.gathering import (
    Found,
    approximate,
    remark,
    without_secrets,
)
from integrations.importers.grafana_oncall.changes import (
    UTC_ZONE,
    events_of,
    is_one_level,
    span_of,
    swaps_of,
)
from integrations.importers.grafana_oncall.shifts import layer_of_shift, shift_of
from integrations.importers.grafana_oncall.source import Source
from integrations.importers.grafana_oncall.values import naive
from integrations.importers.layers import LayerDocument, check_layers, layer_id, layer_of
from integrations.importers.neutral import (
    Note,
    NoteKind,
    RenderedShift,
    Schedule,
)
from integrations.importers.recurrence import NotTurnsError
from integrations.importers.rows import FieldError, Row, wall_of

HOUR_SHORT = "grafana_oncall.turns_an_hour_short"
ENDED = "grafana_oncall.ended_shifts"
UTC_SHIFTS = "grafana_oncall.shifts_in_utc"
UTC_NAMES = ("UTC", "Etc/UTC", "GMT")
OVERRIDES_RANK = 1000
KNOWN = ("rolling_users", "recurrent_event", "single_event", "override")
PASSING = frozenset({"oncallnow", "renderedsince", "rendereduntil"})


def read_schedule(source: Source, row: Row) -> Iterator[Found]:
    """A schedule, then its overrides. Raises FieldError."""
    zone, notes = row.zone("time_zone", "UTC"), list[Note]()
    schedule = Schedule(
        id=row.id(),
        name=row.id("name"),
        zone=zone,
        team=row.text("team_id"),
        document=_document(source, row),
    )
    if row.word("type") == "ical":
        layers = list(_calendars(row, notes))
        schedule = replace(schedule, layers=tuple(layers), notes=tuple(notes))
        yield replace(schedule, calendars=_addresses(row), names=_names(source))
        return
    shifts = _shifts_of(source, row)
    try:
        layers = [*_layers(source, row, shifts, zone, notes), *_calendars(row, notes)]
    except NotTurnsError as error:
        shifts_there = source.final_shifts(row)
        yield _as_calendar(schedule, shifts_there, [*notes, remark(str(error))])
        return  # The shifts that were worked out hold overrides and swaps.
    check_layers(row.place, layers)
    notes = list(dict.fromkeys(notes))
    schedule = replace(schedule, layers=tuple(layers), notes=tuple(notes))
    calendars = _addresses(row)
    yield replace(schedule, calendars=calendars, names=_names(source) if calendars else {})
    yield from events_of(row.id(), shifts, UTC_ZONE if row.word("type") == "web" else zone)
    yield swaps_of(source, row.id())


def _document(source: Source, row: Row) -> Mapping[str, object]:
    shifts = [shift.fields for shift in _shifts_of(source, row)]
    found = {**without_secrets(row.fields, PASSING), "shifts": without_secrets(shifts)}
    return dict(sorted(found.items()))


def _shifts_of(source: Source, row: Row) -> list[Row]:
    """Those that the schedule names, and those that name it. Raises FieldError."""
    id_, named = row.id(), row.texts("shifts")
    known = source.lists.by_id("shifts")
    own = [shift for shift in known.values() if str(shift.get("schedule")) == id_]
    found = {shift.id(): shift for shift in own}
    for name in named:
        if name not in known:
            raise FieldError(f"{row.place}.shifts names {name}, which is not among the shifts.")
        found[name] = known[name]
    return list(found.values())


def _layers(
    source: Source, row: Row, shifts: list[Row], zone: str, notes: list[Note]
) -> Iterator[LayerDocument]:
    is_web = row.word("type") == "web"
    for one in shifts:
        if one.word("type") in KNOWN[:2] and one.has("frequency"):
            closes = source.choices.get(HOUR_SHORT) == "close"
            base, row_there = zone, one
            if is_web:
                base, row_there = UTC_ZONE, _zoned(source, one, zone, notes)
            shift = shift_of(row_there, base, closes=closes)
            if shift.is_short_by_an_hour:
                notes.append(_hour_short(one))
            layer = layer_of_shift(shift, zone, is_web=is_web)
            if _is_wanted(source, one, layer, notes):
                yield layer
        elif one.word("type") == "single_event" and not is_one_level(shifts):
            yield _layer_of_event(one, UTC_ZONE if is_web else zone, zone)
        elif one.word("type") not in KNOWN[2:]:
            raise one.error("type", f"none of {', '.join(KNOWN)} with a frequency")


def _is_wanted(source: Source, row: Row, layer: LayerDocument, notes: list[Note]) -> bool:
    """Shifts that have ended are taken only where somebody wants them: an edit of a shift on the
    web leaves the one that was before."""
    ends = row.instant_or_none("until", "UTC")
    if ends is None or layer["until"] is None:
        return True
    if layer["until"] <= layer["from"]:
        notes.append(remark(f"{layer['name']} ended before it began."))
        return False
    if ends > source.now:
        return True
    options = (("leave", "Leave shifts out that have ended"), ("keep", "Take them, for history"))
    text = f"The shift {layer['name']} has ended on {ends:%Y-%m-%d}."
    notes.append(Note(NoteKind.NEEDS_CHOICE, text, ENDED, options, has_default=True))
    return source.choices.get(ENDED) == "keep"


def _layer_of_event(row: Row, own_zone: str, zone: str) -> LayerDocument:
    """A single event among shifts of other levels: a layer that begins and ends with it."""
    start, end, people = span_of(row, own_zone)
    return layer_of(
        id=row.id(),
        name=row.text("name"),
        rank=row.between("level", 0, OVERRIDES_RANK, 0),
        anchor=wall_of(start, zone),
        from_=wall_of(start, zone),
        until=wall_of(end, zone),
        ring=[people],
    )


def _hour_short(row: Row) -> Note:
    text = (
        f"A turn of {row.text('name') or row.id()} ends an hour before the next one begins: OnCall "
        "stores some so over a change of the clock."
    )
    options = (("keep", "Keep the hour without anybody"), ("close", "Close the hour"))
    return Note(NoteKind.NEEDS_CHOICE, text, HOUR_SHORT, options, has_default=True)


def _zoned(source: Source, row: Row, zone: str, notes: list[Note]) -> Row:
    """A shift of a web schedule: it counts in UTC unless it names another zone, and moves with the
    clock of the people."""
    if zone in UTC_NAMES or row.text("time_zone") not in ("", *UTC_NAMES):
        return row
    text = (
        f"{row.text('name') or row.id()} counts its hand-overs in UTC, as web schedules of OnCall "
        f"do: in {zone} they move by an hour with the clock."
    )
    options = (("keep", "Keep them in UTC"), ("zone", "Keep them at the same hour of the zone"))
    notes.append(Note(NoteKind.NEEDS_CHOICE, text, UTC_SHIFTS, options, has_default=True))
    if source.choices.get(UTC_SHIFTS) != "zone":
        return row
    moved = {
        name: naive_in(row, name, zone)
        for name in ("start", "rotation_start")
        if naive(row, name) is not None
    }
    return Row(row.place, {**row.fields, **moved, "time_zone": zone})


def naive_in(row: Row, name: str, zone: str) -> str:
    """A time of UTC as the clock of a zone reads it. Raises FieldError where it is missing."""
    moment = naive(row, name)
    if moment is None:
        raise FieldError(f"{row.place}.{name} is missing.")
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return local.replace(tzinfo=None).isoformat()


def _calendars(row: Row, notes: list[Note]) -> Iterator[LayerDocument]:
    """Layers whose people a calendar names; that of overrides is over all others."""
    if row.has("ical_url_primary"):
        yield layer_of(id=f"{row.id()}-calendar", name="Calendar", rank=1, calendar=True)
    if row.has("ical_url_overrides"):
        layer = layer_id(f"{row.id()}-overrides")
        yield layer_of(id=layer, name="Overrides", rank=OVERRIDES_RANK, calendar=True)
    if row.word("type") == "ical":
        notes.append(remark("A calendar names its people; it has to be reachable from here."))


def _addresses(row: Row) -> dict[str, str]:
    found = {
        layer_id(f"{row.id()}-calendar"): row.text("ical_url_primary"),
        layer_id(f"{row.id()}-overrides"): row.text("ical_url_overrides"),
    }
    return {layer: _https(address) for layer, address in found.items() if address}


def _https(address: str) -> str:
    """The address with the scheme by which it is read: webcal is a name for it."""
    is_webcal = address.lower().startswith("webcal://")
    return f"https{address[len('webcal') :]}" if is_webcal else address


def _names(source: Source) -> dict[str, str]:
    """User names, by which calendars there call people, where they are no name or address."""
    found = {}
    for user in source.lists.rows("users"):
        name = user.text("username").casefold()
        known = user.text("name").casefold(), user.text("email").casefold(), ""
        if name not in known:
            found[name] = user.id()
    return found


def _as_calendar(
    schedule: Schedule, shifts: tuple[RenderedShift, ...], notes: list[Note]
) -> Schedule:
    if not shifts:
        raise FieldError(f"{notes[-1].text} Export its final_shifts, so that they can be taken.")
    text = (
        f"{schedule.name} cannot be said in turns: the shifts that OnCall has worked out are "
        "taken, and end where its answer ends."
    )
    layer = layer_of(id=schedule.id, name=schedule.name, calendar=True)
    notes = [approximate(text), *notes]
    return replace(schedule, layers=(layer,), named={layer["id"]: shifts}, notes=tuple(notes))
