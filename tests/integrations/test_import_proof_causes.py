"""Why what differs does so."""

from escalation.schedules.facts import Absence
from escalation.schedules.resolver import shifts
from integrations.importers.causes import Hints
from integrations.importers.proof import prove, span_of
from tests.integrations.importers.proof_facts import (
    PEOPLE,
    causes,
    facts,
    instant,
    layer,
    rendered,
    shift,
)


def test_an_unknown_person_is_a_cause():
    known = facts(layer(ring=((1,), ())))
    there = [shift("ana", "03-02T08:00", "03-09T08:00"), shift("eve", "03-09T08:00", "03-10T08:00")]

    proof = prove(known, there, PEOPLE, span_of(there))

    assert causes(proof) == [("unknown person", 1440)]


def test_somebody_who_may_not_be_on_call_here_is_an_unknown_person():
    known = facts(layer(ring=((1,),)), inactive={1: ((0, 2**40),)})
    there = [shift("ana", "03-02T08:00", "03-03T08:00")]

    assert causes(prove(known, there, PEOPLE, span_of(there))) == [("unknown person", 1440)]


def test_seconds_over_a_change_of_the_clock_in_autumn_and_in_spring():
    known = facts(layer())
    there = [
        shift("ana", "03-23T08:00", "03-30T08:00"),  # an hour too long
        shift("bo", "03-30T07:00", "04-06T07:00"),
        shift("ana", "10-19T07:00", "10-26T07:00"),  # an hour too short
        shift("bo", "10-26T08:00", "11-02T08:00"),
    ]

    spring = prove(known, there[:2], PEOPLE, span_of(there[:2]))
    autumn = prove(known, there[2:], PEOPLE, span_of(there[2:]))

    assert causes(spring) == [("source counts seconds over a change of the clock", 60)]
    assert causes(autumn) == [("source counts seconds over a change of the clock", 60)]
    assert spring.differences[0].there == {"ana", "bo"}
    assert autumn.differences[0].there == set()


def test_an_hour_that_no_change_of_the_clock_explains_is_not_explained():
    known = facts(layer())
    early = [
        shift("cy", "03-02T08:00", "03-02T08:00"),
        shift("ana", "03-02T08:00", "03-09T07:00"),
        shift("bo", "03-09T07:00", "03-16T08:00"),
    ]

    assert causes(prove(known, early, PEOPLE, span_of(early))) == [("not explained", 60)]


def test_rounding_to_half_hours():
    known = facts(layer(anchor="2026-03-02T09:10"))
    there = [shift("ana", "03-02T09:00", "03-09T08:00"), shift("bo", "03-09T08:00", "03-10T08:00")]

    assert causes(prove(known, there, PEOPLE, span_of(there))) == [("source rounds to :00/:30", 10)]


def test_older_data_of_a_zone():
    known = facts(layer(), zone="America/Vancouver")
    # Since November 2026 Vancouver stays at UTC-7; older data put the clock back.
    there = [shift("ana", "11-09T18:00", "11-16T17:00"), shift("bo", "11-16T17:00", "11-17T00:00")]
    starts = [
        (piece.start, piece.places[0].user)
        for piece in shifts(known, instant("11-16T00:00"), instant("11-17T00:00"))
    ]
    assert starts[1][0] == instant("11-16T16:00")
    people = {"ana": starts[0][1], "bo": starts[1][1]}

    assert causes(prove(known, there, people, span_of(there))) == [
        ("older time-zone data there", 60)
    ]


def test_several_at_once_there_and_here():
    one, both = facts(layer(ring=((1,),))), facts(layer(ring=((1, 2),)))
    span = instant("03-02T08:00"), instant("03-02T09:00")

    assert causes(prove(one, rendered(both, span), PEOPLE, span)) == [
        ("several at once there, one here", 60)
    ]
    assert causes(prove(both, rendered(one, span), PEOPLE, span)) == [
        ("several at once here, one there", 60)
    ]


def test_an_empty_slot():
    known = facts(layer(ring=((1,), ())))
    there = [shift("ana", "03-02T08:00", "03-11T08:00")]

    assert causes(prove(known, there, PEOPLE, span_of(there))) == [("empty slot", 2880)]


def test_an_absence():
    start = instant("03-03T08:00")
    known = facts(layer(), absences=(Absence(1, 1, start, start + 3600, 0, cover=4),))
    there = [shift("ana", "03-02T08:00", "03-09T08:00")]

    assert causes(prove(known, there, PEOPLE, span_of(there))) == [("absence or forwarding", 60)]


def test_hints_are_the_last_and_the_first_word():
    known = facts(layer(ring=((1,), (2,))), inactive={2: ((0, 2**40),)})
    there = [shift("cy", "03-02T08:00", "03-03T08:00")]
    edited, skips = Hints(was_edited=True), Hints(skips_disabled=True)

    assert causes(prove(known, there, PEOPLE, span_of(there), edited)) == [
        ("edited at the source since", 1440)
    ]
    assert causes(prove(known, there, PEOPLE, span_of(there), skips)) == [
        ("order moved by disabled people", 1440)
    ]
