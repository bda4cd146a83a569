"""GoAlert's schedules: rules, rotations by their state, what changes them."""

import pytest

from integrations.importers.neutral import (
    Other,
    Override,
    Schedule,
)
from integrations.importers.preview import facts_of, numbers_of
from integrations.importers.proof import prove, span_of
from tests.integrations.importers.goalert_answers import (
    ALWAYS,
    SAMPLE,
    WORKDAYS,
    names,
    read,
    with_rules,
)
from tests.integrations.importing import calendar, every, only, texts


def test_the_calendar_of_the_sample_is_minute_exact():
    export = read()

    assert export.problems == ()
    assert calendar(export, "03-25 16:00", "03-26 16:00") == [
        ("03-25 16:00", ["ana"]),
        ("03-25 18:00", ["bo"]),
        ("03-26 06:00", ["ana"]),
        ("03-26 08:00", ["ana", "di"]),
    ]
    assert calendar(export, "03-27 16:00", "03-31 00:00") == [
        ("03-27 16:00", ["ana"]),
        ("03-30 07:00", ["bo", "di"]),
        ("03-30 15:00", ["bo"]),
    ]


@pytest.mark.parametrize(
    ("active", "now", "following"), [(0, "ana", "bo"), (1, "bo", "cy"), ("2", "cy", "ana")]
)
def test_the_order_is_that_of_whoever_is_on_call_now(active, now, following):
    export = with_rules(ALWAYS, rotation={"activeUserIndex": active})

    assert names(export, "03-30 06:59", "03-30 07:01") == [[now], [following]]


def test_without_the_next_hand_over_the_order_is_that_of_the_start():
    export = with_rules(ALWAYS, rotation={"nextHandoffTimes": None, "activeUserIndex": 2})

    assert names(export, "03-02 08:00", "03-02 08:01") == [["ana"]]
    assert "not exported" in texts(only(export, Schedule))


@pytest.mark.parametrize(
    ("kind", "length", "unit"),
    [("hourly", 12, "hour"), ("daily", "1", "day"), ("Weekly", 2, "week"), ("monthly", 1, "month")],
)
def test_the_length_of_a_turn(kind, length, unit):
    found = only(
        with_rules(ALWAYS, rotation={"type": kind, "shiftLength": length}), Schedule
    ).layers[0]

    assert (found["unit"], found["every"]) == (unit, int(length))


@pytest.mark.parametrize(
    ("rules", "windows"),
    [
        ([ALWAYS], []),
        ([{"start": "00:00", "end": "00:00"}], []),
        ([{"start": "09:00", "end": "17:00", "weekdayFilter": WORKDAYS}, ALWAYS], []),
        (
            [{"start": "22:00", "end": "06:00", "weekdayFilter": [True, *[False] * 6]}],
            [{"days": [6], "start": "22:00", "end": "06:00", "plus_days": 0}],
        ),
        (
            [{"start": "08:00", "end": "08:00", "weekdayFilter": ["t", *["f"] * 6]}],
            [{"days": [6], "start": "08:00", "end": "08:00", "plus_days": 0}],
        ),
        (
            [
                {"start": "09:00", "end": "17:00", "weekdayFilter": [False, True, *[False] * 5]},
                {
                    "start": "09:00",
                    "end": "17:00",
                    "weekdayFilter": [False, False, True, *[False] * 4],
                },
                {"start": "00:00", "end": "00:00", "weekdayFilter": [*[False] * 6, True]},
            ],
            [
                {"days": [0, 1], "start": "09:00", "end": "17:00", "plus_days": 0},
                {"days": [5], "start": "00:00", "end": "00:00", "plus_days": 0},
            ],
        ),
    ],
)
def test_the_rules_of_a_target_are_the_windows_of_its_layer(rules, windows):
    assert only(with_rules(*rules), Schedule).layers[0]["windows"] == windows


def test_a_rule_without_a_day_is_never_open():
    schedule = only(with_rules({**ALWAYS, "weekdayFilter": [False] * 7}), Schedule)

    assert schedule.layers == ()
    assert "never open" in texts(schedule)


def test_a_rotation_of_another_zone_turns_by_its_own_clock():
    rotation = {"timeZone": "America/New_York", "nextHandoffTimes": ["2026-03-30T13:00:00Z"]}

    always = with_rules(ALWAYS, rotation=rotation)
    office = with_rules({"start": "09:00", "end": "17:00"}, rotation=rotation)

    assert names(always, "03-30 12:59", "03-30 13:01") == [["ana"], ["bo"]]
    assert texts(only(always, Schedule)) == ""
    assert "counted in America/New_York" in texts(only(office, Schedule))


