"""Whoever is paged can act on that incident in that round, by web, API and admin alike."""

import pytest
from django.contrib.auth.models import Group

from escalation.actions import restart
from incidents.actions import respond
from incidents.errors import InvalidRequest
from tests.api import make_paging_incident, script
from tests.factories import (
    make_incident,
    make_page,
    make_policy,
    make_service,
    make_team,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
BODIES = {
    "acknowledge": {},
    "resolve": {"note": "Done"},
    "snooze": {"choice": "1h"},
    "assign": {"who": "Ana"},
    "comment": {"text": "I look"},
    "escalate": {},
}
ANNOUNCED = {
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "snooze": "snoozed",
    "assign": "assigned",
    "comment": "commented",
    "escalate": "escalated",
}


@pytest.fixture
def ana():
    """Without any role."""
    return make_user("Ana")


@pytest.fixture
def incident(ana):
    service = make_service(make_policy(ana, make_user("Bo")))
    return make_paging_incident(service)


@pytest.mark.parametrize("verb", BODIES)
def test_who_is_paged_without_a_role_acts_on_the_page(ana, incident, verb):
    client = browser(ana)
    page = words(client.get(f"/incidents/{incident.pk}/"))

    answer = client.post(f"/incidents/{incident.pk}/{verb}/", BODIES[verb])

    assert answer.status_code == 302
    assert incident.timeline.filter(verb=ANNOUNCED[verb], by=ana).exists()
    assert "Acknowledge" in page
    assert "cannot act" not in page


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "comment", "escalate"])
def test_who_is_paged_without_a_role_acts_by_the_api(ana, incident, verb):
    body = {"text": "I look"} if verb == "comment" else {}

    answer = script(ana).post(f"/api/v1/incidents/{incident.pk}/{verb}/", body)

    assert answer.status_code == 200, answer.json()
    assert incident.timeline.filter(verb=ANNOUNCED[verb], by=ana).exists()


def test_who_is_paged_acts_in_the_list_and_on_what_pages_them_only(ana, incident):
    other = make_incident(make_service(team=make_team(ana)))
    client = browser(ana)

    page = client.get("/incidents/").content.decode()
    client.post("/incidents/bulk/", {"do": "resolve", "incident": [incident.pk, other.pk]})

    incident.refresh_from_db()
    other.refresh_from_db()
    assert (incident.status, other.status) == ("resolved", "open")
    assert f'value="{incident.pk}" data-tick' in page
    assert f'value="{other.pk}" data-tick' not in page
    assert f"/incidents/{other.pk}/acknowledge/" not in page


def test_bulk_of_the_api_answers_for_each(ana, incident):
    other = make_incident(make_service(team=make_team(ana)))
    wanted = {"ids": [incident.pk, other.pk], "action": "acknowledge"}

    results = script(ana).post("/api/v1/incidents/bulk/", wanted).json()["results"]

    assert [row["ok"] for row in results] == [True, False]
    assert results[1]["code"] == "not_allowed"


def test_the_home_page_offers_the_button_to_who_is_paged(ana, incident):
    other = make_incident(make_service(team=make_team(ana)))

    page = browser(ana).get("/").content.decode()

    assert f"/incidents/{incident.pk}/acknowledge/" in page
    assert f"/incidents/{other.pk}/acknowledge/" not in page


@pytest.mark.parametrize("verb", ["acknowledge_selected", "resolve_selected"])
def test_the_admin_asks_of_each_incident_as_well(ana, incident, verb):
    ana.groups.add(Group.objects.create(name="Readers"))
    ana.user_permissions.add(*Group.objects.get(name="Stakeholder").permissions.all())
    other = make_incident(make_service(team=make_team(ana)))
    chosen = {"action": verb, "_selected_action": [incident.pk, other.pk]}

    browser(ana).post("/admin/incidents/incident/", chosen)

    incident.refresh_from_db()
    other.refresh_from_db()
    assert incident.status != "open"
    assert other.status == "open"


def test_the_right_ends_with_the_round(ana, incident):
    respond.resolve(incident.pk)
    restart.reopen(incident.pk)
    incident.notifications.filter(facts__paging_round=2).delete()
    client = browser(ana)

    page = words(client.get(f"/incidents/{incident.pk}/"))
    answer = client.post(f"/incidents/{incident.pk}/acknowledge/")
    asked = script(ana).post(f"/api/v1/incidents/{incident.pk}/acknowledge/")

    assert (answer.status_code, asked.status_code) == (403, 403)
    assert "You cannot act on this incident. Ana was paged in an earlier round" in page
    assert "Ana was paged in an earlier round" in words(answer)
    assert "earlier round" in asked.json()["detail"]


def test_the_right_ends_with_the_role_of_who_had_one(incident):
    eve = make_person("Responder", name="Eve")
    make_page(incident, eve)
    eve.groups.clear()

    answer = browser(eve).post(f"/incidents/{incident.pk}/acknowledge/")

    assert answer.status_code == 403
    assert "Eve has no role any more that responds" in words(answer)


def test_who_has_no_role_and_is_paged_after_it_ended_may_act(incident):
    eve = make_person("Responder", name="Eve")
    make_page(incident, eve)
    eve.groups.clear()
    make_page(incident, eve)

    browser(eve).post(f"/incidents/{incident.pk}/acknowledge/")

    incident.refresh_from_db()
    assert incident.assignee == eve


def test_what_tells_that_it_is_over_is_no_page(ana):
    incident = make_incident(make_service(team=make_team(ana)))
    ana.notifications.create(
        incident=incident, event="incident.resolved", channel="inapp", page_key="x", address_key="y"
    )

    answer = browser(ana).post(f"/incidents/{incident.pk}/acknowledge/")

    assert answer.status_code == 403


def test_a_stakeholder_is_told_why_there_are_no_buttons():
    reader = make_person("Stakeholder", name="Sam")
    incident = make_incident(make_service(team=make_team(reader)))

    page = words(browser(reader).get(f"/incidents/{incident.pk}/"))

    assert "You cannot act on this incident. Sam is a Stakeholder" in page


def test_a_stakeholder_with_a_role_that_responds_is_none():
    person = make_person("Stakeholder")
    person.groups.add(Group.objects.get(name="Responder"))
    incident = make_incident(make_service(team=make_team(person)))

    browser(person).post(f"/incidents/{incident.pk}/acknowledge/")

    incident.refresh_from_db()
    assert incident.assignee == person
    assert not person.is_stakeholder


def test_nothing_is_assigned_to_a_stakeholder(incident):
    sam = make_person("Stakeholder", name="Sam")

    with pytest.raises(InvalidRequest, match="assignee: Sam is a Stakeholder"):
        respond.assign(incident.pk, sam)


def test_people_are_invited_as_responders(client):
    client.force_login(make_person("Owner"))
    responder = Group.objects.get(name="Responder")

    page = client.get("/admin/incidents/user/add/").content.decode()
    answer = script(make_person("Owner")).post("/api/v1/users/", {"email": "new@example.com"})
    bare = script(make_person("Owner")).post(
        "/api/v1/users/", {"email": "bare@example.com", "groups": []}
    )

    ticked = [part for part in page.split("<input") if f'value="{responder.pk}"' in part]
    assert "checked" in ticked[0]
    assert answer.json()["groups"] == ["Responder"]
    assert bare.json()["groups"] == []
