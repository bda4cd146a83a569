"""GitHub, GitLab and ServiceNow: opened once, closed and opened again, both ways."""

import json

import pytest

from escalation.actions import restart
from incidents.actions import respond
from notifications.actions import outbound, outbound_settings
from notifications.models import Ticket
from tests.factories import make_user
from tests.notifications.outbound.fakes import GitHub, GitLab, ServiceNow, signed
from tests.notifications.outbound.world import go_on, later, lines, make_system, open_incident

pytestmark = pytest.mark.django_db
CONFIGS = {
    "github": {"token": "t0ken-of-github"},
    "gitlab": {"token": "t0ken-of-gitlab"},
    "servicenow": {"password": "passw0rd-of-snow"},
}
FAKES = {"github": GitHub, "gitlab": GitLab, "servicenow": ServiceNow}
URLS = {"github": "api_url", "gitlab": "base_url", "servicenow": "base_url"}
ENDED = {"github": "closed", "gitlab": "closed", "servicenow": "6"}
AGAIN = {"github": "open", "gitlab": "opened", "servicenow": "2"}


@pytest.fixture(params=FAKES)
def kind(request):
    return request.param


@pytest.fixture
def system(kind, receiver):
    return FAKES[kind](receiver)


@pytest.fixture
def service(kind, system):
    config = {**CONFIGS[kind], URLS[kind]: system.url}
    wanted = {"resolves": True, "reopens": True, "takes_comments": True, "sends_comments": True}
    return make_system(kind, config, **wanted)


@pytest.fixture
def ticket(service):
    outbound.open_ticket(service, open_incident("Disk full").pk)
    go_on()
    return Ticket.objects.get()


def test_the_settings_are_checked_and_say_as_whom_it_is_known(kind, service):
    sentence = outbound_settings.check(service)

    assert sentence.startswith("It works")
    service.refresh_from_db()
    assert service.own_account == {"github": "77", "gitlab": "78"}.get(kind, "opsportal")


def test_a_ticket_has_the_title_the_text_and_its_marker(kind, system, ticket):
    row = system.tickets[0]

    assert f"#{ticket.incident_id} Disk full" in (row.get("title") or row["short_description"])
    text = row.get("body") or row["description"]
    assert f"/incidents/{ticket.incident_id}/" in text
    assert ticket.marker in text
    assert ticket.url
    assert ticket.key == {"servicenow": "INC0010001"}.get(kind, "#1")


def test_what_may_have_arrived_is_found_again(system, service):
    system.drops = 1
    outbound.open_ticket(service, open_incident().pk)
    go_on()
    later()

    assert len(system.tickets) == 1
    assert Ticket.objects.get().external_id


def test_the_ticket_ends_with_its_incident_and_is_opened_again_with_it(kind, system, ticket):
    respond.resolve(ticket.incident_id)
    go_on()
    assert system.tickets[0]["state"] == ENDED[kind]

    restart.reopen(ticket.incident_id)
    go_on()
    assert system.tickets[0]["state"] == AGAIN[kind]


def test_a_comment_goes_out_with_its_author(system, ticket):
    ana = make_user()
    respond.comment(ticket.incident_id, "Looking at it", by=ana)
    go_on()

    assert system.comments == [f"{ana}: Looking at it"]


def news(kind, ticket, state, **fields):
    """A request as the vendor's documentation shows it: the ticket was closed, or opened again."""
    number = int(ticket.external_id, 16) if kind == "servicenow" else int(ticket.external_id)
    if kind == "github":
        body = {
            "action": {"closed": "closed", "open": "reopened"}[state],
            "issue": {"number": number, "state": state, "updated_at": fields["at"]},
            "repository": {"full_name": fields.get("project", "Example/ops")},
            "sender": {"login": "ana", "id": fields.get("author", 5)},
        }
        secret = fields.get("secret", "a-secret-of-github")
        named = {"X-GitHub-Event": "issues", "event": fields["at"]}
        return signed(body, secret, "X-Hub-Signature-256", "X-GitHub-Delivery", **named)
    if kind == "gitlab":
        body = {
            "object_kind": "issue",
            "user": {"id": fields.get("author", 5), "name": "ana"},
            "project": {"id": 1, "path_with_namespace": fields.get("project", "example/ops")},
            "object_attributes": {
                "iid": number,
                "action": {"closed": "close", "open": "reopen"}[state],
                "state": state,
                "updated_at": fields["at"],
            },
        }
        headers = {"X-Gitlab-Token": fields.get("secret", "a-secret-of-gitlab")}
        return json.dumps(body).encode(), headers
    body = {
        "sys_id": ticket.external_id,
        "state": {"closed": "6", "open": "2"}[state],
        "updated_by": "opsportal" if fields.get("author") else "ana",
        "updated_at": fields["at"].replace("T", " ").replace("Z", ""),
    }
    headers = {"X-OpsPortal-Token": fields.get("secret", "a-secret-of-snow")}
    return json.dumps(body).encode(), headers


def tell(client, kind, ticket, state, **fields):
    body, headers = news(kind, ticket, state, **{"at": "2026-01-23T10:30:05Z", **fields})
    url = f"/callbacks/tickets/{ticket.service.token}/"
    answered = client.post(url, body, content_type="application/json", headers=headers)
    ticket.incident.refresh_from_db()
    return answered


def test_closed_there_is_resolved_here_and_opened_again_there_is_open_here(
    client, kind, system, ticket
):
    tell(client, kind, ticket, "closed")
    assert ticket.incident.status == "resolved"
    assert "ana moved" in lines(ticket.incident, "resolved")[0]
    tell(client, kind, ticket, "open", at="2026-01-23T10:40:05Z")

    sent = len(system.receiver.requests)
    go_on()
    assert ticket.incident.status == "open"
    assert len(system.receiver.requests) == sent


def test_a_wrong_secret_and_no_secret_are_refused(client, kind, ticket):
    assert tell(client, kind, ticket, "closed", secret="another").status_code == 403
    config = {**ticket.service.config, "webhook_secret": ""}
    type(ticket.service).objects.filter(pk=ticket.service.pk).update(config=config)
    answered = tell(client, kind, ticket, "closed", secret="")

    assert answered.status_code == 403
    assert b"Enter a secret" in answered.content
    assert ticket.incident.status == "open"


def test_what_the_portal_did_there_is_no_news(client, kind, ticket):
    own = {"github": 77, "gitlab": 78}.get(kind, "opsportal")

    answered = tell(client, kind, ticket, "closed", author=own)

    assert answered.content == b"our own doing"
    assert ticket.incident.status == "open"


@pytest.mark.parametrize("kind", ["github", "gitlab"], indirect=True)
def test_another_project_of_the_same_number_is_not_meant(client, kind, ticket):
    answered = tell(client, kind, ticket, "closed", project="example/other")

    assert answered.content == b"nothing to do"
    assert ticket.incident.status == "open"


@pytest.mark.parametrize("kind", ["servicenow"], indirect=True)
def test_a_body_that_cannot_be_read_is_a_400(client, ticket):
    headers = {"X-OpsPortal-Token": "a-secret-of-snow"}
    url = f"/callbacks/tickets/{ticket.service.token}/"

    answered = client.post(url, b"[]", content_type="application/json", headers=headers)

    assert answered.status_code == 400


def test_an_address_that_nobody_was_given_is_unknown(client):
    assert client.post("/callbacks/tickets/nobody/").status_code == 404
