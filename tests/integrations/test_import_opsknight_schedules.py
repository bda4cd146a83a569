"""OpsKnight's schedules: the calendar by its own rules."""

from datetime import UTC, datetime

import pytest

from integrations.importers.causes import hints_of
from integrations.importers.neutral import (
    Override,
    Schedule,
)
from tests.integrations.importers.opsknight_tables import (
    SAMPLE,
    layer,
    layers,
    names,
    override,
    proof_of,
    read,
)
from tests.integrations.importing import calendar, only, texts


def test_the_calendar_of_the_sample_is_minute_exact():
    export = read()

    assert export.problems == ()
    assert calendar(export, "03-25 16:00", "03-26 16:00") == [
        ("03-25 16:00", ["ana"]),
        ("03-25 18:00", ["bo"]),
        ("03-26 06:00", ["ana"]),
        ("03-26 08:00", ["di"]),
    ]
    assert calendar(export, "03-27 16:00", "03-31 00:00") == [
        ("03-27 16:00", ["ana"]),
        ("03-30 07:00", ["di"]),
        ("03-30 15:00", ["bo"]),
    ]


@pytest.mark.parametrize("month", [3, 10])
def test_it_is_what_opsknight_would_say_through_both_changes_of_the_clock(month):
    export = read(now=datetime(2026, month, 10, 12, 34, tzinfo=UTC))

    assert proof_of(export).verdict == "identical for 129,600 minutes"


def test_of_equal_priorities_the_smaller_id_wins():
    export = layers(
        layer(id="b"), layer(id="a"), layer(id="c"), users={"a": ["ana"], "b": ["bo"], "c": ["cy"]}
    )

    assert {one["id"]: one["rank"] for one in only(export, Schedule).layers} == {
        "a": 3,
        "b": 2,
        "c": 1,
    }
    assert names(export, "03-03 08:00", "03-03 09:00") == [["ana"]]
    assert proof_of(export).is_identical


@pytest.mark.parametrize(
    ("rotation", "shift", "unit", "every_", "ring"),
    [
        (168, None, "week", 1, [["ana"], ["bo"]]),
        ("336", "336", "week", 2, [["ana"], ["bo"]]),
        (24, None, "day", 1, [["ana"], ["bo"]]),
        (None, None, "day", 1, [["ana"], ["bo"]]),
        (12, 12, "hour", 12, [["ana"], ["bo"]]),
        (24, 8, "hour", 8, [["ana"], [], [], ["bo"], [], []]),
        (168, 120, "day", 1, [["ana"]] * 5 + [[]] * 2 + [["bo"]] * 5 + [[]] * 2),
        (48, 24, "day", 1, [["ana"], [], ["bo"], []]),
        (24, 30, "day", 1, [["ana"], ["bo"]]),
    ],
)
def test_the_length_of_rotations_and_shifts(rotation, shift, unit, every_, ring):
    export = layers(layer(rotationLengthHours=rotation, shiftLengthHours=shift))

    found = only(export, Schedule).layers[0]
    assert (found["unit"], found["every"], found["ring"]) == (unit, every_, ring)


@pytest.mark.parametrize(("rotation", "shift"), [(168, 120), (48, 24), (24, 8), (336, 168)])
def test_shifts_are_what_opsknight_would_say_where_no_clock_changes(rotation, shift):
    row = layer(rotationLengthHours=rotation, shiftLengthHours=shift, start="2026-06-01T08:00:00")

    assert proof_of(layers(row, now=datetime(2026, 6, 3, tzinfo=UTC))).is_identical


def test_turns_of_hours_drift_by_an_hour_there_and_the_proof_says_so():
    export = layers(layer(rotationLengthHours=12))

    proof = proof_of(export)

    assert "counted in hours" in texts(only(export, Schedule))
    assert {str(one.cause) for one in proof.differences} == {
        "source counts seconds over a change of the clock"
    }


@pytest.mark.parametrize(
    ("restriction", "window"),
    [
        (
            {"daysOfWeek": [0, 6], "startHour": 8, "endHour": 20},
            {"days": [5, 6], "start": "08:00", "end": "20:00", "plus_days": 0},
        ),
        (
            {"daysOfWeek": ["5"], "startHour": "22", "endHour": "6"},
            {"days": [4], "start": "22:00", "end": "06:00", "plus_days": 0},
        ),
        ({"daysOfWeek": [1]}, {"days": [0], "start": "00:00", "end": "00:00", "plus_days": 0}),
        (
            {"startHour": 9, "endHour": 17},
            {"days": list(range(7)), "start": "09:00", "end": "17:00", "plus_days": 0},
        ),
        (
            '{"daysOfWeek": [], "startHour": 17, "endHour": 24}',
            {"days": list(range(7)), "start": "17:00", "end": "00:00", "plus_days": 0},
        ),
    ],
)
def test_restrictions_are_windows(restriction, window):
    export = layers(layer(restrictions=restriction))

    assert only(export, Schedule).layers[0]["windows"] == [window]
    assert proof_of(export).is_identical


def test_a_restriction_that_ends_when_it_begins_asks():
    row = layer(restrictions={"daysOfWeek": [1], "startHour": 9, "endHour": 9})

    asked = layers(row)
    nobody = layers(row, choices={"opsknight.equal_hours": "nobody"})
    always = layers(row, choices={"opsknight.equal_hours": "always"})

    assert only(asked, Schedule).notes[0].choice == "opsknight.equal_hours"
    assert not only(asked, Schedule).notes[0].has_default
    assert only(nobody, Schedule).layers == ()
    assert names(always, "03-02 08:00", "03-03 09:00") == [["ana"], []]
    assert proof_of(nobody).is_identical
    assert proof_of(always).is_identical


def test_disabled_people_keep_their_turn_and_the_proof_says_why_that_differs():
    users = [
        {**user, "status": "DISABLED" if user["id"] == "bo" else "ACTIVE"}
        for user in SAMPLE["User"]
    ]
    export = layers(layer(), users={"cl1": ["ana", "bo", "cy"]}, User=users)

    proof = proof_of(export, hints_of(export.source))

    assert "are disabled" in texts(only(export, Schedule))
    assert names(export, "03-09 08:00", "03-09 09:00") == [[]]
    assert {str(one.cause) for one in proof.differences} == {"order moved by disabled people"}


def test_an_override_that_replaces_nobody_asks_for_the_version():
    first = read(OnCallOverride=[override(start="2026-03-24 20:00:00", end="2026-03-24 22:00:00")])
    second_ = read(
        {"opsknight.version": "2"},
        OnCallOverride=[override(start="2026-03-24 20:00:00", end="2026-03-24 22:00:00")],
    )

    assert only(first, Override).notes[0].choice == "opsknight.version"
    assert names(first, "03-24 20:00", "03-24 22:00") == [["di"]]
    assert names(second_, "03-24 20:00", "03-24 22:00") == [["ana", "di"]]
    assert proof_of(first).is_identical
    assert proof_of(second_).is_identical


def test_the_override_that_starts_last_wins():
    export = read(
        OnCallOverride=[
            override(id="late", userId="cy", start="2026-03-24 11:00:00"),
            override(id="early", userId="di"),
        ]
    )

    assert names(export, "03-24 10:00", "03-24 12:00") == [["di"], ["cy"]]
    assert proof_of(export).is_identical


def test_times_are_in_utc_also_as_numbers():
    start = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp() * 1000)

    assert only(layers(layer(start=start)), Schedule).layers[0]["anchor"] == "2026-03-02T09:00"
