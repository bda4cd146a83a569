"""The equivalence proof: it finds what differs, and nothing else."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.schedules.definition import Definition, Unit, Window
from escalation.schedules.facts import Facts, Override, OverrideKind, Version
from escalation.schedules.resolver import shifts
from integrations.importers import pagerduty
from integrations.importers.neutral import RenderedShift, Schedule
from integrations.importers.preview import facts_of, numbers_of
from integrations.importers.proof import prove, span_of, turned_schedule
from tests.integrations.importers.pagerduty_account import SAMPLE
from tests.integrations.importers.proof_facts import (
    DAY_S,
    PEOPLE,
    SPAN,
    causes,
    facts,
    instant,
    layer,
    moment,
    rendered,
    shift,
)
from tests.integrations.importing import NOW, files, only


def test_the_same_is_identical_for_all_its_minutes():
    known = facts(layer())

    proof = prove(known, rendered(known, SPAN), PEOPLE, SPAN)

    assert proof.is_identical
    assert proof.verdict == "identical for 129,600 minutes"


def test_the_sample_of_pagerduty_is_proven():
    export = pagerduty.read(files(export=SAMPLE), {}, NOW)
    numbers, shifts_there = numbers_of(export), export.rendered["PSHOP01"]

    proof = prove(
        facts_of(export, only(export, Schedule), numbers),
        shifts_there,
        numbers,
        span_of(shifts_there),
    )

    assert proof.verdict == "identical for 4,800 minutes"


def test_what_differs_is_counted_and_joined():
    known = facts(layer())
    at = instant("04-01T10:00")
    overrides = tuple(
        Override(n, OverrideKind.INSTEAD, at + n * DAY_S, at + n * DAY_S + 2400, 0, (4,))
        for n in (1, 2, 3)
    )

    proof = prove(known, rendered(replace(known, overrides=overrides), SPAN), PEOPLE, SPAN)

    assert proof.verdict == "identical but for 2 h in 3 places"
    assert causes(proof) == [("not explained", 40)] * 3
    assert proof.differences[0].there == {"di"}


def test_one_place_and_no_minutes_and_all_minutes():
    known = facts(layer(ring=((1,),)))
    other = [shift("bo", "03-02T08:00", "05-31T08:00")]

    assert prove(known, [], PEOPLE, (0, 0)).verdict.startswith("nothing to compare")
    assert not prove(known, [], PEOPLE, (0, 0)).is_identical
    assert prove(known, other, PEOPLE, SPAN).verdict == "different at all times, in 1 place"


days = st.integers(0, 5)

rings = st.lists(st.sampled_from([(1,), (2,), (3,), (1, 2), (4,), ()]), min_size=1, max_size=5)

layers = st.builds(
    layer,
    id=st.uuids().map(str),
    ring=rings.map(tuple),
    unit=st.sampled_from([Unit.DAY, Unit.WEEK, Unit.HOUR]),
    every=st.integers(1, 20),
    rank=st.integers(1, 2),
    windows=st.sampled_from([(), (Window(frozenset(range(5)), 540, 1020),)]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(layers, min_size=1, max_size=3), st.integers(0, 21 * 1440 - 1), st.sampled_from("abcd")
)
def test_a_seeded_minute_is_found_and_nothing_else(chosen, minute, letter):
    person = next(name for name in PEOPLE if name.startswith(letter))
    span = instant("03-20T00:00"), instant("04-10T00:00")
    known = facts(*chosen)
    start = span[0] + minute * 60
    seeded = Override(9, OverrideKind.INSTEAD, start, start + 60, 0, (PEOPLE[person],))
    is_same = [place.user for place in shifts(known, start, start + 60)[0].places] == [
        PEOPLE[person]
    ]

    proof = prove(known, rendered(replace(known, overrides=(seeded,)), span), PEOPLE, span)

    if is_same:
        assert proof.is_identical
        return
    assert [(one.start, one.end, one.there) for one in proof.differences] == [
        (start, start + 60, {person})
    ]
    assert not proof.rotations


@settings(max_examples=40, deadline=None)
@given(st.lists(layers, min_size=1, max_size=3))
def test_nothing_is_found_where_nothing_differs(chosen):
    span = instant("10-10T00:00"), instant("11-10T00:00")
    known = facts(*chosen)

    assert prove(known, rendered(known, span), PEOPLE, span).is_identical


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("places", [1, 2, 3])
def test_a_ring_that_is_turned_is_found(size, places):
    ring = tuple((number,) for number in range(1, size + 1))
    office = layer(
        id="office", rank=2, ring=((4,),), windows=(Window(frozenset(range(5)), 540, 1020),)
    )
    known = facts(layer(ring=ring), office)
    theirs = facts(layer(ring=ring[places % size :] + ring[: places % size]), office)

    proof = prove(known, rendered(theirs, SPAN), PEOPLE, SPAN)

    assert proof.rotations == ({"week": places % size} if places % size else {})
    assert {str(one.cause) for one in proof.differences} <= {"first shift differs"}


def test_two_rings_that_are_turned_are_found_and_can_be_turned_back():
    def document(id_, rank, ring, windows):
        one = layer(id=id_, rank=rank, windows=windows)
        return {**Definition(layers=(one,)).to_json()["layers"][0], "ring": ring}

    office = (Window(frozenset(range(5)), 540, 1020),)
    ours = Schedule(
        id="s",
        name="s",
        zone="Europe/Berlin",
        layers=(
            document("week", 1, [["ana"], ["bo"], ["cy"]], ()),
            document("office", 2, [["di"], ["cy"]], office),
        ),
    )
    theirs = turned_schedule(ours, {"week": 2, "office": 1})

    def known(schedule):
        layers = [
            {**one, "ring": [[PEOPLE[p] for p in s] for s in one["ring"]]}
            for one in schedule.layers
        ]
        return Facts((Version(Definition.from_json({"zone": schedule.zone, "layers": layers})),))

    proof = prove(known(ours), rendered(known(theirs), SPAN), PEOPLE, SPAN)

    assert proof.rotations == {"week": 2, "office": 1}
    again = prove(
        known(turned_schedule(ours, proof.rotations)), rendered(known(theirs), SPAN), PEOPLE, SPAN
    )
    assert again.is_identical


def test_other_people_are_no_turned_ring():
    known = facts(layer())
    theirs = facts(layer(ring=((4,), (1,), (2,))))

    assert prove(known, rendered(theirs, SPAN), PEOPLE, SPAN).rotations == {}


def test_seconds_are_cut_to_minutes_on_both_sides():
    known = facts(layer(ring=((1,),)))
    start = moment(instant("03-02T08:00") + 30)
    middle, end = moment(instant("03-02T09:00") + 59), moment(instant("03-02T10:00") + 1)

    there = [RenderedShift("ana", start, middle), RenderedShift("ana", middle, end)]

    assert prove(known, there, PEOPLE, span_of(there)).verdict == "identical for 120 minutes"


def test_hourly_turns_that_all_differ_is_compared_in_time():
    known = facts(layer(unit=Unit.HOUR, every=1))
    theirs = facts(layer(unit=Unit.HOUR, every=1, ring=((4,), (4,), (2,))))
    span = SPAN[0], SPAN[0] + 60 * DAY_S
    shifts_there = rendered(theirs, span)

    started = time.process_time()
    proof = prove(known, shifts_there, PEOPLE, span)

    assert len(proof.differences) > 900
    assert time.process_time() - started < 3
