"""PagerDuty's shift-based schedules: events that repeat."""

import pytest

from integrations.importers.neutral import (
    Other,
    Override,
    Schedule,
)
from tests.integrations.importers.pagerduty_account import event, read, shift_based
from tests.integrations.importing import calendar, every, only, texts


def test_a_weekly_event_is_a_turn_of_a_week():
    export = shift_based(event())

    assert export.problems == ()
    assert calendar(export, "03-23 08:00", "04-06 08:00") == [
        ("03-23 08:00", ["ana"]),
        ("03-30 07:00", ["bo"]),
        ("04-06 07:00", ["cy"]),
    ]


@pytest.mark.parametrize("each", [1, 2])
def test_days_of_the_week_are_shifts_that_members_take_in_turn(each):
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    export = shift_based(event(rule, end="2026-03-02T17:00:00", each=each))

    shifts = [names[0] for _, names in calendar(export, "03-05 00:00", "03-12 23:00") if names]

    # Monday 2 March is the first: Thursday is the 4th shift, and the weekend is none.
    order = ["ana", "bo", "cy"]
    assert shifts == [order[number // each % 3] for number in range(3, 9)]


def test_members_who_take_whole_weeks_of_working_days():
    rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
    start, end = "2026-03-04T09:00:00", "2026-03-04T17:00:00"  # a Wednesday
    export = shift_based(event(rule, start, end, each=5))

    shifts = [names[0] for _, names in calendar(export, "03-04 00:00", "03-13 23:00") if names]

    assert shifts == ["ana"] * 5 + ["bo"] * 3


def test_every_second_day_leaves_the_days_between_to_nobody():
    rule = "RRULE:FREQ=DAILY;INTERVAL=2"
    export = shift_based(event(rule, "2026-03-02T00:00:00", "2026-03-03T00:00:00"))

    assert calendar(export, "03-02 00:00", "03-06 00:00") == [
        ("03-02 00:00", ["ana"]),
        ("03-02 23:00", []),
        ("03-03 23:00", ["bo"]),
        ("03-04 23:00", []),
        ("03-05 23:00", ["cy"]),
    ]


@pytest.mark.parametrize(
    ("rule", "start", "end", "people"),
    [
        ("RRULE:FREQ=DAILY", "2026-03-02T00:00:00", "2026-03-03T00:00:00", ["bo"]),
        ("freq=daily;interval=1", "2026-03-02T12:00:00", "2026-03-03T00:00:00", ["bo"]),
        (
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
            "2026-03-02T00:00:00",
            "2026-03-16T00:00:00",
            ["ana"],
        ),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2", "2026-02-23T00:00:00", "2026-03-02T00:00:00", []),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=SU",
            "2026-03-03T12:00:00",
            "2026-03-03T20:00:00",
            ["ana"],
        ),
        ("", "2026-03-03T12:00:00", "2026-03-03T20:00:00", ["ana"]),
        ("", "2026-03-04T12:00:00", "2026-03-04T20:00:00", []),
    ],
)
def test_who_is_on_call_on_a_tuesday_at_noon(rule, start, end, people):
    assert calendar(shift_based(event(rule, start, end)), "03-03 12:00", "03-03 12:01") == [
        ("03-03 12:00", people)
    ]


def test_events_are_on_call_together_and_empty_members_are_nobody():
    office = event(
        "RRULE:FREQ=DAILY",
        end="2026-03-02T17:00:00",
        id="E2",
        assignment_strategy={
            "type": "every_member_assignment_strategy",
            "members": [
                {"type": "user_member", "user_id": "di"},
                {"type": "user_member", "user_id": "ed"},
            ],
        },
    )
    export = shift_based(event(members=["ana", None]), office)

    assert calendar(export, "03-09 07:00", "03-09 17:00") == [
        ("03-09 07:00", ["ana"]),
        ("03-09 08:00", ["di", "ed"]),
        ("03-09 16:00", []),
    ]


def test_an_event_counts_while_it_is_effective():
    export = shift_based(
        event(effective_since="2026-03-10T00:00:00Z", effective_until="2026-03-25T00:00:00Z")
    )

    assert calendar(export, "03-09 00:00", "03-26 00:00") == [
        ("03-09 00:00", []),
        ("03-10 00:00", ["bo"]),
        ("03-16 08:00", ["cy"]),
        ("03-23 08:00", ["ana"]),
        ("03-25 00:00", []),
    ]


def test_a_time_in_utc_of_another_zone_asks_which_it_is():
    asked = event(start="2026-03-02T09:00:00Z", end="2026-03-09T09:00:00Z")

    instant = only(shift_based(asked), Schedule)
    content = [
        {"id": "V3", "name": "S", "time_zone": "Europe/Berlin", "rotations": [{"events": [asked]}]}
    ]
    wall = only(read(None, {"pagerduty.v3_times": "wall"}, schedules=content), Schedule)

    assert instant.notes[0].choice == "pagerduty.v3_times"
    assert instant.layers[0]["anchor"] == "2026-03-02T10:00"
    assert wall.layers[0]["anchor"] == "2026-03-02T09:00"


@pytest.mark.parametrize(
    "rule",
    ["RRULE:FREQ=MONTHLY", "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=WEEKLY;BYDAY=1MO", "nonsense"],
)
def test_other_rules_are_taken_as_the_shifts_that_were_worked_out(rule):
    final = {
        "computed_shift_assignments": [
            {
                "start_time": "2026-03-02T09:00:00Z",
                "end_time": "2026-03-09T09:00:00Z",
                "member": {"type": "user_member", "user_id": "bo"},
            },
            {
                "start_time": "2026-03-09T09:00:00Z",
                "end_time": "2026-03-10T09:00:00Z",
                "member": {"type": "empty_member"},
            },
        ]
    }
    export = shift_based(event(rule), final_schedule=final)

    assert export.problems == ()
    schedule = only(export, Schedule)
    assert schedule.layers[0]["calendar"]
    assert "cannot be said in turns" in texts(schedule)
    assert calendar(export, "03-02 00:00", "03-10 00:00") == [
        ("03-02 00:00", []),
        ("03-02 09:00", ["bo"]),
        ("03-09 09:00", []),
    ]


def test_other_rules_without_worked_out_shifts_are_a_sentence():
    export = shift_based(event("RRULE:FREQ=MONTHLY"))

    assert "RRULE:FREQ=MONTHLY. Export it with include[]=final_schedule" in export.problems[0]
    assert only(export, Other).name == "Shifts"


def test_overrides_and_custom_shifts_of_a_shift_based_schedule():
    def shift(id_, day, **fields):
        start, end = f"2026-03-{day}T10:00:00Z", f"2026-03-{day}T12:00:00Z"
        return {"id": id_, "start_time": start, "end_time": end, **fields}

    member = {"type": "user_member"}
    export = shift_based(
        event(),
        overrides=[
            shift(
                "O1",
                "03",
                overridden_member={**member, "user_id": "ana"},
                overriding_member={**member, "user_id": "cy"},
            )
        ],
        custom_shifts=[shift("C1", "04", assignments=[{"member": {**member, "user_id": "di"}}])],
    )

    assert [(one.kind, one.people, one.instead_of) for one in every(export, Override)] == [
        ("instead", ("cy",), "ana"),
        ("also", ("di",), ""),
    ]
    assert calendar(export, "03-03 09:00", "03-03 12:00")[-1] == ("03-03 10:00", ["cy"])
    assert calendar(export, "03-04 11:00", "03-04 12:00") == [("03-04 11:00", ["ana", "di"])]


def test_events_that_have_ended_are_asked_about():
    old = event(id="OLD", effective_until="2026-03-10T00:00:00Z")
    never = event(
        id="NEVER", effective_since="2026-05-01T00:00:00Z", effective_until="2026-04-01T00:00:00Z"
    )

    schedule = only(shift_based(old, never, event()), Schedule)

    assert [one["id"] for one in schedule.layers] == ["E1"]
    assert schedule.notes[0].choice == "pagerduty.ended_layers"
    assert "ended before it began" in texts(schedule)
