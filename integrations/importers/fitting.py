"""Rings are fitted, not trusted: which place of a ring is first may be kept elsewhere at a source.

Where everything that differs from what the source says of its shifts differs by a turn of a ring,
the ring is turned. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace

from integrations.importers.causes import hints_of
from integrations.importers.neutral import (
    Absence,
    Export,
    Note,
    NoteKind,
    Object,
    Override,
    Person,
    Schedule,
)
from integrations.importers.plan import Choices
from integrations.importers.preview import facts_of, numbers_of
from integrations.importers.proof import Proof, prove, span_of, turned_schedule

Turns = Mapping[str, Mapping[str, int]]  # schedule → layer → by how many places
TEXT = "The first shift there is that of somebody else in the ring."


def preview_proofs(export: Export) -> dict[str, Proof]:
    """Of each schedule whose shifts the source told, by its id: what would differ here."""
    numbers, own = numbers_of(export), overrides_of(export)
    everywhere = tuple(one for one in export.objects if _is_everywhere(one))
    found = {}
    for one in export.objects:
        if isinstance(one, Schedule) and (shifts := export.rendered.get(one.id)):
            try:
                part = replace(export, objects=(*everywhere, *own.get(one.id, ())))
                facts = facts_of(part, one, numbers)
            except (KeyError, ValueError, TypeError):
                continue  # Its line in the plan says what is wrong.
            span, hints = span_of_schedule(export, one.id), hints_of(export.source)
            found[one.id] = prove(facts, shifts, numbers, span, hints)
    return found


def overrides_of(export: Export) -> dict[str, list[Override]]:
    """By the id of their schedule, in order."""
    found: dict[str, list[Override]] = {}
    for one in export.objects:
        if isinstance(one, Override):
            found.setdefault(one.schedule, []).append(one)
    return found


def _is_everywhere(one: Object) -> bool:
    """Whether it says in each schedule who is on call: absences, and who is switched off."""
    return isinstance(one, Absence) or (isinstance(one, Person) and not one.is_active)


def span_of_schedule(export: Export, schedule: str) -> tuple[int, int]:
    """Between which instants, in seconds, the source says who is on call in a schedule."""
    if span := export.rendered_spans.get(schedule):
        return int(span[0].timestamp()), int(span[1].timestamp())
    return span_of(export.rendered.get(schedule, ()))


def turns_of(export: Export) -> dict[str, dict[str, int]]:
    """By how many places rings have to be turned."""
    proofs = preview_proofs(export)
    return {number: dict(one.rotations) for number, one in proofs.items() if one.rotations}


def fitted(export: Export, turns: Turns, choices: Choices) -> Export:
    """The same with rings turned, unless somebody chose not to."""
    objects = tuple(_fitted(one, turns, choices) for one in export.objects)
    return replace(export, objects=objects)


def _fitted(one: Object, turns: Turns, choices: Choices) -> Object:
    if not isinstance(one, Schedule) or one.id not in turns:
        return one
    choice = f"turn:{one.id}"
    options = (("yes", "Turn the ring, so that it is the same."), ("no", "Leave the ring."))
    note = Note(NoteKind.APPROXIMATE, TEXT, choice, options, has_default=True)
    if choices.get(choice) != "no":
        one = turned_schedule(one, turns[one.id])
    return replace(one, notes=(*one.notes, note))
