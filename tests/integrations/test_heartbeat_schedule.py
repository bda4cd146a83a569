"""When a beat is due, and what its absence means: without a database."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from integrations.heartbeats.schedule import Schedule, State, problems_of, spell_exactly, state_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text, fold=0):
    """A time on the clock of Berlin; in UTC, since times that come twice do not compare."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def nightly(cron="0 3 * * *", zone="Europe/Berlin"):
    return Schedule(cron=cron, time_zone=zone)


def row(**fields):
    known = {"is_paused": False, "due_at": None, "alert_after": None, "down_since": None}
    return SimpleNamespace(**known | fields)


def test_an_interval_counts_from_the_last_beat():
    schedule = Schedule(every_seconds=300, grace_seconds=60)

    due = schedule.next_due(NOON)

    assert due - NOON == timedelta(minutes=5)
    assert schedule.alert_after(due) - due == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("after", "cron", "due"),
    [
        ("2026-03-02T02:59:59", "0 3 * * *", "2026-03-02T03:00:00"),
        ("2026-03-02T03:00:00", "0 3 * * *", "2026-03-03T03:00:00"),
        ("2026-03-06T12:00:00", "30 8 * * 1-5", "2026-03-09T08:30:00"),
        ("2026-02-01T00:00:00", "0 0 L * *", "2026-02-28T00:00:00"),
        # The clock goes from 2:00 to 3:00: what would have run at 2:30 runs at 3:00.
        ("2026-03-28T12:00:00", "30 2 * * *", "2026-03-29T03:00:00"),
        ("2026-03-29T12:00:00", "30 2 * * *", "2026-03-30T02:30:00"),
        # The clock goes from 3:00 to 2:00: 2:30 comes twice, and is due once.
        ("2026-10-24T12:00:00", "30 2 * * *", "2026-10-25T02:30:00"),
        ("2026-10-25T02:30:00", "30 2 * * *", "2026-10-26T02:30:00"),
    ],
)
def test_a_cron_expression_is_kept_on_the_clock_of_its_zone(after, cron, due):
    assert nightly(cron).next_due(at(after)) == at(due)


def test_in_the_hour_that_comes_twice_nothing_is_due_in_the_past():
    second_time = at("2026-10-25T02:40:00", fold=1)

    due = nightly("50 2 * * *").next_due(second_time)

    assert due > second_time


def test_every_quarter_of_an_hour_goes_on_through_the_hour_that_comes_twice():
    first = at("2026-10-25T02:45:00")

    due = nightly("*/15 * * * *").next_due(first)

    assert due - first == timedelta(minutes=15)


def test_an_interval_is_not_touched_by_a_change_of_the_clock():
    schedule = Schedule(every_seconds=86_400, time_zone="Europe/Berlin")
    before = at("2026-03-28T12:00:00")

    assert schedule.next_due(before).astimezone(BERLIN).hour == 13


def test_the_next_times_follow_one_another():
    dues = nightly().next_dues(at("2026-03-02T12:00:00"), 3)

    assert dues == [at(f"2026-03-0{day}T03:00:00") for day in (3, 4, 5)]


SECOND = timedelta(seconds=1)
ALARM = NOON + timedelta(minutes=1)
WAITED = {"due_at": NOON, "alert_after": ALARM}


@pytest.mark.parametrize(
    ("fields", "now", "state"),
    [
        ({}, NOON, State.NEW),
        (WAITED, NOON - SECOND, State.UP),
        (WAITED, NOON, State.LATE),
        (WAITED, ALARM - SECOND, State.LATE),
        (WAITED, ALARM, State.DOWN),
        ({"due_at": NOON, "down_since": ALARM}, ALARM + SECOND, State.DOWN),
        (WAITED | {"down_since": NOON - SECOND}, NOON - SECOND, State.DOWN),
        ({"is_paused": True}, NOON, State.PAUSED),
        ({"is_paused": True, "down_since": NOON}, NOON, State.PAUSED),
    ],
)
def test_the_state_changes_at_its_very_second(fields, now, state):
    assert state_of(row(**fields), now) == state


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "every_seconds"),
        ({"every_seconds": 60, "cron": "* * * * *"}, "every_seconds"),
        ({"every_seconds": 367 * 86_400}, "every_seconds"),
        ({"every_seconds": 60, "grace_seconds": -1}, "grace_seconds"),
        ({"every_seconds": 60, "time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"cron": "daily"}, "cron"),
        ({"cron": "61 * * * *"}, "cron"),
        ({"cron": "* * * * * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"cron": "0 0 31 4 1#6"}, "cron"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused_at_its_field(fields, wrong):
    assert list(problems_of(Schedule(**fields), NOON)) == [wrong]


def test_a_schedule_that_can_be_kept_has_no_problem():
    assert problems_of(Schedule(every_seconds=1, grace_seconds=0), NOON) == {}
    assert problems_of(Schedule(cron="0 3 * * MON-FRI", time_zone="Asia/Tokyo"), NOON) == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "second"), (90, "90 seconds"), (300, "5 minutes"), (3600, "hour"), (172_800, "2 days")],
)
def test_a_span_is_spelt_as_it_was_written(seconds, words):
    assert spell_exactly(seconds) == words
