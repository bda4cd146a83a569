"""When a maintenance window takes place, through every change of the clock."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from integrations.maintenance.recurrence import Timetable
from opsportal.lib.weekly_hours import datetime_on

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def table(start, end, zone=BERLIN, recurrence="daily", **fields):
    """Times as the clock on the wall of the zone shows them."""
    starts, ends = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    return Timetable(starts, ends, recurrence, zone=zone, **fields)


def spans(times, since, count=3):
    """The next few as texts in UTC."""
    found = times.next_few(since, count)
    return [
        f"{one.start.astimezone(UTC):%m-%d %H:%M}-{one.end.astimezone(UTC):%H:%M}" for one in found
    ]


@pytest.mark.parametrize(
    ("zone", "day_before", "expected"),
    [
        # Forward: 02:00 becomes 03:00, so the window ends with the leap.
        (BERLIN, "2026-03-28", ["03-28 00:30-01:30", "03-29 00:30-01:00", "03-29 23:30-00:30"]),
        (NEW_YORK, "2026-03-07", ["03-07 06:30-07:30", "03-08 06:30-07:00", "03-09 05:30-06:30"]),
        # Back: 02:30 comes twice in Berlin, 01:30 in New York; it lasts from first to last.
        (BERLIN, "2026-10-24", ["10-23 23:30-00:30", "10-24 23:30-01:30", "10-26 00:30-01:30"]),
        (NEW_YORK, "2026-10-31", ["10-31 05:30-06:30", "11-01 05:30-07:30", "11-02 06:30-07:30"]),
    ],
)
def test_a_daily_window_keeps_its_time_by_the_wall_over_both_changes(zone, day_before, expected):
    times = table("2026-01-05T01:30", "2026-01-05T02:30", zone)

    since = datetime.fromisoformat(f"{day_before}T00:00").replace(tzinfo=zone)

    assert spans(times, since) == expected


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_over_a_whole_year_it_takes_place_once_a_day_and_never_overlaps(zone):
    times = table("2026-01-01T01:30", "2026-01-01T02:30", zone)

    found = times.next_few(LONG_AGO, 365)

    days = [one.start.astimezone(zone).date() for one in found]
    assert days == [days[0] + timedelta(days=number) for number in range(365)]
    assert all(one.start < one.end for one in found)
    assert all(first.end < later.start for first, later in pairwise(found))


def test_a_window_within_the_hour_that_is_left_out_does_not_take_place_that_day():
    times = table("2026-03-28T02:10", "2026-03-28T02:50")

    assert spans(times, datetime(2026, 3, 28, 0, tzinfo=UTC), 2) == [
        "03-28 01:10-01:50",
        "03-30 00:10-00:50",
    ]


def test_the_start_belongs_to_it_and_the_end_does_not():
    times = table("2026-06-01T22:00", "2026-06-02T02:00")
    start, end = datetime(2026, 6, 5, 20, tzinfo=UTC), datetime(2026, 6, 6, 0, tzinfo=UTC)
    instant = timedelta(microseconds=1)

    assert times.at(start - instant) is None
    assert times.at(start).end == end
    assert times.at(end - instant).start == start
    assert times.at(end) is None


def test_weekly_takes_place_on_its_days_also_past_midnight():
    times = table(
        "2026-06-01T23:00", "2026-06-02T01:00", recurrence="weekly", weekdays=("mon", "fri")
    )

    assert spans(times, datetime(2026, 6, 1, 22, 30, tzinfo=UTC)) == [
        "06-01 21:00-23:00",
        "06-05 21:00-23:00",
        "06-08 21:00-23:00",
    ]


def test_a_month_without_the_day_is_left_out():
    times = table("2026-01-31T10:00", "2026-01-31T11:00", ZoneInfo("UTC"), "monthly")

    assert spans(times, LONG_AGO, 4) == [
        "01-31 10:00-11:00",
        "03-31 10:00-11:00",
        "05-31 10:00-11:00",
        "07-31 10:00-11:00",
    ]


def test_a_monthly_window_that_lasts_for_days_is_found_on_its_last_day():
    times = table("2026-01-20T10:00", "2026-02-10T10:00", ZoneInfo("UTC"), "monthly")

    assert times.at(datetime(2026, 6, 10, 9, tzinfo=UTC)).start == datetime(
        2026, 5, 20, 10, tzinfo=UTC
    )


def test_none_begins_from_until_on_and_the_last_one_runs_to_its_end():
    until = datetime(2026, 6, 3, 22, tzinfo=UTC)
    times = table("2026-06-01T22:00", "2026-06-02T02:00", ZoneInfo("UTC"), until=until)

    assert spans(times, LONG_AGO, 9) == ["06-01 22:00-02:00", "06-02 22:00-02:00"]
    assert times.at(datetime(2026, 6, 3, 1, tzinfo=UTC))


def test_an_occurrence_that_was_ended_is_over_and_the_next_one_comes():
    ended = datetime(2026, 6, 2, 23, tzinfo=UTC)
    times = table("2026-06-01T22:00", "2026-06-02T02:00", ZoneInfo("UTC"), ended_at=ended)

    assert times.at(datetime(2026, 6, 3, 1, tzinfo=UTC)) is None
    assert spans(times, ended, 1) == ["06-03 22:00-02:00"]


@pytest.mark.parametrize(
    ("recurrence", "weekdays", "hours", "is_refused"),
    [
        ("daily", (), 23, False),
        ("daily", (), 24, True),
        ("weekly", ("sat", "sun"), 24, False),
        ("weekly", ("sat", "sun"), 25, True),
        ("weekly", ("sat",), 48, False),
        ("weekly", ("sat",), 7 * 24, True),
        ("weekly", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 24, True),
        ("monthly", (), 28 * 24, False),
        ("monthly", (), 29 * 24, True),
        ("once", (), 92 * 24, False),
        ("once", (), 93 * 24, True),
    ],
)
def test_what_would_never_be_over_is_refused(recurrence, weekdays, hours, is_refused):
    start = datetime(2026, 6, 6, tzinfo=UTC)

    times = Timetable(start, start + timedelta(hours=hours), recurrence, weekdays)

    assert ("ends_at" in times.problems()) is is_refused


def test_a_time_that_the_clock_leaves_out_is_no_moment():
    left_out, after = (datetime.fromisoformat(f"2026-03-29T0{hour}:30") for hour in (2, 3))

    assert datetime_on(left_out, BERLIN) is None
    assert datetime_on(after, BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
