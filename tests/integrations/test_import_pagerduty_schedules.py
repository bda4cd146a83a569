"""PagerDuty's schedules of layers: turns, restrictions, zones."""

import pytest

from integrations.importers import pagerduty
from integrations.importers.neutral import (
    Other,
    Override,
    Person,
    RenderedShift,
    Schedule,
)
from integrations.importers.pagerduty.zones import NAMES, zone_of
from tests.integrations.importers.pagerduty_account import (
    SAMPLE,
    layer,
    read,
    schedule_with,
    with_layers,
)
from tests.integrations.importing import NOW, at, calendar, every, files, only


def test_the_first_layer_wins_and_the_calendar_is_minute_exact():
    export = read()

    assert export.problems == ()
    schedule = only(export, Schedule)
    assert [(one["name"], one["rank"]) for one in schedule.layers] == [
        ("Office", 2),
        ("Primary", 1),
    ]
    assert schedule.zone == "Europe/Berlin"
    assert calendar(export, "03-25 16:00", "03-26 16:00") == [
        ("03-25 16:00", ["PANA"]),
        ("03-25 18:00", ["PBO"]),
        ("03-26 06:00", ["PANA"]),
        ("03-26 08:00", ["PDI"]),
    ]
    assert calendar(export, "03-27 16:00", "03-31 00:00") == [
        ("03-27 16:00", ["PANA"]),
        ("03-30 07:00", ["PDI"]),
        ("03-30 15:00", ["PBO"]),
    ]
    assert export.rendered["PSHOP01"][0] == RenderedShift(
        "PANA", at("03-27 16:00"), at("03-30 07:00")
    )


def test_people_have_iana_zones():
    zones = {one.id: one.zone for one in every(read(), Person)}

    assert zones == {
        "PANA": "Europe/Berlin",
        "PBO": "America/New_York",
        "PCY": "Etc/UTC",
        "PDI": "Pacific/Auckland",
    }


def test_every_zone_of_the_table_exists():
    assert len(NAMES) == 53
    assert (
        {zone_of(name) for name in NAMES}
        == set(NAMES.values())
        == {zone_of(zone) for zone in NAMES.values() if zone != "Etc/UTC"} | {"Etc/UTC"}
    )


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Kuala Lumpur", "Asia/Kuala_Lumpur"),
        ("(GMT-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("berlin", "Europe/Berlin"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Nuku’alofa", "Pacific/Tongatapu"),
        ("Singapore", "Asia/Singapore"),
        ("Hong Kong", "Asia/Hong_Kong"),
        ("utc", "Etc/UTC"),
        ("Atlantis", ""),
        ("", ""),
    ],
)
def test_names_of_zones(name, zone):
    assert zone_of(name) == zone


def test_a_zone_that_nobody_knows_is_a_sentence_and_the_schedule_is_listed():
    export = read(schedules=[schedule_with(time_zone="Atlantis")])

    said = "export.json: schedules[0].time_zone is 'Atlantis', no time zone that is known here."
    assert export.problems == (said,)
    assert [note.text for note in only(export, Other, "PSHOP01").notes] == [said]
    assert len(every(export, Person)) == 4


@pytest.mark.parametrize(
    ("seconds", "unit", "every_"),
    [
        (604800, "week", 1),
        (1209600, "week", 2),
        (86400, "day", 1),
        (2592000, "day", 30),
        (43200, "hour", 12),
        ("3600", "hour", 1),
        (86400.0, "day", 1),
    ],
)
def test_the_length_of_a_turn(seconds, unit, every_):
    found = only(with_layers(layer(rotation_turn_length_seconds=seconds)), Schedule).layers[0]

    assert (found["unit"], found["every"]) == (unit, every_)


def test_a_turn_of_no_whole_hours_asks():
    schedule = only(with_layers(layer(rotation_turn_length_seconds=5400)), Schedule)

    assert [note.choice for note in schedule.notes] == ["pagerduty.turns_of_no_whole_hours"]
    assert not schedule.notes[0].has_default


