"""Who was on call for how long, at night, at week-ends, and was paged how often."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.models import Override, Schedule
from escalation.on_call.ledger import balance, by_burden, ledger_of
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.hours import Minutes, minutes_of
from notifications.models import Notification
from tests.api import make_person, script
from tests.factories import (
    make_absence,
    make_cover_request,
    make_incident,
    make_override,
    make_schedule,
    make_user,
)

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=BERLIN)


def span(start, end):
    return tuple(
        instant_of(datetime.fromisoformat(text).replace(tzinfo=BERLIN)) for text in (start, end)
    )


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-03-02T09:00", "2026-03-02T17:00", Minutes(480)),
        ("2026-03-02T00:00", "2026-03-03T00:00", Minutes(1440, night=480, outside_work=960)),
        ("2026-03-02T21:00", "2026-03-03T07:00", Minutes(600, night=480, outside_work=600)),
        (
            "2026-03-07T00:00",
            "2026-03-08T00:00",
            Minutes(1440, night=480, weekend=1440, outside_work=1440),
        ),
        # 23 hours, and 25.
        (
            "2026-03-29T00:00",
            "2026-03-30T00:00",
            Minutes(1380, night=420, weekend=1380, outside_work=1380),
        ),
        (
            "2026-10-25T00:00",
            "2026-10-26T00:00",
            Minutes(1500, night=540, weekend=1500, outside_work=1500),
        ),
        (
            "2026-04-06T09:00",
            "2026-04-06T17:00",
            Minutes(480, holiday=480, outside_work=480),
        ),
    ],
)
def test_minutes_are_told_apart_by_the_clock_of_the_person(start, end, found):
    easter = (datetime(2026, 4, 6, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days

    assert minutes_of([span(start, end)], BERLIN, frozenset({easter})) == found


def test_what_overlaps_counts_once():
    day = span("2026-03-02T09:00", "2026-03-02T17:00")

    assert minutes_of([day, day], BERLIN) == Minutes(480)
    assert minutes_of([], BERLIN) == Minutes()


def test_a_week_is_the_sum_of_its_days():
    whole = minutes_of([span("2026-03-23T00:00", "2026-03-30T00:00")], BERLIN)
    days = [span(f"2026-03-{day}T00:00", f"2026-03-{day + 1}T00:00") for day in range(23, 30)]

    assert sum((minutes_of([day], BERLIN) for day in days), Minutes()) == whole


@pytest.mark.parametrize(
    ("values", "even"),
    [([10, 10], 1.0), ([10, 5], 0.5), ([10, 0], 0.0), ([0, 0], 1.0), ([7], None), ([], None)],
)
def test_the_balance_is_the_mean_of_the_smaller_by_the_larger(values, even):
    assert balance(values) == even


def test_the_balance_of_three_is_over_all_pairs():
    assert balance([10, 10, 5]) == pytest.approx((1 + 0.5 + 0.5) / 3)


@pytest.fixture
def rota(db):
    """Ana, Bo and Cy take weeks."""
    people = [make_user(name, time_zone="Europe/Berlin") for name in ("Ana", "Bo", "Cy")]
    return make_schedule(*people, name="Payments"), *people


def lines_of(schedule, start, end):
    return {line.user: line for line in ledger_of(schedule, start, end).lines}


def test_three_weeks_of_three_people_are_even_but_for_the_change_of_the_clock(rota):
    schedule, ana, bo, cy = rota

    ledger = ledger_of(schedule, MONDAY, MONDAY + timedelta(weeks=3))

    found = {line.user: line.minutes.total for line in ledger.lines}
    assert found == {ana: 10_080, bo: 10_080, cy: 10_080}
    assert (ledger.balance("total"), ledger.covered) == (1.0, 1.0)


def test_what_is_taken_and_given_counts_for_whoever_did_it(rota):
    schedule, ana, *_ = rota
    now = timezone.now()
    make_override(schedule, ana, hours=(0, 200))
    taker = make_user("Di")
    make_cover_request(schedule, ana, taker, hours=(10, 14))
    override = make_override(schedule, taker, hours=(10, 14))
    override.instead_of = ana
    override.save()

    lines = lines_of(schedule, now, now + timedelta(hours=24))

    assert (lines[taker].taken, lines[taker].minutes.total) == (240, 240)
    assert lines[ana].given == 240


def test_an_absence_with_a_cover_counts_for_the_cover(rota):
    schedule, ana, bo, _ = rota
    now = timezone.now()
    make_override(schedule, ana, hours=(0, 200))
    make_absence(ana, bo, hours=(10, 12))

    lines = lines_of(schedule, now + timedelta(hours=9), now + timedelta(hours=13))

    assert lines[bo].taken == lines[bo].minutes.total == lines[ana].given == 120
    assert lines[ana].minutes.total in (119, 120)


def page_at(user, at, key, channel="email"):
    row = Notification.objects.create(
        user=user,
        incident=make_incident(),
        channel=channel,
        page_key=key,
        address_key=f"{key}{channel}",
    )
    Notification.objects.filter(pk=row.pk).update(created_at=at)


def test_pages_count_once_and_only_while_on_call(rota):
    schedule, ana, bo, _ = rota
    night = MONDAY.replace(hour=23)
    page_at(ana, MONDAY + timedelta(hours=1), "day")
    page_at(ana, night, "night")
    page_at(ana, night + timedelta(seconds=20), "night", "sms")
    page_at(ana, night + timedelta(minutes=30), "again")
    page_at(ana, night + timedelta(hours=3), "later")
    page_at(bo, night, "not on call")

    lines = lines_of(schedule, MONDAY, MONDAY + timedelta(days=2))

    found = lines[ana]
    assert (found.pages, found.night_pages, found.wake_ups) == (4, 3, 2)
    assert bo not in lines


def test_who_had_fewest_nights_and_week_ends_comes_first(rota):
    schedule, ana, bo, cy = rota
    extra = make_override(schedule, bo)  # Bo has done a week of Cy's.
    week = timedelta(weeks=1)
    columns = {"starts_at": MONDAY - week, "ends_at": MONDAY, "made_at": MONDAY - 2 * week}
    Override.objects.filter(pk=extra.pk).update(**columns)

    assert by_burden(schedule, [ana, bo, cy], MONDAY) == [cy, ana, bo]


def test_the_page_shows_bars_and_the_month_is_a_table(client, rota):
    schedule, ana, *_ = rota
    ana.name = "=cmd()"
    ana.save()
    client.force_login(make_person("Stakeholder"))
    Schedule.objects.update(created_at=MONDAY)

    page = client.get(f"{schedule.get_absolute_url()}hours/?weeks=4&ahead=1").content.decode()
    answer = client.get(f"{schedule.get_absolute_url()}hours.csv?month=2026-03")

    assert "Who should take the next" in page
    assert "Bo" in page
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert "'=cmd()" in {row["person"] for row in rows}
    minutes = sum(int(row["minutes"]) for row in rows)
    assert minutes == 31 * 1440 - 60  # The whole month, and its hour less.


@pytest.mark.parametrize("query", ["weeks=0", "weeks=x&ahead=1", "weeks=52", ""])
def test_an_odd_address_shows_the_page(client, rota, query):
    client.force_login(make_person("Owner"))

    assert client.get(f"{rota[0].get_absolute_url()}hours/?{query}").status_code == 200
    assert client.get(f"{rota[0].get_absolute_url()}hours.csv?month={query}").status_code == 200


def test_the_api_says_the_same(rota):
    schedule, ana, *_ = rota
    query = "from=2026-03-02T08:00:00Z&to=2026-03-09T08:00:00Z"

    found = script(make_person("Responder")).get(f"/api/v1/schedules/{schedule.pk}/ledger/?{query}")

    (line,) = found.data["people"]
    assert (line["user"], line["minutes"], line["night_minutes"]) == (ana.pk, 10_080, 7 * 480)
    assert (found.data["covered"], found.data["balance"]) == (1.0, None)
