"""Settings, Integrations: outbound services and tickets; and what an incident's page offers."""

import re

import pytest

from notifications.actions import outbound
from notifications.models import OutboundDelivery, OutboundService, Ticket
from tests.api import make_paging_incident, make_person
from tests.factories import make_service, make_team
from tests.notifications.outbound.fakes import Jira
from tests.notifications.outbound.world import go_on, make_desk, make_jira, open_incident
from tests.notifications.servers import answer

pytestmark = pytest.mark.django_db
ADD = "/admin/notifications/outboundservice/add/"
SERVICES, TICKETS = "/settings/integrations/outbound/", "/settings/integrations/tickets/"
METHOD = {
    "methods-TOTAL_FORMS": "1",
    "methods-INITIAL_FORMS": "0",
    "methods-0-name": "Open a case",
    "methods-0-verb": "POST",
    "methods-0-path": "/cases",
    "methods-0-body_type": "application/json",
}


@pytest.fixture
def owner(client):
    person = make_person("Owner")
    client.force_login(person)
    return person


def body_of(client, path):
    return client.get(path).content.decode()


def test_the_settings_lead_to_both_lists_and_each_to_its_own_systems(client, owner):
    settings = body_of(client, "/settings/")
    assert f'href="{SERVICES}"' in settings
    assert f'href="{TICKETS}"' in settings
    assert "No outbound services yet" in body_of(client, SERVICES)
    assert "No ticket systems yet" in body_of(client, TICKETS)
    page = body_of(client, f"{ADD}?tickets")
    found = [name for name in ("Jira Cloud", "ServiceNow", "HTTP service") if name in page]
    assert found == ["Jira Cloud", "ServiceNow"]
    # With a single kind there is nothing to choose.
    assert client.get(f"{ADD}?services")["Location"].endswith("kind=http")


def test_a_ticket_system_is_added_with_steps_and_its_secret_is_never_shown(client, owner):
    assert "create an API token at id.atlassian.com" in body_of(client, f"{ADD}?kind=jira_cloud")
    sent = {
        "name": "Jira",
        "config_base_url": "https://team.atlassian.net",
        "config_email": "ops@example.com",
        "config_token": "ATATT-s3cret",
        "config_project": "OPS",
        "config_issue_type": "Task",
        "creates": "by_hand",
        "is_enabled": "on",
        "resolves": "on",
    }

    answered = client.post(f"{ADD}?kind=jira_cloud", sent)

    row = OutboundService.objects.get()
    assert (row.kind, row.resolves, row.config["token"]) == ("jira_cloud", True, "ATATT-s3cret")
    assert answered["Location"] == row.get_absolute_url()
    for path in (row.get_absolute_url(), f"/admin/notifications/outboundservice/{row.pk}/change/"):
        page = body_of(client, path)
        assert f"/callbacks/tickets/{row.token}/" in page
        assert "s3cret" not in page


def test_a_method_is_added_and_one_with_an_unknown_placeholder_is_refused(
    client, owner, local_network
):
    service = OutboundService.objects.create(
        kind="http",
        name="Desk",
        config={"base_url": "https://desk.example", "authentication": "none"},
    )
    url = f"/admin/notifications/outboundservice/{service.pk}/change/"
    sent = {
        "name": "Desk",
        "config_base_url": "https://desk.example",
        "config_authentication": "none",
        "is_enabled": "on",
        **METHOD,
    }

    refused = client.post(url, {**sent, "methods-0-body": '{"a": "<IncidentColour>"}'})
    assert "&lt;IncidentColour&gt; is no placeholder" in refused.content.decode()
    client.post(
        url, {**sent, "methods-0-body": '{"a": "<IncidentId>"}', "methods-0-on_opened": "on"}
    )

    method = service.methods.get()
    assert (method.body, method.on_opened) == ('{"a": "<IncidentId>"}', True)
    assert "When opened" in body_of(client, service.get_absolute_url())


def test_a_check_says_what_jira_says(client, owner, receiver):
    service = make_jira(Jira(receiver))

    page = client.post(f"{service.get_absolute_url()}check/", follow=True).content.decode()

    assert "It works as OpsPortal, in the project Operations." in page


