"""The editor's layers between the form and a definition.

A draft is what is on the page: rows of text for each layer. Buttons of the form change the draft
and draw it again; nothing is saved by them. A place of the ring with several people is written as
several rows, each but the first ticked "together with the one above".
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import QueryDict

from escalation.schedules.definition import (
    MAX_LAYERS,
    MAX_WINDOWS,
    Definition,
    HolidayRule,
    Layer,
    spell_minute,
    spell_wall,
)

MAX_ROWS = 120  # people of a layer that the form takes
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(slots=True)
class PersonRow:
    """A row of the ring: a person's id, '' for an empty place."""

    person: str = ""
    is_together: bool = False


@dataclass(slots=True)
class WindowRow:
    """Hours of the week."""

    days: list[str] = field(default_factory=lambda: list("01234"))
    start: str = "09:00"
    end: str = "17:00"
    plus_days: str = "0"


@dataclass(slots=True)
class LayerDraft:
    """A layer as the form holds it."""

    id: str = ""
    name: str = ""
    rank: str = "1"
    zone: str = ""
    unit: str = "week"
    every: str = "1"
    anchor: str = ""
    turns: str = "calendar"
    primaries: str = "1"
    secondaries: str = "0"
    step: str = "1"
    holidays: str = "as_usual"
    calendar: str = ""
    starts: str = ""
    until: str = ""
    people: list[PersonRow] = field(default_factory=list)
    windows: list[WindowRow] = field(default_factory=list)


TEXTS = (
    *("id", "name", "rank", "zone", "unit", "every", "anchor", "turns"),
    *("primaries", "secondaries", "step", "holidays", "calendar", "starts", "until"),
)
NOTHING = LayerDraft()


def drafts_of(definition: Definition) -> list[LayerDraft]:
    """The layers of a definition, as the form shows them."""
    return [_draft(layer) for layer in definition.layers]


def _draft(layer: Layer) -> LayerDraft:
    people = [
        PersonRow(str(person), is_together=number > 0)
        for slot in layer.ring
        for number, person in enumerate(slot or [""])
    ]
    windows = [
        WindowRow(
            [str(day) for day in sorted(window.days)],
            spell_minute(window.start),
            spell_minute(window.end),
            str(window.plus_days),
        )
        for window in layer.windows
    ]
    return LayerDraft(
        id=layer.id,
        name=layer.name,
        rank=str(layer.rank),
        zone=layer.zone,
        unit=layer.unit.value,
        every=str(layer.every),
        anchor=spell_wall(layer.anchor),
        turns=layer.turns.value,
        primaries=str(layer.primaries),
        secondaries=str(layer.secondaries),
        step=str(layer.step),
        holidays=layer.holidays.value,
        calendar="on" if layer.calendar else "",
        starts="" if layer.starts is None else spell_wall(layer.starts),
        until="" if layer.ends is None else spell_wall(layer.ends),
        people=people,
        windows=windows,
    )


def read_drafts(data: QueryDict) -> list[LayerDraft]:
    """What was posted, whatever it is; numbers of layers and rows beyond the limits are cut."""
    count = _number(data.get("layers"), MAX_LAYERS)
    return [_read(data, number) for number in range(count)]


def _read(data: QueryDict, number: int) -> LayerDraft:
    texts: dict[str, Any] = {
        name: data.get(f"{number}-{name}", getattr(NOTHING, name)).strip() for name in TEXTS
    }
    together = set(data.getlist(f"{number}-together"))
    people = [
        PersonRow(person, is_together=str(row) in together)
        for row, person in enumerate(data.getlist(f"{number}-person")[:MAX_ROWS])
    ]
    windows = [
        WindowRow(
            data.getlist(f"{number}-{row}-days")[:7],
            data.get(f"{number}-{row}-start", "").strip(),
            data.get(f"{number}-{row}-end", "").strip(),
            data.get(f"{number}-{row}-plus_days", "0").strip() or "0",
        )
        for row in range(_number(data.get(f"{number}-windows"), MAX_WINDOWS))
    ]
    return LayerDraft(**texts, people=people, windows=windows)


def _number(text: str | None, most: int) -> int:
    return min(int(text), most) if text and text.isascii() and text.isdecimal() else 0


def document_of(zone: str, drafts: list[LayerDraft], before: Definition) -> dict[str, Any]:
    """What DefinitionSerializer reads. What the form does not show stays as it was ``before``."""
    known = {layer.id: layer for layer in before.layers}
    return {"zone": zone, "layers": [_row(draft, known.get(draft.id)) for draft in drafts]}


def _row(draft: LayerDraft, before: Layer | None) -> dict[str, Any]:
    ring: list[list[str]] = []
    for row in draft.people:
        if row.is_together and ring and row.person:
            ring[-1].append(row.person)
        else:
            ring.append([row.person] if row.person else [])
    found: dict[str, Any] = {
        "name": draft.name,
        "rank": draft.rank,
        "unit": draft.unit,
        "every": draft.every,
        "anchor": draft.anchor,
        "ring": ring,
        "zone": draft.zone,
        "primaries": draft.primaries,
        "secondaries": draft.secondaries,
        "step": draft.step,
        "turns": draft.turns,
        "holidays": draft.holidays or HolidayRule.AS_USUAL.value,
        "from": draft.starts or None,
        "until": draft.until or None,
        "windows": [asdict(window) for window in draft.windows],
        "calendar": before.calendar if before else False,
    }
    if before and before.calendar:
        found["ring"] = []
    return found | ({"id": draft.id} if draft.id else {})


# What the buttons do, by the word before the first colon; the rest are places, from 0.


def _add_layer(drafts: list[LayerDraft]) -> None:
    rank = max((int(one.rank) for one in drafts if one.rank.isdecimal()), default=0) + 1
    anchor = drafts[0].anchor if drafts else ""
    drafts.append(LayerDraft(name=f"Layer {len(drafts) + 1}", rank=str(rank), anchor=anchor))


def _remove_layer(drafts: list[LayerDraft], layer: int) -> None:
    del drafts[layer]


def _add_person(drafts: list[LayerDraft], layer: int) -> None:
    drafts[layer].people.append(PersonRow())


def _remove_person(drafts: list[LayerDraft], layer: int, row: int) -> None:
    del drafts[layer].people[row]


def _up(drafts: list[LayerDraft], layer: int, row: int) -> None:
    people = drafts[layer].people
    if row > 0:
        people[row - 1], people[row] = people[row], people[row - 1]


def _move(drafts: list[LayerDraft], layer: int, row: int, to: int) -> None:
    people = drafts[layer].people
    people.insert(to, people.pop(row))


def _add_window(drafts: list[LayerDraft], layer: int) -> None:
    drafts[layer].windows.append(WindowRow())


def _remove_window(drafts: list[LayerDraft], layer: int, row: int) -> None:
    del drafts[layer].windows[row]


BUTTONS: dict[str, Callable[..., None]] = {
    "add-layer": _add_layer,
    "remove-layer": _remove_layer,
    "add-person": _add_person,
    "remove-person": _remove_person,
    "up": _up,
    "move": _move,
    "add-window": _add_window,
    "remove-window": _remove_window,
}


def press(drafts: list[LayerDraft], button: str) -> None:
    """Change the drafts as a button of the form says; one that is unknown changes nothing."""
    word, *places = button.split(":")
    if word not in BUTTONS or not all(place.isdecimal() for place in places):
        return
    try:
        BUTTONS[word](drafts, *map(int, places))
    except (IndexError, TypeError):  # Of a page that is older than the form.
        return
