"""Taking over and overrides, as a responder clicks them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from escalation.models import Override, Schedule
from notifications.models import Notification
from tests.api import make_person
from tests.escalation.schedules.pages import make_schedule
from tests.factories import make_override, make_team
from tests.pages import words

pytestmark = pytest.mark.django_db


def test_taking_over_is_one_click_and_holds_at_once(client, people):
    schedule = make_schedule(people[:1])
    me = make_person("Responder")
    Schedule.objects.update(team=make_team(me))
    client.force_login(me)

    answer = client.post(reverse("schedule_take", args=[schedule.pk]), {"until": "1"}, follow=True)

    assert f"You are on call in {schedule}" in words(answer)
    made = Override.objects.get()
    assert (made.people, made.instead_of, made.origin) == ([me.pk], people[0], "take")
    assert timedelta(minutes=59) < made.ends_at - made.starts_at <= timedelta(hours=1)

    relieved = Notification.objects.get(user=people[0], channel="email")
    assert "has taken over Payments from you" in relieved.facts["notice"]["title"]

    again = client.post(reverse("schedule_take", args=[schedule.pk]), {"until": "1"}, follow=True)
    assert "on call in Payments already" in words(again)
    assert "You took over at" in words(again)

    client.post(reverse("override_cancel", args=[made.pk]))
    made.refresh_from_db()
    assert made.cancelled_by == me


def test_a_take_is_undone_by_its_taker_for_ten_minutes(client, people):
    me = make_person("Responder")
    schedule = make_schedule([people[0]])
    Schedule.objects.update(team=make_team(me))
    client.force_login(me)
    client.post(reverse("schedule_take", args=[schedule.pk]), {"until": "4"})
    made = Override.objects.get()
    Override.objects.update(made_at=timezone.now() - timedelta(minutes=11))

    assert client.post(reverse("override_cancel", args=[made.pk])).status_code == 403
    assert "You took over at" not in words(client.get("/oncall/"))


@pytest.mark.parametrize("page", ["schedule_take", "schedule_override"])
def test_a_schedule_of_others_is_not_taken_over(client, people, page):
    schedule = make_schedule(people)
    client.force_login(make_person("Responder"))

    assert client.post(reverse(page, args=[schedule.pk]), {"until": "1"}).status_code == 403
    assert "Take over" not in words(client.get("/oncall/"))
    assert not Override.objects.exists()


def test_a_time_is_marked_only_in_rows_whose_override_one_may_make(client, people):
    mine, other = make_schedule(people), make_schedule(people, name="Search")
    me = make_person("Responder")
    Schedule.objects.filter(pk=mine.pk).update(team=make_team(me))
    client.force_login(me)

    page = client.get("/schedules/").content.decode()

    assert reverse("schedule_override", args=[mine.pk]) in page
    assert reverse("schedule_override", args=[other.pk]) not in page


def test_an_override_is_made_in_the_time_of_the_schedule(client, owner, people):
    schedule = make_schedule(people)
    day = (timezone.now() + timedelta(days=10)).date()
    posted = {
        "people": [people[2].pk],
        "kind": "everybody",
        "starts": f"{day}T09:00",
        "ends": f"{day}T17:00",
        "reason": "training",
    }

    answer = client.post(reverse("schedule_override", args=[schedule.pk]), posted)

    assert answer.status_code == 302, words(answer)
    made = Override.objects.get()
    assert f"{made.starts_at.astimezone(ZoneInfo('Europe/Berlin')):%H:%M}" == "09:00"


def test_a_time_that_the_clock_leaves_out_is_refused(client, owner, people):
    schedule = make_schedule(people)
    posted = {
        "people": [people[2].pk],
        "kind": "everybody",
        "starts": "2027-03-28T02:30",
        "ends": "2027-03-28T08:00",
    }

    answer = client.post(reverse("schedule_override", args=[schedule.pk]), posted)

    assert answer.status_code == 422
    assert "The clock of Europe/Berlin leaves this time out" in words(answer)


def test_who_does_not_manage_neither_edits_nor_names_others(client, people):
    schedule = make_schedule(people)
    client.force_login(make_person("Responder"))

    assert client.get(reverse("schedule_edit", args=[schedule.pk])).status_code == 404
    assert client.post(reverse("schedule_delete", args=[schedule.pk])).status_code == 404
    form = client.get(reverse("schedule_override", args=[schedule.pk])).content.decode()
    assert f'<option value="{people[0].pk}"' not in form.partition('name="kind"')[0]


def test_who_does_not_manage_cannot_leave_nobody_on_call(client, people):
    schedule = make_schedule(people)
    client.force_login(make_person("Responder"))
    day = (timezone.now() + timedelta(days=3)).date()
    posted = {
        "kind": "nobody",
        "starts": f"{day}T09:00",
        "ends": f"{day}T17:00",
        "reason": "quiet, please",
    }

    answer = client.post(reverse("schedule_override", args=[schedule.pk]), posted)

    assert answer.status_code in (403, 422)
    assert not Override.objects.exists()


def test_many_overrides_cost_as_many_queries_as_one(client, people):
    schedule = make_schedule(people)
    me = make_person("Responder")
    client.force_login(me)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(schedule.get_absolute_url())
        return len(asked)

    for person in (people[0], me):
        make_override(schedule, person, hours=(1, 2))
    queries()  # What is asked for once in a while.
    one = queries()
    for number in range(2, 8):
        for person in (people[0], me):
            make_override(schedule, person, hours=(number, number + 1))

    assert queries() <= one