@pytest.mark.parametrize(
    ("restriction", "window"),
    [
        (
            {
                "type": "daily_restriction",
                "start_time_of_day": "22:00:00",
                "duration_seconds": 28800,
            },
            {"days": list(range(7)), "start": "22:00", "end": "06:00", "plus_days": 0},
        ),
        (
            {"type": "daily_restriction", "start_time_of_day": "09:00", "duration_seconds": 86400},
            {"days": list(range(7)), "start": "09:00", "end": "09:00", "plus_days": 0},
        ),
        (
            {"start_day_of_week": 5, "start_time_of_day": "17:00:00", "duration_seconds": 226800},
            {"days": [4], "start": "17:00", "end": "08:00", "plus_days": 3},
        ),
        (
            {"start_day_of_week": "6", "start_time_of_day": "00:00:00", "duration_seconds": 172740},
            {"days": [5], "start": "00:00", "end": "23:59", "plus_days": 1},
        ),
        (
            {"start_day_of_week": 7, "start_time_of_day": "00:00:00", "duration_seconds": 86400},
            {"days": [6], "start": "00:00", "end": "00:00", "plus_days": 0},
        ),
    ],
)
def test_a_restriction_is_a_window_on_the_wall(restriction, window):
    found = only(with_layers(layer(restrictions=[restriction])), Schedule).layers[0]

    assert found["windows"] == [window]


def test_a_window_that_is_a_minute_short_can_be_closed():
    short = {"start_day_of_week": 6, "start_time_of_day": "00:00:00", "duration_seconds": 172740}
    content = [schedule_with(schedule_layers=[layer(restrictions=[short])])]

    kept = only(read(schedules=content), Schedule)
    closed = only(read(None, {kept.notes[0].choice: "close"}, schedules=content), Schedule)

    assert kept.notes[0].has_default
    assert closed.layers[0]["windows"][0]["end"] == "00:00"
    assert closed.layers[0]["windows"][0]["plus_days"] == 2


def test_a_restriction_of_a_whole_week_is_none():
    always = {"start_day_of_week": 1, "start_time_of_day": "00:00", "duration_seconds": 604800}

    assert only(with_layers(layer(restrictions=[always])), Schedule).layers[0]["windows"] == []


def test_layers_that_have_ended_are_asked_about():
    content = [
        schedule_with(schedule_layers=[layer(id="OLD", end="2026-03-10T00:00:00Z"), layer()])
    ]

    left = only(read(schedules=content), Schedule)
    kept = only(read(None, {"pagerduty.ended_layers": "keep"}, schedules=content), Schedule)

    assert [one["id"] for one in left.layers] == ["PL1"]
    assert left.notes[0].choice == "pagerduty.ended_layers"
    assert [(one["id"], one["rank"], one["until"]) for one in kept.layers] == [
        ("OLD", 2, "2026-03-10T01:00"),
        ("PL1", 1, None),
    ]


def test_an_order_that_was_moved_is_not_when_the_layer_begins():
    moved = layer(start="2026-03-23T08:00:00Z", rotation_virtual_start="2026-02-23T08:00:00Z")

    export = with_layers(moved)

    found = only(export, Schedule).layers[0]
    assert (found["anchor"], found["from"]) == ("2026-02-23T09:00", "2026-03-23T09:00")
    assert calendar(export, "03-23 07:00", "03-23 10:00") == [
        ("03-23 07:00", []),
        ("03-23 08:00", ["PBO"]),
    ]


def test_a_schedule_by_itself_and_pages_of_lists_are_read():
    export = pagerduty.read(
        files(
            **{
                "schedule-PSHOP01": {"schedule": SAMPLE["schedules"][0]},
                "users-1": {"users": SAMPLE["users"][:2], "more": True},
                "users-2": {"users": SAMPLE["users"][2:], "more": False},
            }
        ),
        {},
        NOW,
    )

    assert len(every(export, Person)) == 4
    assert only(export, Schedule).id == "PSHOP01"


def test_a_broken_override_leaves_its_schedule_and_the_others():
    good = SAMPLE["overrides"]["PSHOP01"][0]

    export = read(overrides={"PSHOP01": [{**good, "id": "BAD", "start": "soon"}, good]})

    assert only(export, Schedule).id == "PSHOP01"
    assert only(export, Override).id == "Q1"
    assert (only(export, Other).id, only(export, Other).what) == ("BAD", "override")


def test_an_override_of_a_schedule_that_is_not_taken_is_listed():
    export = read(schedules=[])

    assert (only(export, Other).id, every(export, Override)) == ("Q1", [])


@pytest.mark.parametrize(
    ("end", "until"),
    [("9999-12-31T23:59:59Z", "2999-01-02T00:59"), ("0001-01-01T00:00:00Z", None), (None, None)],
)
def test_what_stands_for_no_end(end, until):
    export = with_layers(layer(end=end))

    assert export.problems == ()
    assert only(export, Schedule).layers[0]["until"] == until