def test_an_incident_is_sent_after_a_look_at_what_will_be_sent(client, owner, receiver):
    desk, incident = make_desk(receiver), open_incident('Disk "full"')
    method = desk.methods.create(
        name="Open a case", path="/cases", body='{"t": "<IncidentSubject>"}'
    )
    url = f"/incidents/{incident.pk}/outbound/"
    assert f'href="{url}"' in body_of(client, f"/incidents/{incident.pk}/")

    page = body_of(client, f"{url}?method={method.pk}")
    assert "{&quot;t&quot;: &quot;Disk \\&quot;full\\&quot;&quot;}" in page
    assert "t0ken-of-the-desk" not in page
    assert receiver.requests == []
    key = re.search(r'name="key" value="([\w-]+)"', page)[1]
    for _ in range(2):
        client.post(url, {"method": method.pk, "key": key})
    go_on()

    assert [body for _, _, body in receiver.requests] == [b'{"t": "Disk \\"full\\""}']
    assert "Open a case" in body_of(client, f"/incidents/{incident.pk}/")


def test_a_ticket_is_opened_from_its_incident_and_its_link_is_shown(client, owner, receiver):
    jira, incident = Jira(receiver), open_incident()
    service = make_jira(jira)
    assert f"Open a ticket in {service}" in body_of(client, f"/incidents/{incident.pk}/")

    client.post(f"/incidents/{incident.pk}/tickets/", {"service": service.pk})
    go_on()

    page = body_of(client, f"/incidents/{incident.pk}/")
    assert f'href="{jira.url}/browse/OPS-1"' in page
    assert f"Open a ticket in {service}" not in page
    assert incident.timeline.get(verb="ticket_opened").by == owner


def test_a_ticket_that_was_refused_is_not_opened_and_can_be_asked_for_again(
    client, owner, receiver
):
    jira, incident = Jira(receiver), open_incident()
    service = make_jira(jira)
    path = f"/incidents/{incident.pk}/"
    client.post(f"{path}tickets/", {"service": service.pk})
    assert "Being opened" in body_of(client, path)
    jira.answers_with(200, {"accountId": "5b10-portal"})
    jira.answers_with(400, {"errors": {"project": "Not yours."}})
    go_on()

    page = body_of(client, path)
    assert "Not opened" in page
    assert "project: Not yours." in page
    client.post(f"{path}tickets/", {"service": service.pk})
    go_on()

    assert "/browse/OPS-1" in body_of(client, path)


def test_without_services_an_incident_says_nothing_of_them(client, owner):
    incident = open_incident()

    assert "Tickets and services" not in body_of(client, f"/incidents/{incident.pk}/")
    assert "No service can be sent anything" in body_of(
        client, f"/incidents/{incident.pk}/outbound/"
    )


def test_a_stakeholder_sees_the_ticket_and_can_open_none(client, receiver):
    service, person = make_jira(Jira(receiver)), make_person("Stakeholder")
    incident = make_paging_incident(make_service(team=make_team(person)))
    outbound.open_ticket(service, incident.pk)
    go_on()
    client.force_login(person)
    other = make_jira(Jira(receiver))

    page = body_of(client, f"/incidents/{incident.pk}/")
    answered = client.post(f"/incidents/{incident.pk}/tickets/", {"service": other.pk})

    assert "OPS-1" in page
    assert "Open a ticket in" not in page
    assert answered.status_code == 403
    assert Ticket.objects.count() == 1


def test_the_log_shows_request_and_answer_and_sends_again(client, owner, receiver):
    receiver.behave = lambda handler: answer(handler, 422, b'{"message": "No such queue"}')
    desk = make_desk(receiver)
    method = desk.methods.create(name="Open a case", path="/cases")
    row = outbound.call(method, open_incident().pk)
    go_on()
    page = body_of(client, desk.get_absolute_url())
    assert "answered 422: No such queue" in page
    assert "/api/cases" in page

    receiver.behave = answer
    client.post(f"{desk.get_absolute_url()}redeliver/", {"delivery": row.pk})
    go_on()

    assert list(OutboundDelivery.objects.values_list("state", flat=True)) == ["sent", "failed"]
