"""Who would be on call by what was read, before anything is written: facts of neutral objects."""

from collections.abc import Mapping
from datetime import datetime

from escalation.schedules.definition import Definition
from escalation.schedules.facts import Absence as AbsenceFact
from escalation.schedules.facts import Facts, OverrideKind, Version
from escalation.schedules.facts import Override as OverrideFact
from integrations.importers.neutral import Absence, Export, Kind, Override, Person, Schedule
from integrations.importers.references import ref_of, references


def numbers_of(export: Export) -> dict[str, int]:
    """A number for everybody whom a source names, by their id there."""
    named = {
        number
        for one in export.objects
        for kind, number in (ref_of(one), *references(one))
        if kind == Kind.PERSON
    }
    return {person: number for number, person in enumerate(sorted(named), start=1)}


def facts_of(export: Export, schedule: Schedule, numbers: Mapping[str, int]) -> Facts:
    """The facts of a schedule with the numbers of people in place of their ids."""
    layers = [
        {**layer, "ring": [[numbers[person] for person in slot] for slot in layer["ring"]]}
        for layer in schedule.layers
    ]
    definition = Definition.from_json({"zone": schedule.zone, "layers": layers})
    return Facts(
        versions=(Version(definition),),
        overrides=tuple(
            _override(one, number, numbers)
            for number, one in enumerate(export.objects, start=1)
            if isinstance(one, Override) and one.schedule == schedule.id
        ),
        absences=tuple(
            _absence(one, number, numbers)
            for number, one in enumerate(export.objects, start=1)
            if isinstance(one, Absence)
        ),
        calendars={
            layer: tuple(
                (second(shift.starts_at), second(shift.ends_at), (numbers[shift.person],))
                for shift in shifts
            )
            for layer, shifts in schedule.named.items()
        },
        inactive={
            numbers[one.id]: ((-(2**62), 2**62),)
            for one in export.objects
            if isinstance(one, Person) and not one.is_active
        },
    )


def second(instant: datetime) -> int:
    """Seconds since 1970."""
    return int(instant.timestamp())


def _override(one: Override, number: int, numbers: Mapping[str, int]) -> OverrideFact:
    return OverrideFact(
        id=number,
        kind=OverrideKind(one.kind),
        start=second(one.starts_at),
        end=second(one.ends_at),
        made_at=second(one.made_at) if one.made_at else 0,
        people=tuple(numbers[person] for person in one.people),
        instead_of=numbers[one.instead_of] if one.instead_of else None,
        layer=one.layer,
    )


def _absence(one: Absence, number: int, numbers: Mapping[str, int]) -> AbsenceFact:
    return AbsenceFact(
        id=number,
        user=numbers[one.person],
        start=second(one.starts_at),
        end=second(one.ends_at),
        made_at=0,
        cover=numbers[one.cover] if one.cover else None,
    )
