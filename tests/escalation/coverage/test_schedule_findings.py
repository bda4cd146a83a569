"""What is wrong with a schedule, worked out from values alone."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.findings import defects_of
from escalation.coverage.schedule_findings import ScheduleCheck, people_findings
from escalation.coverage.sentences import sentence
from escalation.schedules import resolver
from escalation.schedules.definition import Definition, Layer, Unit, Window, parse_wall
from escalation.schedules.facts import Absence, Facts, Override, OverrideKind, Version

ANA, BO, CY, DI = 1, 2, 3, 4
START = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp())  # Monday 09:00 in Berlin
DAY_S, WEEK_S = 86_400, 7 * 86_400
END = START + 30 * DAY_S
BERLIN = ZoneInfo("Europe/Berlin")


def rota(*ring, **fields):
    fields.setdefault("anchor", parse_wall("2026-03-02T09:00"))
    layer = Layer("weekly", "Weekly", ring=tuple((one,) for one in ring), **fields)
    return Definition("Europe/Berlin", (layer,))


def schedule_defects(definition, **facts):
    known = Facts((Version(definition),), **facts)
    final = resolver.shifts(known, START, END)
    return defects_of(ScheduleCheck(5, known, final, START, END).findings())


def override(number=1, **fields):
    fields = {"kind": OverrideKind.INSTEAD, "start": START, "end": START + DAY_S} | fields
    return Override(id=number, made_at=START - 60, **fields)


def absence(number, user, cover=None, days=(0, 2)):
    start, end = (START + day * DAY_S for day in days)
    return Absence(number, user, start, end, START - 100, cover)


def test_the_weeks_of_who_is_switched_off_are_vacant():
    (defect,) = schedule_defects(rota(ANA, BO, CY), inactive={BO: ((START - 1, 2**40),)})

    assert (defect.finding.kind, defect.finding.level) == ("inactive", "red")
    week = START + WEEK_S
    assert defect.spans[0] == (week, week + WEEK_S)
    assert len(defect.spans) == 2  # The change of the clock is within the second.


def test_where_a_lower_layer_steps_in_it_is_amber():
    (layer,) = rota(ANA, BO).layers
    below = replace(layer, id="below", rank=0, ring=((CY,), (DI,)))
    definition = Definition("Europe/Berlin", (layer, below))

    (defect,) = schedule_defects(definition, inactive={BO: ((START - 1, 2**40),)})

    assert defect.finding.level == DefectLevel.AMBER
    assert set(defect.finding.facts["others"]) <= {CY, DI}


def test_away_without_a_cover_is_on_call_all_the_same():
    (defect,) = schedule_defects(rota(ANA, BO), absences=(absence(1, ANA),))

    assert (defect.finding.kind, defect.finding.level) == ("away", "amber")
    assert defect.spans == [(START, START + 2 * DAY_S)]


def test_away_while_somebody_else_is_on_call_is_nothing():
    assert schedule_defects(rota(ANA, BO), absences=(absence(1, BO),)) == []


def test_away_with_a_cover_is_well():
    assert schedule_defects(rota(ANA, BO), absences=(absence(1, ANA, CY),)) == []


def test_two_who_cover_for_each_other_leave_one_of_them_on_call():
    absences = (absence(1, ANA, BO), absence(2, BO, ANA))

    (defect,) = schedule_defects(rota(ANA, BO), absences=absences)

    assert defect.finding.kind == DefectKind.COVER_RING
    assert not defect.finding.facts["is_dead"]


def test_a_cover_who_is_switched_off_is_none():
    (defect,) = schedule_defects(
        rota(ANA, BO), absences=(absence(1, ANA, CY),), inactive={CY: ((0, 2**40),)}
    )

    assert defect.finding.kind == DefectKind.COVER_RING
    assert defect.finding.facts["is_dead"]


def test_an_override_that_was_made_afterwards_stands():
    made = Override(9, OverrideKind.INSTEAD, START, START + 2 * DAY_S, made_at=START, people=(CY,))

    assert schedule_defects(rota(ANA, BO), absences=(absence(1, CY),), overrides=(made,)) == []


def test_a_rota_of_one_is_said():
    (defect,) = schedule_defects(rota(ANA))

    assert (defect.finding.kind, defect.finding.level) == ("one_person", "amber")
    facts = {"people": ["Di"], "schedule": "Search"}
    text = sentence("one_person", facts, defect.spans, BERLIN)
    assert text == "Di alone answers for Search: the next 30 days."


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"people": (CY,), "layer": "gone"}, "layer"),
        ({"people": (CY,), "instead_of": BO}, "place"),
        ({"people": (DI,)}, "people"),
    ],
)
def test_an_override_without_effect_is_said(fields, why):
    (defect,) = schedule_defects(
        rota(ANA, BO), overrides=(override(**fields),), inactive={DI: ((0, 2**40),)}
    )

    assert (defect.finding.kind, defect.finding.level) == ("stale_override", "info")
    assert defect.finding.facts["why"] == why


@pytest.mark.parametrize(
    "fields", [{"people": (CY,)}, {"people": (CY,), "instead_of": ANA}, {"kind": "nobody"}]
)
def test_an_override_that_changes_something_is_well(fields):
    fields = {**fields, "kind": OverrideKind(fields.get("kind", "instead"))}

    assert schedule_defects(rota(ANA, BO), overrides=(override(**fields),)) == []


def timelines(*definitions):
    return {
        number: resolver.shifts(Facts((Version(one),)), START, END)
        for number, one in enumerate(definitions)
    }


def test_two_schedules_without_a_break_are_too_long_together():
    found = timelines(
        rota(ANA, BO, unit=Unit.DAY, windows=(Window(frozenset(range(7)), 540, 1260),)),
        rota(ANA, windows=(Window(frozenset(range(7)), 1260, 540),)),
        rota(ANA, CY, unit=Unit.WEEK, windows=(Window(frozenset(range(7)), 540, 1260),)),
    )

    lengths = [one for one in people_findings(found, 6) if one.kind == DefectKind.TOO_LONG]

    assert {one.subject for one in lengths} == {f"user:{ANA}"}
    assert lengths[0].facts["days"] >= 7
    assert not [one for one in people_findings(found, 31) if one.kind == DefectKind.TOO_LONG]


def test_a_secondary_of_one_may_be_primary_of_another():
    found = timelines(rota(ANA, BO, secondaries=1), rota(BO, ANA))

    assert not [one for one in people_findings(found, 99) if one.kind == DefectKind.TWICE]


def test_a_primary_of_two_at_once_is_said():
    found = timelines(rota(ANA, BO), rota(ANA, CY))

    twice = [one for one in people_findings(found, 99) if one.kind == DefectKind.TWICE]

    assert {one.subject for one in twice} == {f"user:{ANA}/0/1"}
    assert twice[0].span == (START, START + WEEK_S)
