"""Shifts of Grafana OnCall that repeat, as layers."""

import pytest

from integrations.importers.neutral import (
    Other,
    Schedule,
)
from integrations.importers.preview import facts_of, numbers_of, second
from integrations.importers.proof import prove
from tests.integrations.importers.oncall_installation import OFFICE, names, read, rolling, shifts
from tests.integrations.importing import at, calendar, only, texts


def test_the_calendar_of_the_sample_is_minute_exact():
    export = read()

    assert export.problems == ()
    assert calendar(export, "03-25 16:00", "03-26 16:00") == [
        ("03-25 16:00", ["UANA"]),
        ("03-25 18:00", ["UBO"]),
        ("03-26 06:00", ["UANA"]),
        ("03-26 08:00", ["UDI"]),
    ]
    assert calendar(export, "03-27 16:00", "03-31 00:00") == [
        ("03-27 16:00", ["UANA"]),
        ("03-30 07:00", ["UDI"]),
        ("03-30 15:00", ["UBO"]),
    ]


def test_the_proof_of_the_sample_shows_the_hour_that_oncall_loses_in_autumn():
    export, numbers = read(), numbers_of(read())
    span = second(at("10-23 15:00")), second(at("10-27 08:00"))

    proof = prove(
        facts_of(export, only(export, Schedule), numbers), export.rendered["SPAY"], numbers, span
    )

    assert proof.verdict == "identical but for 1 h in 1 place"
    found = proof.differences[0]
    assert (found.start, found.end) == (second(at("10-26 07:00")), second(at("10-26 08:00")))
    assert (found.there, found.here) == (set(), {"UANA"})
    assert found.cause == "source counts seconds over a change of the clock"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"frequency": "daily", "duration": 86400}, [["UANA"], ["UBO"], ["UCY"], ["UANA"]]),
        (
            {"frequency": "Daily", "duration": 86400, "interval": None},
            [["UANA"], ["UBO"], ["UCY"], ["UANA"]],
        ),
        ({"frequency": "daily", "duration": 172800, "interval": 2}, [["UANA"], ["UBO"]]),
        ({"frequency": "daily", "duration": 86400, "interval": 2}, [["UANA"], [], ["UBO"], []]),
        (
            {"frequency": "hourly", "duration": 43200, "interval": 12},
            [["UANA"], ["UBO"], ["UCY"]] * 2 + [["UANA"], ["UBO"]],
        ),
        ({"rolling_users": [["UANA", "UBO"], []]}, [["UANA", "UBO"]]),
        (
            {
                "rolling_users": [{"1": "UBO"}, {"2": "UCY"}],
                "frequency": "daily",
                "duration": 86400,
            },
            [["UBO"], ["UCY"]] * 2,
        ),
        ({"start_rotation_from_user_index": 1}, [["UBO"]]),
        (
            {"start_rotation_from_user_index": "2", "frequency": "daily", "duration": "86400"},
            [["UCY"], ["UANA"], ["UBO"], ["UCY"]],
        ),
        ({"frequency": "monthly", "duration": 2678400}, [["UANA"]]),
    ],
)
def test_turns_of_four_days_from_monday(fields, expected):
    assert names(shifts(rolling(**fields)), "03-02 08:00", "03-06 08:00") == expected


def test_a_day_on_some_days_of_the_week_moves_the_ring_on():
    row = rolling(frequency="daily", duration=28800, by_day=["MO", "WE", "FR"])

    # Monday Ana, Wednesday Bo, Friday Cy, Monday Ana
    found = [people for people in names(shifts(row), "03-02 00:00", "03-11 23:00") if people]

    assert found == [["UANA"], ["UBO"], ["UCY"], ["UANA"], ["UBO"]]


def test_two_duty_days_each():
    row = rolling(frequency="daily", duration=28800, by_day=["MO", "WE", "FR"], interval=2)

    found = [people for people in names(shifts(row), "03-02 00:00", "03-11 23:00") if people]

    assert found == [["UANA"], ["UANA"], ["UBO"], ["UBO"], ["UCY"]]


@pytest.mark.parametrize(
    ("start", "week_start", "expected"),
    [
        ("2026-03-04T22:00:00", "MO", "UBO"),  # begins on a Wednesday: its week is the first
        ("2026-03-04T22:00:00", "SU", "UBO"),
        ("2026-03-07T22:00:00", "MO", "UANA"),  # Saturday is none of the days: from next Monday on
    ],
)
def test_the_ring_moves_on_when_a_week_begins(start, week_start, expected):
    row = rolling(
        start=start,
        rotation_start=start,
        duration=28800,
        by_day=["MO", "WE", "TH"],
        week_start=week_start,
    )

    # the night from Monday 9 March to Tuesday, in one piece
    assert calendar(shifts(row), "03-09 20:00", "03-10 06:00") == [
        ("03-09 20:00", []),
        ("03-09 21:00", [expected]),
        ("03-10 05:00", []),
    ]


