"""The equivalence proof of an import: the schedules here against what the source said."""

from collections.abc import Mapping
from typing import Any

from escalation.models import Schedule
from escalation.on_call.schedule_facts import load, time_of
from escalation.schedules.facts import Facts
from escalation.schedules.spans import Span
from integrations.importers.causes import hints_of
from integrations.importers.comparison import Difference
from integrations.importers.fitting import preview_proofs, span_of_schedule
from integrations.importers.neutral import Export, Kind, Person
from integrations.importers.neutral import Schedule as NeutralSchedule
from integrations.importers.proof import Proof, prove
from integrations.models import ImportedObject

MAX_SHOWN = 100  # differences of one schedule
Row = dict[str, Any]
UNKNOWN = "the source does not say who is on call: compare the next shifts by eye"
UNREAD = "a calendar says who is on call, which is read within minutes of the import: compare then"


def preview(export: Export) -> list[Row]:
    """What would differ, before anything is written."""
    proofs, names = preview_proofs(export), _names(export)
    return [
        _row(names, one, None if one.calendars else proofs.get(one.id), None)
        for one in _schedules(export)
    ]


def prove_applied(export: Export) -> list[Row]:
    """What differs now between the schedules here and what the source said."""
    ids = _ids(export.source)
    here = Schedule.objects.in_bulk(
        [ids[key] for one in _schedules(export) if (key := (Kind.SCHEDULE.value, one.id)) in ids]
    )
    people = {number: pk for (kind, number), pk in ids.items() if kind == Kind.PERSON}
    pairs = [
        (one, here.get(ids.get((Kind.SCHEDULE.value, one.id), 0))) for one in _schedules(export)
    ]
    spans = {
        schedule.pk: span_of_schedule(export, one.id)
        for one, schedule in pairs
        if schedule and export.rendered.get(one.id) and not _is_unread(one, schedule)
    }
    facts, names, hints = _facts(here, spans), _names(export), hints_of(export.source)
    rows = []
    for one, schedule in pairs:
        span = spans.get(schedule.pk) if schedule else None
        proof = (
            prove(facts[schedule.pk], export.rendered[one.id], people, span, hints)
            if schedule and span
            else None
        )
        rows.append(_row(names, one, proof, schedule))
    return rows


def _facts(here: Mapping[int, Schedule], spans: Mapping[int, Span]) -> dict[int, Facts]:
    """Of all that are to be compared, together."""
    if not spans:
        return {}
    start, end = min(one[0] for one in spans.values()), max(one[1] for one in spans.values())
    return load([here[pk] for pk in spans], time_of(start), time_of(end))


def _names(export: Export) -> dict[str, str]:
    """Id of a person at the source → their name."""
    return {one.id: one.name or one.id for one in export.objects if isinstance(one, Person)}


def _row(
    names: Mapping[str, str], one: NeutralSchedule, proof: Proof | None, schedule: Schedule | None
) -> Row:
    """The result of one schedule as JSON."""
    found: list[Difference] = list(proof.differences) if proof else []
    text = UNREAD if one.calendars else UNKNOWN
    return {
        "schedule": one.id,
        "name": one.name,
        "object_id": schedule.pk if schedule else None,
        "verdict": proof.verdict if proof else text,
        "minutes": proof.minutes if proof else 0,
        "is_identical": bool(proof and proof.is_identical),
        "is_compared": bool(proof and proof.minutes),
        "differences": [
            {
                "start": time_of(each.start).isoformat(),
                "end": time_of(each.end).isoformat(),
                "there": sorted(names.get(person, person) for person in each.there),
                "here": sorted(names.get(person, person) for person in each.here),
                "cause": each.cause.value,
            }
            for each in found[:MAX_SHOWN]
        ],
        "left_out": max(0, len(found) - MAX_SHOWN),
    }


def _is_unread(one: NeutralSchedule, schedule: Schedule) -> bool:
    """Whether it follows a calendar that has not been read yet."""
    return bool(one.calendars) and schedule.calendars.filter(succeeded_at=None).exists()


def _schedules(export: Export) -> list[NeutralSchedule]:
    return [one for one in export.objects if isinstance(one, NeutralSchedule)]


def _ids(source: str) -> dict[tuple[str, str], int]:
    rows = ImportedObject.objects.filter(source=source, kind__in=[Kind.SCHEDULE, Kind.PERSON])
    return {
        (kind, number): pk
        for kind, number, pk in rows.values_list("kind", "source_id", "object_id")
    }
