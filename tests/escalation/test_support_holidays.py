"""On holidays services are not attended: SLA clocks, urgency and low urgency follow."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import start
from escalation.actions.holidays import named_places
from escalation.holiday_job import fill_place
from escalation.models import Holiday
from escalation.policies.step_conditions import hours_of
from incidents.models import Service
from notifications.models import Notification
from tests.api import owner
from tests.factories import make_policy, make_service, make_team, make_user
from tests.pages import browser, make_person

pytestmark = pytest.mark.django_db
EVERY_DAY = [
    {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}
]
AT_NOON = {"days": ["holiday"], "start": "12:00", "end": "13:00"}


def on_a_holiday(**fields):
    """A service that is attended day and night, but for today; and when that begins again."""
    today = timezone.now().date()
    Holiday.objects.create(country="DE", subdivision="BE", day=today, name="Feast")
    fields = {"support_hours": EVERY_DAY, **fields}
    place = {"holidays_country": "DE", "holidays_subdivision": "BE"}
    row = make_service(make_policy(make_user()), **place, **fields)
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return row, midnight + timedelta(days=1)


def test_low_urgency_of_a_holiday_waits_and_the_clock_begins_the_day_after():
    row, tomorrow = on_a_holiday(acknowledge_within_minutes=30, sla_clock="support_hours")

    low = start.open_incident(row, "Disk is filling", severity="info")
    high = start.open_incident(row, "Disk is full", severity="critical")

    assert low.suppressed_until == tomorrow
    assert [one.incident for one in Notification.objects.filter(channel="email")] == [high]
    assert high.acknowledge_by == tomorrow + timedelta(minutes=30)


def test_the_urgency_of_a_holiday_is_the_one_outside_of_the_hours():
    row, tomorrow = on_a_holiday(urgency_rule="by_hours", urgency_inside="high")

    assert row.urgency_for("critical", timezone.now()) == "low"
    assert row.urgency_for("info", tomorrow) == "high"


def test_steps_and_incidents_know_the_same_hours():
    row, tomorrow = on_a_holiday()

    assert hours_of(row).opens(timezone.now()) == row.hours.next_opening(timezone.now())
    assert hours_of(row).opens(timezone.now()) == tomorrow


def test_a_day_that_was_taken_out_and_one_of_another_place_close_nothing():
    row, _ = on_a_holiday()
    Holiday.objects.update(removed_at=timezone.now())
    Holiday.objects.create(country="DE", day=timezone.now().date(), name="Elsewhere")

    assert Service.objects.get().hours.is_open(timezone.now())
    assert row.hours.table


def test_a_service_without_hours_is_attended_on_holidays_too(django_assert_num_queries):
    row, _ = on_a_holiday(support_hours=[])

    with django_assert_num_queries(0):
        assert row.hours.is_open(timezone.now())


def test_its_place_is_filled_and_the_managers_of_its_team_hear_of_a_difference():
    manager = make_user("Mia")
    row, _ = on_a_holiday(team=make_team(manager, is_manager=True))
    fill_place("DE", "BE", timezone.now())
    Holiday.objects.filter(name="German Unity Day").first().delete()

    fill_place("DE", "BE", timezone.now())

    assert named_places() == [("DE", "BE")]
    told = Notification.objects.filter(channel="inapp", event="notice").latest("pk")
    assert told.user == manager
    text = told.facts["notice"]["text"]
    assert "New: German Unity Day" in text
    assert f"Support hours that follow holidays change with it: {row}." in text
    assert "Layers" not in text


def test_the_place_is_chosen_in_the_settings_and_what_is_not_said_stays():
    row = make_service(support_hours=EVERY_DAY)
    client = browser(make_person("Owner"))
    hours = {"name": row.name, "support_hours": "mon-fri 09:00-17:00; holiday 10:00-14:00"}

    client.post(f"/services/{row.pk}/change/", {**hours, "holidays": "DE-BE"})
    client.post(f"/services/{row.pk}/change/", {**hours, "description": "Cards"})

    row.refresh_from_db()
    assert (row.holidays_country, row.holidays_subdivision) == ("DE", "BE")
    assert row.description == "Cards"
    page = client.get(f"/services/{row.pk}/?tab=settings").content.decode()
    assert '<option value="DE-BE" selected>Germany, BE</option>' in page
    office = {"support_hours": "mon-fri 09:00-17:00", "holidays": ""}
    client.post(f"/services/{row.pk}/change/", {"name": row.name, **office})
    row.refresh_from_db()
    assert row.holidays_country == ""


@pytest.mark.parametrize(
    ("place", "rows", "field"),
    [
        ({"holidays_country": "XX"}, EVERY_DAY, "holidays_country"),
        ({"holidays_country": "DE", "holidays_subdivision": "XX"}, EVERY_DAY, "holidays_country"),
        ({"holidays_subdivision": "BE"}, EVERY_DAY, "holidays_country"),
        ({}, [AT_NOON], "support_hours"),
    ],
)
def test_a_place_that_is_not_known_and_hours_of_no_holidays_are_refused(place, rows, field):
    path = f"/api/v1/services/{make_service().pk}/"

    answer = owner().patch(path, {"support_hours": rows, **place})

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_the_api_shows_the_place_and_the_hours_of_holidays():
    body = {"holidays_country": "DE", "support_hours": [*EVERY_DAY, AT_NOON]}

    answer = owner().patch(f"/api/v1/services/{make_service().pk}/", body)

    assert answer.status_code == 200
    assert answer.json()["support_hours"][1] == AT_NOON
    assert answer.json()["holidays_subdivision"] == ""
