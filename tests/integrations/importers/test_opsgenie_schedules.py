from datetime import UTC, datetime

import pytest

from integrations.importers.convert import schedule_problem
from integrations.importers.neutral import (
    Absence,
    NoteKind,
    Override,
    Schedule,
)
from tests.integrations.importers.opsgenie_backup import (
    SCHEDULE,
    SMALL,
    WHOLE,
)
from tests.integrations.importers.opsgenie_reading import layer_of, of, read, rotation


def test_rotations_are_layers_of_one_rank_by_the_clock_of_the_schedule():
    (schedule,) = of(read(SMALL), Schedule)

    assert [layer["rank"] for layer in schedule.layers] == [1, 1]
    assert schedule.layers[0]["anchor"] == schedule.layers[0]["from"] == "2026-03-02T09:00"
    assert schedule.layers[0]["ring"] == [["u1"], ["u2"], ["u3"]]
    (window,) = schedule.layers[1]["windows"]
    assert (window["days"], window["start"]) == ([0, 1, 2, 3, 4], "09:00")
    assert schedule.team == "t1"


def test_overrides_are_of_the_rotation_that_they_name_and_forwardings_are_absences():
    export = read(SMALL)

    (override,) = of(export, Override)
    assert (override.layer, override.people, override.kind) == ("r1", ("u2",), "instead")
    (absence,) = of(export, Absence)
    assert (absence.person, absence.cover) == ("u3", "u1")
    assert absence.starts_at == datetime(2026, 4, 6, tzinfo=UTC)


def test_an_override_of_nobody_leaves_a_hole_in_each_rotation_that_it_names():
    document = {
        **SCHEDULE,
        "scheduleOverrideList": [
            {
                "alias": "o2",
                "user": {"type": "none"},
                "startDate": "2026-03-25T18:00:00Z",
                "endDate": "2026-03-26T06:00:00Z",
                "rotations": [{"id": "r1"}, {"id": "r2"}],
            }
        ],
    }

    found = of(read({"schedules/x.json": document}), Override)

    assert [(one.kind, one.people, one.layer) for one in found] == [
        ("nobody", (), "r1"),
        ("nobody", (), "r2"),
    ]


@pytest.mark.parametrize(
    ("type_", "length", "unit"),
    [("hourly", 12, "hour"), ("DAILY", 1, "day"), ("Weekly", 2, "week")],
)
def test_turns_have_the_length_of_the_rotation(type_, length, unit):
    layer = layer_of(type=type_, length=length)

    assert (layer["unit"], layer["every"]) == (unit, length)


def restriction(kind, *rows):
    (schedule,) = of(
        read(rotation(timeRestriction={"type": kind, "restrictions": list(rows)})), Schedule
    )
    return schedule


def hours(start, end, *days):
    names = dict(zip(("startDay", "endDay"), days, strict=False))
    return {"startHour": start, "startMin": 0, "endHour": end, "endMin": 30, **names}


def test_a_restriction_of_the_day_is_a_window_of_every_day():
    row = {"type": "TIME_OF_DAY", "restriction": hours(22, 6)}

    (window,) = layer_of(timeRestriction=row)["windows"]

    expected = {"days": [0, 1, 2, 3, 4, 5, 6], "start": "22:00", "end": "06:30", "plus_days": 0}
    assert window == expected


def test_a_restriction_of_the_week_ends_days_after_its_start():
    schedule = restriction("weekday-and-time-of-day", hours(17, 8, "friday", "monday"))

    (window,) = schedule.layers[0]["windows"]
    assert window == {"days": [4], "start": "17:00", "end": "08:30", "plus_days": 3}


def test_a_restriction_that_ends_on_its_own_day_before_it_starts_is_asked_about():
    rows = rotation(
        timeRestriction={
            "type": "weekday-and-time-of-day",
            "restrictions": [hours(17, 8, "friday", "friday")],
        }
    )

    (asked,) = of(read(rows), Schedule)
    (week,) = of(read(rows, {"opsgenie.restriction_of_one_day": "week"}), Schedule)

    assert [note.kind for note in asked.notes] == [NoteKind.NEEDS_CHOICE]
    assert week.layers[0]["windows"] == [
        {"days": [4], "start": "17:00", "end": "24:00", "plus_days": 6},
        {"days": [4], "start": "00:00", "end": "08:30", "plus_days": 0},
    ]


def test_a_group_in_a_rotation_is_asked_about_and_empty_places_stay():
    participants = [{"type": "none"}, {"type": "team", "id": "t1"}, {"type": "user", "id": "u1"}]
    (document,) = rotation(participants=participants).values()
    documents = {**WHOLE, "opsgeniebackups/schedules/payments_primary-7c1.json": document}

    asked = of(read(documents), Schedule)[-1]
    taken = of(read(documents, {"opsgenie.groups_in_rotations": "members"}), Schedule)[-1]

    assert [note.choice for note in asked.notes] == ["opsgenie.groups_in_rotations"]
    assert taken.layers[0]["ring"] == [[], ["u1", "u2"], ["u1"]]


def test_a_schedule_that_is_off_never_begins():
    (schedule,) = of(read(SMALL, enabled=False), Schedule)

    assert not schedule.is_enabled
    assert NoteKind.APPROXIMATE in {note.kind for note in schedule.notes}


def test_who_is_on_call_there_is_read_from_its_timeline():
    period = {
        "startDate": "2026-03-27T16:00:00Z",
        "endDate": "2026-03-30T07:00:00Z",
        "type": "default",
        "recipient": {"id": "u1", "name": "ana@shop.example", "type": "user"},
    }
    timeline = {
        "_parent": {"id": "7c1"},
        "startDate": "2026-03-20T00:00:00Z",
        "endDate": "2026-06-20T00:00:00Z",
        "finalTimeline": {"rotations": [{"periods": [period]}]},
    }

    export = read({**SMALL, "timelines/7c1.json": timeline})

    (shift,) = export.rendered["7c1"]
    assert (shift.person, shift.starts_at) == ("u1", datetime(2026, 3, 27, 16, tzinfo=UTC))
    assert export.rendered_spans["7c1"][1] == datetime(2026, 6, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"zone": "Mars/Olympus"}, "no time zone Mars/Olympus"),
        ({"every": 0}, "cannot be"),
        ({"windows": [{"days": [9], "start": "09:00", "end": "17:00", "plus_days": 0}]}, "cannot"),
        ({"every": 9999}, "too long"),
        ({"ring": []}, "Nobody is in this layer"),
        ({"anchor": "tomorrow"}, "cannot be read"),
        ({"unit": "fortnight"}, "cannot be read"),
    ],
)
def test_a_layer_that_cannot_be_needs_somebody(changes, said):
    schedule = Schedule(id="1", name="s", zone="UTC", layers=({**layer_of(), **changes},))

    assert said in schedule_problem(schedule)