def test_every_second_week_leaves_the_weeks_between_to_nobody():
    event = {**OFFICE, "interval": 2, "duration": 604800, "by_day": ["MO"]}

    assert calendar(shifts(event), "03-02 08:00", "03-23 08:00") == [
        ("03-02 08:00", ["UDI"]),
        ("03-09 08:00", []),
        ("03-16 08:00", ["UDI"]),
    ]


def test_the_zone_of_a_shift_is_its_own_and_the_end_is_in_utc():
    row = rolling(time_zone="America/New_York", until="2026-03-20T12:00:00Z")

    assert calendar(shifts(row), "03-02 13:00", "03-21 00:00") == [
        ("03-02 13:00", []),
        ("03-02 14:00", ["UANA"]),
        ("03-09 13:00", ["UBO"]),
        ("03-16 13:00", ["UCY"]),
        ("03-20 12:00", []),
    ]


def test_an_order_that_began_later_begins_with_the_first_person():
    row = rolling(frequency="daily", duration=86400, rotation_start="2026-03-04T12:00:00")

    api, web = shifts(row), shifts(row, kind="web")

    # By the API with the first turn after; on the web with the turn in which it began.
    assert calendar(api, "03-04 08:00", "03-06 08:00")[:2] == [
        ("03-04 08:00", []),
        ("03-05 08:00", ["UANA"]),
    ]
    assert calendar(web, "03-04 08:00", "03-06 08:00") == [
        ("03-04 08:00", []),
        ("03-04 12:00", ["UANA"]),  # in UTC
        ("03-05 09:00", ["UBO"]),
    ]


def test_levels_that_are_equal_are_on_call_together():
    export = shifts(rolling(), rolling(id="OTHER", rolling_users=[["UDI"]]))

    assert names(export, "03-03 08:00", "03-03 08:01") == [["UANA", "UDI"]]


def test_a_turn_that_is_an_hour_short_asks():
    row = rolling(duration=601200)

    kept = shifts(row)
    closed = shifts(row, choices={"grafana_oncall.turns_an_hour_short": "close"})

    assert only(kept, Schedule).notes[0].choice == "grafana_oncall.turns_an_hour_short"
    assert calendar(kept, "03-09 06:30", "03-09 08:30") == [
        ("03-09 06:30", ["UANA"]),
        ("03-09 07:00", []),
        ("03-09 08:00", ["UBO"]),
    ]
    assert calendar(closed, "03-09 06:30", "03-09 08:30") == [
        ("03-09 06:30", ["UANA"]),
        ("03-09 08:00", ["UBO"]),
    ]


@pytest.mark.parametrize("named", ["UTC", None, "Etc/UTC"])
def test_shifts_of_web_schedules_are_in_utc_and_ask(named):
    row = rolling(
        time_zone=named, start="2026-03-02T08:00:00", rotation_start="2026-03-02T08:00:00"
    )

    kept = shifts(row, kind="web")
    moved = shifts(row, kind="web", choices={"grafana_oncall.shifts_in_utc": "zone"})

    assert only(kept, Schedule).notes[0].choice == "grafana_oncall.shifts_in_utc"
    assert calendar(kept, "03-30 06:30", "03-30 09:00")[1][0] == "03-30 08:00"
    assert calendar(moved, "03-30 06:30", "03-30 09:00")[1][0] == "03-30 07:00"


def test_what_cannot_be_said_in_turns_is_taken_as_it_was_worked_out():
    row = rolling(frequency="monthly", by_monthday=[1, 15], duration=86400)
    worked_out = [
        {
            "user_pk": "UBO",
            "shift_start": "2026-03-01T00:00:00Z",
            "shift_end": "2026-03-02T00:00:00Z",
        }
    ]

    taken = shifts(row, final_shifts={"SPAY": worked_out})
    refused = shifts(row)

    assert taken.problems == ()
    assert "cannot be said in turns" in texts(only(taken, Schedule))
    assert calendar(taken, "03-01 00:00", "03-03 00:00") == [
        ("03-01 00:00", ["UBO"]),
        ("03-02 00:00", []),
    ]
    assert "Export its final_shifts" in refused.problems[0]
    assert only(refused, Other).name == "Payments"


def test_shifts_that_have_ended_are_asked_about():
    old = rolling(id="OLD", until="2026-03-10T00:00:00Z")
    never = rolling(id="NEVER", until="2026-01-01T00:00:00Z")

    left = only(shifts(old, never, rolling()), Schedule)
    kept = only(shifts(old, rolling(), choices={"grafana_oncall.ended_shifts": "keep"}), Schedule)

    assert [one["id"] for one in left.layers] == ["OP"]
    assert "ended before it began" in texts(left)
    assert [one["id"] for one in kept.layers] == ["OLD", "OP"]


def test_a_shift_of_the_web_that_names_its_zone_keeps_it():
    export = shifts(rolling(time_zone="Europe/Berlin"), kind="web")

    assert only(export, Schedule).notes == ()
    assert calendar(export, "03-30 06:30", "03-30 07:30")[1] == ("03-30 07:00", ["UBO"])
