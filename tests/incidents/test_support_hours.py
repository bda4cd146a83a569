from datetime import UTC, date, datetime, timedelta

import pytest

from incidents.support_hours import SupportHours, rows_from_text, text_of_rows

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


EASTER = frozenset({date(2026, 4, 3), date(2026, 4, 6)})  # Friday and Monday
THURSDAY_EVENING = datetime(2026, 4, 2, 18, tzinfo=UTC)


def hours(text, zone="UTC", holidays=frozenset()):
    return SupportHours.from_rows(rows_from_text(text), zone, holidays)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Mon–Fri 9:00–17:00", "mon-fri 09:00-17:00"),
        ("sat,sun 10:00-14:00", "sat,sun 10:00-14:00"),
        ("fri-mon 22:00-06:00", "mon,fri,sat,sun 22:00-06:00"),
        ("holidays,mon-fri 09:00-17:00", "mon-fri,holiday 09:00-17:00"),
        ("holiday 10:00-14:00", "holiday 10:00-14:00"),
        ("monday 00:00-24:00; tue 8:30-9:00", "mon 00:00-24:00; tue 08:30-09:00"),
        ("", ""),
    ],
)
def test_hours_are_written_as_text(text, kept):
    assert text_of_rows(rows_from_text(text)) == kept
    assert rows_from_text(kept) == rows_from_text(text)


@pytest.mark.parametrize("text", ["mon", "mon 9-17", "moon 09:00-17:00", "mon 09:00-25:00", "24"])
def test_what_is_no_time_of_the_week_is_refused(text):
    with pytest.raises(ValueError, match="is no"):
        rows_from_text(text)


def test_a_clock_runs_only_while_they_are_open():
    office = hours("mon-fri 09:00-17:00")

    friday_evening = MONDAY + timedelta(days=4, hours=16)
    due = office.advance(friday_evening, timedelta(hours=2))

    assert due == MONDAY + timedelta(days=7, hours=10)
    assert office.open_between(friday_evening, due) == timedelta(hours=2)


def test_periods_that_overlap_count_once():
    both = hours("mon 09:00-12:00; mon 11:00-13:00")

    assert both.advance(MONDAY, timedelta(hours=4)) == MONDAY + timedelta(hours=13)
    assert both.open_between(MONDAY, MONDAY + timedelta(days=1)) == timedelta(hours=4)


def test_a_night_with_a_change_of_the_clock_is_an_hour_longer():
    night = hours("sat 22:00-06:00", "Europe/Berlin")
    evening = datetime(2026, 10, 24, 20, tzinfo=UTC)  # 22:00 there

    assert night.open_between(evening, evening + timedelta(days=1)) == timedelta(hours=9)
    assert night.advance(evening, timedelta(hours=9)) == evening + timedelta(hours=9)


def test_no_hours_are_always_open():
    always = hours("")

    assert always.is_open(MONDAY)
    assert always.next_opening(MONDAY) is None
    assert always.advance(MONDAY, timedelta(hours=5)) == MONDAY + timedelta(hours=5)


def test_no_hours_begin_on_a_holiday():
    office = hours("mon-fri 09:00-17:00", holidays=EASTER)
    tuesday = datetime(2026, 4, 7, 9, tzinfo=UTC)

    assert office.is_open(tuesday)
    assert not office.is_open(tuesday - timedelta(days=1))
    assert office.next_opening(THURSDAY_EVENING) == tuesday
    assert office.advance(THURSDAY_EVENING, timedelta(hours=1)) == tuesday + timedelta(hours=1)
    assert office.open_between(THURSDAY_EVENING, tuesday) == timedelta()


@pytest.mark.parametrize(
    ("text", "opens", "length"),
    [
        ("mon-fri 09:00-17:00; holiday 10:00-14:00", 10, 4),
        ("mon-fri,holiday 09:00-17:00", 9, 8),
    ],
)
def test_hours_of_holidays_are_the_ones_that_name_them(text, opens, length):
    some = hours(text, holidays=EASTER)
    friday = datetime(2026, 4, 3, tzinfo=UTC)

    assert some.next_opening(THURSDAY_EVENING) == friday + timedelta(hours=opens)
    assert some.open_between(friday, friday + timedelta(days=1)) == timedelta(hours=length)
    assert not some.is_open(friday + timedelta(days=1, hours=12))  # A Saturday as any other.


def test_a_night_belongs_to_the_day_on_which_it_begins():
    night = hours("mon-fri 22:00-06:00", holidays=EASTER)

    assert night.is_open(datetime(2026, 4, 3, 5, 59, tzinfo=UTC))  # It began on Thursday.
    assert not night.is_open(datetime(2026, 4, 3, 22, tzinfo=UTC))
    assert not night.is_open(datetime(2026, 4, 7, 5, tzinfo=UTC))


def test_the_date_of_a_holiday_is_that_of_the_zone():
    office = hours("mon-fri 09:00-17:00", "Pacific/Auckland", EASTER)

    assert not office.is_open(datetime(2026, 4, 2, 21, tzinfo=UTC))  # Friday, 10:00 there
    assert not office.is_open(datetime(2026, 4, 5, 23, tzinfo=UTC))
    assert office.is_open(datetime(2026, 4, 6, 23, tzinfo=UTC))


def test_the_next_opening_is_found_behind_many_holidays():
    mondays = frozenset(date(2026, 4, 6) + timedelta(weeks=week) for week in range(5))
    weekly = hours("mon 09:00-10:00", holidays=mondays)
    only = hours("holiday 09:00-10:00", holidays=frozenset({date(2026, 12, 25)}))

    assert weekly.next_opening(THURSDAY_EVENING) == datetime(2026, 5, 11, 9, tzinfo=UTC)
    assert only.next_opening(THURSDAY_EVENING) == datetime(2026, 12, 25, 9, tzinfo=UTC)
