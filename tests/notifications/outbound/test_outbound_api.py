"""Outbound services, tickets and deliveries by the API."""

import pytest

from escalation.workflows.editing import action_problem
from notifications.models import OutboundService
from tests.api import make_person, owner, script
from tests.escalation.workflows import make_workflow, ran, run_due
from tests.notifications.outbound.fakes import Jira
from tests.notifications.outbound.world import go_on, make_desk, make_jira, open_incident

pytestmark = pytest.mark.django_db
SERVICES = "/api/v1/outbound-services/"
CONFIG = {
    "base_url": "https://desk.example/api",
    "authentication": "bearer",
    "secret": "t0ken-of-the-desk",
}
METHOD = {"name": "Open", "path": "/cases", "body": '{"a": "<IncidentId>"}', "on_opened": True}


def test_a_service_is_written_with_its_methods_and_hides_its_secret():
    api = owner()
    sent = {"kind": "http", "name": "Desk", "config": CONFIG, "methods": [METHOD]}

    made = api.post(SERVICES, sent).json()

    assert made["config"]["secret"] == "********"
    assert [row["name"] for row in made["methods"]] == ["Open"]
    kept = made["methods"][0]["id"]
    changed = api.patch(
        f"{SERVICES}{made['id']}/",
        {"config": made["config"], "methods": [{**METHOD, "path": "/v2"}, {"name": "Close"}]},
    ).json()
    assert OutboundService.objects.get().config["secret"] == "t0ken-of-the-desk"
    assert [(row["id"] == kept, row["path"]) for row in changed["methods"]] == [
        (True, "/v2"),
        (False, ""),
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"config": {**CONFIG, "secret": ""}}, "This authentication needs it"),
        ({"methods": [{**METHOD, "body": '{"a": "<IncidentColour>"}'}]}, "is no placeholder"),
        ({"methods": [METHOD, METHOD]}, "a name of its own"),
        ({"methods": [{**METHOD, "remember_id": "$..x"}]}, "Write a path"),
    ],
)
def test_what_would_not_work_is_refused_with_a_reason(fields, words):
    sent = {"kind": "http", "name": "Desk", "config": CONFIG, **fields}

    answered = owner().post(SERVICES, sent)

    assert answered.status_code == 400
    assert words in answered.content.decode()


def test_a_responder_sees_names_alone(receiver):
    service, api = make_jira(Jira(receiver)), script(make_person("Responder"))

    (row,) = api.get(SERVICES).json()["results"]

    assert (row["name"], row["config"], row["webhook_url"]) == (service.name, {}, "")
    assert api.patch(f"{SERVICES}{service.pk}/", {"name": "X"}).status_code == 403


def test_a_ticket_is_opened_once_by_the_api(receiver):
    jira, incident = Jira(receiver), open_incident()
    service, api = make_jira(jira), owner()
    wanted = {"outbound_service": service.pk, "incident": incident.pk}

    first = api.post("/api/v1/tickets/", wanted)
    go_on()
    again = api.post("/api/v1/tickets/", wanted)

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["key"] == "OPS-1"
    assert len(jira.tickets) == 1


def test_a_method_is_sent_and_sent_again_by_the_api(receiver):
    desk, incident, api = make_desk(receiver), open_incident(), owner()
    method = desk.methods.create(name="Open a case", path="/cases")

    made = api.post("/api/v1/outbound-deliveries/", {"method": method.pk, "incident": incident.pk})
    go_on()
    pk = made.json()["id"]
    api.post(f"/api/v1/outbound-deliveries/{pk}/redeliver/")
    go_on()

    row = api.get(f"/api/v1/outbound-deliveries/{pk}/").json()
    assert (row["state"], row["exchanges"][0]["status"]) == ("sent", 200)
    assert len(receiver.requests) == 2


def test_a_workflow_opens_a_ticket_and_sends_a_method(receiver):
    jira, desk = Jira(receiver), make_desk(receiver)
    system = make_jira(jira)
    method = desk.methods.create(name="Open a case", path="/cases")
    make_workflow(
        "opened",
        {"kind": "ticket", "ticket_system": system},
        {"kind": "outbound", "outbound_method": method},
    )
    incident = open_incident()
    run_due(incident.opened_at)
    go_on()

    (text,) = ran(incident)
    assert f"asked for a ticket in {system}; sent {method}" in text
    assert len(jira.tickets) == 1
    assert incident.timeline.get(verb="ticket_opened").via.startswith("workflow:")


def test_a_workflow_needs_a_system_that_has_tickets(receiver):
    wrong = {"kind": "ticket", "ticket_system": make_desk(receiver)}

    assert action_problem({"kind": "ticket"}) == ("ticket_system", "Open a ticket: this is needed.")
    assert action_problem(wrong)[0] == "ticket_system"
