"""Holidays of the places that schedules name are filled, and layers follow them."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from escalation.actions.holidays import ask_for_holidays
from escalation.holiday_job import fill, fill_place, places_of_package
from escalation.models import Holiday, Schedule
from escalation.on_call.schedule_facts import definition_at, instant_of, load
from escalation.schedules.definition import HolidayRule
from escalation.schedules.resolver import who
from notifications.models import Notification
from opsportal.lib.holiday_places import is_place, places
from tests.api import make_person, script
from tests.factories import make_schedule, make_team, make_user
from tests.tasks import queued, run_tasks

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
NEXT_YEAR = timezone.now().year + 1


def named(country="DE", part="BE", **columns):
    return make_schedule(
        make_user("Ana"), holidays_country=country, holidays_subdivision=part, **columns
    )


def test_the_places_to_choose_are_those_of_the_package():
    assert places() == places_of_package()


@pytest.mark.parametrize(
    ("country", "part", "expected"),
    [("DE", "BE", True), ("DE", "", True), ("", "", True), ("DE", "XX", False), ("XX", "", False)],
)
def test_a_place_is_known(country, part, expected):
    assert is_place(country, part) == expected


def test_nothing_but_the_job_loads_the_package():
    asked = re.compile(r"^(?:import|from) (holidays|escalation\.holiday_job)\b", re.MULTILINE)
    found = {
        str(path.relative_to(ROOT))
        for app in ("opsportal", "integrations", "escalation", "notifications", "incidents")
        for path in (ROOT / app).rglob("*.py")
        if asked.search(path.read_text())
    }
    assert found == {"escalation/holiday_job.py"}


def test_the_sweep_asks_for_what_schedules_name_and_again_a_day_later():
    now = timezone.now()
    assert not ask_for_holidays(now)
    named()

    assert ask_for_holidays(now)
    assert not ask_for_holidays(now)
    assert queued() == [("escalation.holiday_job.fill", ())]
    run_tasks()

    days = Holiday.objects.filter(country="DE", subdivision="BE")
    assert days.filter(day=date(NEXT_YEAR, 10, 3)).exists()
    assert days.filter(day=date(NEXT_YEAR, 3, 8)).exists()  # Of Berlin alone.
    assert {row.day.year for row in days} >= {NEXT_YEAR, NEXT_YEAR + 1}
    assert not ask_for_holidays(now + timedelta(hours=23))
    assert ask_for_holidays(now + timedelta(hours=25))
    assert not Notification.objects.exists()


def test_twice_changes_nothing_and_what_people_took_out_or_added_stays():
    named()
    fill()
    Holiday.objects.filter(day=date(NEXT_YEAR, 10, 3)).update(removed_at=timezone.now())
    own = {"country": "DE", "subdivision": "BE", "name": "Founders", "is_own": True}
    Holiday.objects.create(day=date(NEXT_YEAR, 6, 7), **own)
    before = set(Holiday.objects.values_list("pk", "day", "removed_at"))

    fill()

    assert set(Holiday.objects.values_list("pk", "day", "removed_at")) == before
    assert not Notification.objects.exists()


def test_a_difference_is_told_to_whoever_manages_the_schedule():
    manager = make_user("Mia")
    named(team=make_team(manager, is_manager=True), name="Payments")
    fill()
    Holiday.objects.filter(day=date(NEXT_YEAR, 10, 3)).delete()
    dropped = {"country": "DE", "subdivision": "BE", "name": "Old feast"}
    Holiday.objects.create(day=date(NEXT_YEAR, 6, 7), **dropped)

    fill_place("DE", "BE", timezone.now())

    (row,) = Notification.objects.filter(channel="inapp")
    assert row.user == manager
    text = row.facts["notice"]["text"]
    assert f"No longer: Old feast, {date(NEXT_YEAR, 6, 7):%a} 7 Jun" in text
    assert "New: German Unity Day" in text
    assert not Holiday.objects.filter(day=date(NEXT_YEAR, 6, 7)).exists()


def test_a_layer_is_off_on_a_holiday_or_on_call_only_then(client):
    owner = make_person("Owner")
    schedule, di = named(), make_user("Di")
    fill()
    body = {
        "definition": {
            "zone": "Europe/Berlin",
            "layers": [
                {"name": "Weekly", "anchor": "2026-03-02T09:00", "ring": [["Ana"]]},
                {
                    "name": "Feasts",
                    "rank": 2,
                    "anchor": "2026-03-02T09:00",
                    "ring": [[di.email]],
                    "holidays": "only",
                },
            ],
        },
        "effective_from": timezone.now().isoformat(),
    }
    ana = schedule.members.get().user
    body["definition"]["layers"][0]["ring"] = [[ana.email]]
    answer = script(owner).patch(f"/api/v1/schedules/{schedule.pk}/", body)
    assert answer.status_code == 200, answer.content
    unity = datetime(NEXT_YEAR, 10, 3, 12, tzinfo=timezone.now().tzinfo)
    for at, expected in ((unity, di), (unity + timedelta(days=1), ana)):
        (place,) = who(load([schedule], at, at + timedelta(days=1))[schedule.pk], instant_of(at))
        assert place.user == expected.pk


def test_the_editor_keeps_and_changes_what_a_layer_does_on_holidays(client):
    client.force_login(make_person("Owner"))
    schedule = named()
    ana = schedule.members.get().user
    fields = {
        "layers": "1",
        "0-id": "weekly",
        "0-name": "Weekly",
        "0-rank": "1",
        "0-unit": "week",
        "0-every": "1",
        "0-anchor": "2026-03-02T09:00",
        "0-turns": "calendar",
        "0-secondaries": "0",
        "0-windows": "0",
        "0-holidays": "off",
        "0-person": [str(ana.pk)],
        "name": schedule.name,
        "zone": "Europe/Berlin",
        "when": "now",
        "keeps_order": "on",
    }
    Schedule.objects.update(revision=7)
    client.post(f"/schedules/{schedule.pk}/edit/", fields)

    layer = definition_at(Schedule.objects.get(), timezone.now() + timedelta(minutes=1)).layers[0]
    assert layer.holidays == HolidayRule.OFF
    page = client.get(f"/schedules/{schedule.pk}/edit/").content.decode()
    assert '<option value="off" selected>off</option>' in page


def test_managers_choose_the_place_in_the_settings_and_by_the_api(client):
    owner = make_person("Owner")
    client.force_login(owner)
    schedule = make_schedule(make_user("Ana"))
    data = {"holidays": "DE-BY", "weekly_mail_at": "15:00", "weekly_mail_week": "next"}

    assert client.post(f"/schedules/{schedule.pk}/settings/", data).status_code == 302
    schedule.refresh_from_db()
    assert (schedule.holidays_country, schedule.holidays_subdivision) == ("DE", "BY")
    page = client.get(f"/schedules/{schedule.pk}/settings/").content.decode()
    assert '<option value="DE-BY" selected>Germany, BY</option>' in page
    api, path = script(owner), f"/api/v1/schedules/{schedule.pk}/"
    wrong = api.patch(path, {"holidays_subdivision": "XX"})
    assert wrong.status_code == 400
    assert api.patch(path, {"holidays_country": "", "holidays_subdivision": ""}).status_code == 200
