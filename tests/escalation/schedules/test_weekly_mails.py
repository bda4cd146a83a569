"""The week of a schedule goes by mail to its people, at its time."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from escalation.actions import schedules
from escalation.actions.weekly_mails import change_settings, send_due_mails
from escalation.on_call.weekly_mail_times import next_mail_at
from notifications.models import Notification
from tests.api import make_person, script
from tests.factories import make_override, make_schedule, make_user

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def ana():
    return make_user("Ana")


@pytest.fixture
def schedule(ana):
    return make_schedule(ana, name="Payments")


def test_the_mail_is_due_by_the_clock_of_the_schedule(schedule):
    noon = datetime(2026, 3, 27, 12, tzinfo=ZoneInfo("UTC"))  # a Friday
    for day, hour, expected in (
        (4, 15, "2026-03-27T15:00:00+01:00"),
        (4, 12, "2026-04-03T12:00:00+02:00"),
        (0, 9, "2026-03-30T09:00:00+02:00"),
    ):
        schedule.weekly_mail_day = day
        schedule.weekly_mail_at = schedule.weekly_mail_at.replace(hour=hour)
        assert next_mail_at(schedule, noon).astimezone(BERLIN).isoformat() == expected
    schedule.weekly_mail_day = None
    assert next_mail_at(schedule, noon) is None


def test_it_is_due_by_the_new_clock_where_the_zone_is_changed(schedule):
    now = timezone.now()
    change_settings(schedule, now=now, weekly_mail_day=4)
    before = schedules.definition_at(schedule, now)

    schedules.edit_schedule(schedule, replace(before, zone="Asia/Tokyo"), effective_from=now)

    schedule.refresh_from_db()
    local = schedule.weekly_mail_due_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (local.weekday(), local.hour) == (4, 15)


def test_it_lists_the_week_who_is_new_and_when_it_is_nobody(ana, schedule):
    now = timezone.now()
    row = change_settings(schedule, now=now, weekly_mail_day=4)
    due_at = row.weekly_mail_due_at
    assert send_due_mails(due_at - timedelta(seconds=1)) == 0
    cy = make_user("Cy")
    tuesday = (due_at + timedelta(days=4) - now).total_seconds() / 3600
    make_override(schedule, cy, hours=(tuesday, tuesday + 2))

    assert send_due_mails(due_at) == 1
    assert send_due_mails(due_at) == 0

    rows = Notification.objects.filter(page_key__startswith="week")
    assert {row.user for row in rows} == {ana, cy}
    assert set(rows.values_list("channel", flat=True)) == {"email", "inapp"}
    notice = rows.first().facts["notice"]
    assert notice["text"].count(": Ana") >= 2
    assert ": Cy" in notice["text"]
    assert "New, or back after 60 days: Cy." in notice["text"]
    schedule.refresh_from_db()
    assert schedule.weekly_mail_due_at - due_at <= timedelta(days=7, hours=1)


def test_one_that_is_a_day_late_is_left_out(schedule):
    now = timezone.now()
    row = change_settings(schedule, now=now, weekly_mail_day=4, weekly_mail_week="current")

    send_due_mails(row.weekly_mail_due_at + timedelta(days=1, minutes=1))

    assert not Notification.objects.filter(page_key__startswith="week").exists()


def test_managers_set_it_on_the_page_of_settings(client, schedule):
    path = f"/schedules/{schedule.pk}/settings/"
    data = {"weekly_mail_day": "4", "weekly_mail_at": "15:00", "weekly_mail_week": "next"}
    client.force_login(make_person("Responder"))
    assert client.post(path, data).status_code == 404
    client.force_login(make_person("Owner"))

    assert client.post(path, data).status_code == 302
    schedule.refresh_from_db()
    assert schedule.weekly_mail_due_at > timezone.now()
    client.post(path, {**data, "weekly_mail_day": ""})
    schedule.refresh_from_db()
    assert schedule.weekly_mail_due_at is None


def test_by_the_api_the_mail_is_set(schedule):
    owner = script(make_person("Owner"))
    path = f"/api/v1/schedules/{schedule.pk}/"

    assert owner.patch(path, {"weekly_mail_day": 4}).json()["weekly_mail_at"] == "15:00:00"
    schedule.refresh_from_db()
    assert schedule.weekly_mail_due_at
    assert owner.patch(path, {"weekly_mail_day": 7}).status_code == 400
