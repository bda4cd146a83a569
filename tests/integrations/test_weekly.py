from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsportal.lib.weekly_hours import DAYS, WeeklyHours, next_opening

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, tzinfo=BERLIN)


def hours(days, start, end):
    def minutes(text):
        hour, minute = text.split(":")
        return int(hour) * 60 + int(minute)

    return WeeklyHours(
        frozenset(DAYS.index(day) for day in days.split()), minutes(start), minutes(end)
    )


OFFICE = hours("mon tue wed thu fri", "09:00", "17:00")


def local(*parts):
    return datetime(*parts, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        (local(2026, 3, 2, 8, 59, 59), local(2026, 3, 2, 9)),
        (local(2026, 3, 2, 9), None),
        (local(2026, 3, 2, 16, 59, 59), None),
        (local(2026, 3, 2, 17), local(2026, 3, 3, 9)),
        (local(2026, 3, 6, 18), local(2026, 3, 9, 9)),
        # The clocks go forward in the night to Sunday, 29 March; it is one hour less.
        (local(2026, 3, 27, 18), local(2026, 3, 30, 9)),
    ],
)
def test_the_next_opening_is_by_the_clock_on_the_wall(at, opening):
    assert next_opening([OFFICE], BERLIN, at) == opening


def test_the_opening_after_a_change_of_the_clock_is_an_hour_earlier_in_utc():
    before = next_opening([OFFICE], BERLIN, local(2026, 3, 26, 18))
    after = next_opening([OFFICE], BERLIN, local(2026, 3, 27, 18))

    assert before.astimezone(UTC).hour == 8
    assert after.astimezone(UTC).hour == 7


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (local(2026, 3, 6, 21, 59), False),
        (local(2026, 3, 6, 22), True),
        (local(2026, 3, 7, 5, 59), True),  # Saturday morning belongs to Friday's night.
        (local(2026, 3, 7, 6), False),
        (local(2026, 3, 6, 5), False),  # Friday morning would belong to Thursday's.
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(at, holds):
    assert hours("fri", "22:00", "06:00").contains(BERLIN, at) is holds


def test_a_day_that_ends_at_24_meets_the_next_one_without_a_gap():
    table = [hours("mon tue", "00:00", "24:00")]

    assert next_opening(table, BERLIN, local(2026, 3, 2, 23, 59, 59)) is None
    assert next_opening(table, BERLIN, local(2026, 3, 3, 0, 0)) is None
    assert next_opening(table, BERLIN, local(2026, 3, 4, 0, 0)) == local(2026, 3, 9)


def test_a_time_that_the_leap_leaves_out_opens_at_the_leap():
    sunday = hours("sun", "02:30", "05:00")

    opening = next_opening([sunday], BERLIN, local(2026, 3, 29, 1, 0))

    assert opening == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert opening.astimezone(BERLIN).hour == 3
    assert sunday.contains(BERLIN, opening)
    assert not sunday.contains(BERLIN, opening - timedelta(seconds=1))


def test_an_hour_that_comes_twice_is_within_both_times():
    sunday = hours("sun", "02:00", "03:00")
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert sunday.contains(BERLIN, first)
    assert sunday.contains(BERLIN, first + timedelta(hours=1))
    assert not sunday.contains(BERLIN, first + timedelta(minutes=90))


@given(
    at=st.integers(0, 2 * 366 * 86_400).map(lambda s: MONDAY + timedelta(seconds=s)),
    days=st.sets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 1439),
    end=st.integers(0, 1440),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_an_opening_is_the_first_instant_within_and_never_past(at, days, start, end, zone):
    row, place = WeeklyHours(frozenset(days), start, end), ZoneInfo(zone)

    opening = next_opening([row], place, at)

    if opening is None:
        assert row.contains(place, at)
    else:
        assert at < opening <= at + timedelta(days=8)
        assert row.contains(place, opening)
