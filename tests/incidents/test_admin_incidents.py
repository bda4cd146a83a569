"""Incidents in the admin: found, and acted on by verbs."""

import pytest

from incidents.actions import respond
from tests.api import make_person
from tests.factories import make_incident, make_service, make_team

pytestmark = pytest.mark.django_db


def send(client, action, *incidents):
    sent = {"action": action, "_selected_action": [incident.pk for incident in incidents]}
    return client.post("/admin/incidents/incident/", sent, follow=True)


def test_selected_incidents_are_acknowledged_by_the_person(client):
    person = make_person("Owner")
    client.force_login(person)
    incident = make_incident()

    send(client, "acknowledge_selected", incident)

    incident.refresh_from_db()
    assert incident.status == "acknowledged"
    assert incident.timeline.latest("pk").by == person


def test_a_refusal_is_said_and_holds_nobody_up(client):
    client.force_login(make_person("Owner"))
    closed, open_one = make_incident(), make_incident()
    respond.resolve(closed.pk)

    page = send(client, "acknowledge_selected", closed, open_one).content.decode()

    open_one.refresh_from_db()
    assert open_one.status == "acknowledged"
    assert f"#{closed.pk}" in page


def test_stakeholders_have_no_actions(client):
    person = make_person("Stakeholder")
    client.force_login(person)
    incident = make_incident(make_service(team=make_team(person)))

    send(client, "resolve_selected", incident)

    incident.refresh_from_db()
    assert incident.status == "open"
