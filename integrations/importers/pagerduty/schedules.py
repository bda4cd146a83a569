"""Schedules made of layers: the first of the list wins, and one person is on call at a time."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from integrations.importers.gathering import Found, Part, approximate, remark
from integrations.importers.layers import (
    DAY_S,
    EVERY_DAY,
    WEEK_S,
    LayerDocument,
    check_layers,
    joined_windows,
    layer_of,
    turn_of,
    windows_of,
)
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
    references,
    zone_in,
)
from integrations.importers.rows import FieldError, Row

ENDED = "pagerduty.ended_layers"
ROUNDED = "pagerduty.turns_of_no_whole_hours"
SHORT_WINDOWS = "pagerduty.windows_a_minute_short"
MINUTE_SHORT_S = 60


def read_schedule(account: Account, row: Row) -> Iterator[Found]:
    """A schedule, then its overrides: those within it and those of their list. Raises
    FieldError."""
    id_, notes = row.id(), list[Note]()
    zone = zone_in(row) or "Etc/UTC"
    rows = [
        layer for layer in row.rows("schedule_layers") if is_wanted(account, layer, "end", notes)
    ]
    layers = [
        _layer(account, layer, zone, len(rows) - number, notes) for number, layer in enumerate(rows)
    ]
    check_layers(row.place, layers)
    yield Schedule(
        id=id_,
        name=row.text("name") or row.text("summary") or row.id("name"),
        zone=zone,
        description=row.text("description"),
        team=team_of(row, notes),
        layers=tuple(layers),
        document=document_of(row),
        notes=tuple(dict.fromkeys(notes)),
    )
    overrides = [*row.rows("overrides"), *account.lists.of("overrides", "of").get(id_, [])]
    yield Part(overrides, "override", partial(_override, id_))


def team_of(row: Row, notes: list[Note]) -> str:
    """The first of the teams of a schedule. Raises FieldError."""
    teams = references(row, "teams")
    if len(teams) > 1:
        notes.append(remark(f"It belongs to {len(teams)} teams; the first is taken."))
    return teams[0] if teams else ""


def _override(schedule: str, row: Row) -> Iterator[Object]:
    starts_at, ends_at = row.instant("start"), row.instant("end")
    if ends_at <= starts_at:
        raise FieldError(f"{row.place}.end is not after its start.")
    person = reference(row, "user")
    yield Override(
        id=row.text("id") or f"{schedule}:{starts_at.isoformat()}:{person}",
        schedule=schedule,
        kind="instead" if person else "nobody",
        starts_at=starts_at,
        ends_at=ends_at,
        people=(person,) if person else (),
        reason="" if person else "An override that names nobody",
        document=document_of(row),
    )


def rendered_of(row: Row) -> tuple[RenderedShift, ...]:
    """Who is on call according to the final schedule; () where it was not asked for. Raises
    FieldError."""
    final = row.row("final_schedule")
    entries = final.rows("rendered_schedule_entries") if final else []
    return tuple(
        RenderedShift(reference(entry, "user"), entry.instant("start"), entry.instant("end"))
        for entry in entries
        if reference(entry, "user")
    )


def is_wanted(account: Account, layer: Row, end: str, notes: list[Note]) -> bool:
    """Whether a layer is to be taken: those that have ended only where somebody wants them.
    ``end``: the field that says when. Raises FieldError."""
    ends = layer.instant_or_none(end, "UTC")
    if ends is None or ends > account.now:
        return True
    options = (("leave", "Leave layers out that have ended"), ("keep", "Take them, for history"))
    text = f"The layer {layer.text('name') or layer.text('id')} has ended on {ends:%Y-%m-%d}."
    notes.append(Note(NoteKind.NEEDS_CHOICE, text, ENDED, options, has_default=True))
    return account.choices.get(ENDED) == "keep"


def _layer(account: Account, row: Row, zone: str, rank: int, notes: list[Note]) -> LayerDocument:
    people = [reference(user, "user") or user.id() for user in row.rows("users")]
    starts = row.wall("start", zone)
    anchor = row.wall("rotation_virtual_start", zone) or starts
    if anchor is None:
        raise FieldError(f"{row.place}.rotation_virtual_start is missing.")
    unit, every, is_exact = turn_of(row.between("rotation_turn_length_seconds", 60, 366 * DAY_S))
    if not is_exact and len(people) > 1:
        seconds = row.whole("rotation_turn_length_seconds")
        text = f"A turn of {seconds} seconds is none of whole hours; here it lasts {every} hours."
        options = (("round", f"Take turns of {every} hours"),)
        notes.append(Note(NoteKind.NEEDS_CHOICE, text, ROUNDED, options))
    return layer_of(
        id=row.id(),
        name=row.text("name"),
        rank=rank,
        unit=unit.value,
        every=every,
        anchor=anchor,
        from_=starts,
        until=row.wall("end", zone),
        ring=[[person] for person in people] or [[]],
        windows=_windows(account, row.rows("restrictions"), notes),
    )


def _windows(
    account: Account, restrictions: Sequence[Row], notes: list[Note]
) -> list[dict[str, Any]]:
    """None where one of them is always open."""
    seconds = [row.between("duration_seconds", 1, WEEK_S) for row in restrictions]
    if WEEK_S in seconds:
        return []
    found = [
        window
        for row, duration_s in zip(restrictions, seconds, strict=True)
        for window in _window(row, _closed(account, duration_s, notes))
    ]
    return joined_windows(found)


def _closed(account: Account, duration_s: int, notes: list[Note]) -> int:
    """Seconds; windows that end a minute early are made whole where somebody wants it."""
    if duration_s % 3600 == 0 or (duration_s + MINUTE_SHORT_S) % 3600 > MINUTE_SHORT_S:
        return duration_s
    options = (("keep", "Keep the minute without anybody"), ("close", "Close the minute"))
    hours, minutes = divmod(duration_s // 60, 60)
    text = f"A restriction of {hours} h {minutes} ends a minute before the next one may begin."
    notes.append(Note(NoteKind.NEEDS_CHOICE, text, SHORT_WINDOWS, options, has_default=True))
    whole_s = -(-duration_s // 3600) * 3600
    return whole_s if account.choices.get(SHORT_WINDOWS) == "close" else duration_s


def _window(row: Row, duration_s: int) -> list[dict[str, Any]]:
    days: Iterable[int] = EVERY_DAY
    if row.word("type") == "weekly_restriction" or row.has("start_day_of_week"):
        days = [row.between("start_day_of_week", 1, 7) - 1]
    return windows_of(days, minute_of_day(row, "start_time_of_day"), -(-duration_s // 60))


def minute_of_day(row: Row, name: str) -> int:
    """Minutes since midnight of ``09:00`` or ``09:00:00``. Raises FieldError."""
    parts = row.id(name).split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        raise row.error(name, "no time of a day such as 09:00:00")
    hours, minutes = int(parts[0]), int(parts[1])
    if hours > 23 or minutes > 59:
        raise row.error(name, "no time of a day such as 09:00:00")
    return hours * 60 + minutes


def rendered_layer(id_: str, name: str) -> tuple[LayerDocument, Note]:
    """A layer whose people are those that the source has worked out, and the note that says so."""
    text = (
        f"{name} cannot be said in turns: the shifts that PagerDuty has worked out are taken, and "
        "end where its answer ends."
    )
    return layer_of(id=id_, name=name, calendar=True), approximate(text)