def override(**fields):
    return {"id": "o", "start": "2026-03-24T10:00:00Z", "end": "2026-03-24T12:00:00Z", **fields}


@pytest.mark.parametrize(
    ("fields", "kind", "people"),
    [
        ({"addUserID": "cy", "removeUserID": ""}, "also", ["ana", "cy", "di"]),
        ({"addUserID": None, "removeUserID": "ana"}, "nobody", ["di"]),
        ({"removeUser": {"id": "di"}}, "nobody", ["ana"]),
        ({"addUser": {"id": "cy"}, "removeUser": {"id": "di"}}, "instead", ["ana", "cy"]),
        ({"addUserID": "cy", "removeUserID": "bo"}, "instead", ["ana", "di"]),
        ({"addUserID": "cy", "target": {"id": "sch1"}}, "also", ["ana", "cy", "di"]),
    ],
)
def test_overrides_add_remove_and_replace(fields, kind, people):
    export = read(userOverrides={"nodes": [override(**fields)]})

    assert only(export, Override).kind == kind
    assert names(export, "03-24 10:00", "03-24 12:00") == [people]


def test_an_override_of_a_schedule_that_is_not_there_is_listed():
    export = read(userOverrides=[override(addUserID="cy", target={"id": "gone"})])

    assert every(export, Override) == []
    assert "no schedule of the files" in texts(only(export, Other))


def test_a_temporary_schedule_is_whoever_its_shifts_name_and_nobody_between_them():
    def shift(user, start, end):
        return {"userID": user, "start": f"2026-03-24T{start}:00Z", "end": f"2026-03-24T{end}:00Z"}

    temporary = {
        "start": "2026-03-24T10:00:00Z",
        "end": "2026-03-24T16:00:00Z",
        "shifts": [
            shift("bo", "09:00", "12:00"),
            shift("cy", "11:00", "13:00"),
            shift("cy", "14:00", "16:00"),
        ],
    }
    schedule = {**SAMPLE["schedule"], "temporarySchedules": [temporary]}

    export = read(schedule=schedule, userOverrides=[override(addUserID="ed")])

    assert calendar(export, "03-24 09:00", "03-24 17:00") == [
        ("03-24 09:00", ["ana", "di"]),
        ("03-24 10:00", ["bo"]),
        ("03-24 11:00", ["bo", "cy"]),
        ("03-24 12:00", ["cy"]),
        ("03-24 13:00", []),
        ("03-24 14:00", ["cy"]),
        ("03-24 16:00", ["ana"]),
    ]
    assert all(one.reason for one in every(export, Override) if one.kind == "nobody")


def test_the_shifts_that_goalert_tells_are_what_is_proven():
    schedule = {
        **SAMPLE["schedule"],
        "shifts": [
            {
                "userID": "ana",
                "start": "2026-03-27T16:00:00Z",
                "end": "2026-03-30T07:00:00Z",
                "truncated": True,
            },
            {
                "userID": "bo",
                "start": "2026-03-30T07:00:00Z",
                "end": "2026-03-31T00:00:00Z",
                "truncated": True,
            },
            {
                "userID": "di",
                "start": "2026-03-30T07:00:00Z",
                "end": "2026-03-30T15:00:00Z",
                "truncated": False,
            },
        ],
    }
    export = read(schedule=schedule)
    numbers, shifts = numbers_of(export), export.rendered["sch1"]

    proof = prove(
        facts_of(export, only(export, Schedule), numbers), shifts, numbers, span_of(shifts)
    )

    assert proof.verdict == "identical for 4,800 minutes"


def test_an_order_that_goalert_keeps_elsewhere_is_found_by_the_proof():
    shifts = [
        {"userID": "cy", "start": "2026-03-03T00:00:00Z", "end": "2026-03-09T08:00:00Z"},
        {"userID": "ana", "start": "2026-03-09T08:00:00Z", "end": "2026-03-16T08:00:00Z"},
    ]
    export = with_rules(ALWAYS, rotation={"nextHandoffTimes": []}, shifts=shifts)
    numbers, found = numbers_of(export), export.rendered["sch1"]

    proof = prove(facts_of(export, only(export, Schedule), numbers), found, numbers, span_of(found))

    assert proof.rotations == {"rot1": 2}
