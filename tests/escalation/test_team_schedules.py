"""A new team begins with a schedule of all its members, where that is ticked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions.team_schedules import add_team_schedule
from escalation.models import Schedule
from escalation.on_call.schedule_facts import timeline_of
from incidents.models import Team
from tests.api import make_person, script
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


def on_call(schedule, days=30):
    """Everybody who is on call, of each piece of the days to come."""
    now = timezone.now()
    pieces = timeline_of(schedule, now, now + timedelta(days=days))
    return [{place.user for place in piece.places} for piece in pieces]


@pytest.fixture
def owner(client):
    person = make_person("Owner", time_zone="Europe/Berlin")
    client.force_login(person)
    return person


def save_team(client, *people, **fields):
    sent = {
        "name": "Payments",
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "memberships-TOTAL_FORMS": len(people),
        "memberships-INITIAL_FORMS": 0,
        **fields,
    }
    for index, person in enumerate(people):
        sent |= {
            f"memberships-{index}-user": person.pk,
            f"memberships-{index}-is_primary": "on",
            f"memberships-{index}-position": index,
        }
    return client.post("/admin/incidents/team/add/", sent, follow=True)


def test_the_form_ticks_it_and_all_members_are_on_call(client, owner):
    ana, bo = make_user("Ana"), make_user("Bo")
    form = client.get("/admin/incidents/team/add/").content.decode()
    assert "checked" in form.partition('name="with_schedule"')[2].partition(">")[0]

    save_team(client, ana, bo, with_schedule="on")

    schedule = Schedule.objects.get()
    assert (schedule.name, schedule.team.name, schedule.zone) == (
        "Payments",
        "Payments",
        "Europe/Berlin",
    )
    assert all(people == {ana.pk, bo.pk} for people in on_call(schedule))


def test_without_the_tick_or_without_members_there_is_none(client, owner):
    save_team(client, make_user())
    page = save_team(client, name="Search", with_schedule="on")

    assert Team.objects.count() == 2
    assert not Schedule.objects.exists()
    assert b"there is nobody in it who can be paged" in page.content


def test_a_change_of_the_team_makes_none(client, owner):
    team = make_team(make_user())

    page = client.get(f"/admin/incidents/team/{team.pk}/change/").content.decode()

    assert "with_schedule" not in page


def test_a_name_that_is_taken_gets_a_number_and_nobody_is_left_out():
    by = make_person("Owner")
    people = [make_user() for _ in range(23)]
    off, stakeholder = make_user(is_active=False), make_person("Stakeholder")
    team = make_team(*people, off, stakeholder)

    first, second = add_team_schedule(team, by=by), add_team_schedule(team, by=by)

    assert (first.name, second.name) == (team.name, f"{team.name} 2")
    assert all(found == {person.pk for person in people} for found in on_call(first))


def test_the_api_makes_one_where_it_is_asked_to():
    api, ana = script(make_person("Owner")), make_user("Ana")
    members = [{"user": ana.email}]

    api.post("/api/v1/teams/", {"name": "Plain", "members": members})
    made = api.post("/api/v1/teams/", {"name": "Rota", "members": members, "with_schedule": True})

    assert made.status_code == 201
    assert [row.name for row in Schedule.objects.all()] == ["Rota"]
