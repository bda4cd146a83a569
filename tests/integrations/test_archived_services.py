"""A service that is operated no more: its history stays, and nothing is opened for it."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from incidents.models import Incident, Service
from integrations.models import InboundMessage, Integration
from integrations.setup import archiving
from tests.api import make_key, make_paging_incident, make_person, owner, script
from tests.factories import make_integration, make_service
from tests.integrations.heartbeats import make_heartbeat

pytestmark = pytest.mark.django_db
SERVICES = "/api/v1/services/"


def archived(**fields):
    service = make_service(**fields)
    return archiving.archive_service(service.pk)


def names(client, query=""):
    return [row["name"] for row in client.get(f"{SERVICES}{query}").json()["results"]]


def test_it_leaves_the_list_unless_it_is_asked_for():
    make_service(name="Shop")
    archived(name="Old shop")
    client = owner()

    assert names(client) == names(client, "?archived=exclude") == ["Shop"]
    assert names(client, "?archived=only") == ["Old shop"]
    assert names(client, "?archived=include") == ["Old shop", "Shop"]
    assert client.get(f"{SERVICES}?archived=yes").status_code == 400


def test_a_service_with_history_is_archived_and_back_again():
    client, service = owner(), make_service()
    incident = make_paging_incident(service)
    client.post(f"/api/v1/incidents/{incident.pk}/resolve/")
    path = f"{SERVICES}{service.pk}/"

    deleted = client.delete(path)
    answers = [client.post(f"{path}{act}/") for act in ("archive", "archive")]
    shown = client.get(path)
    history = client.get("/api/v1/incidents/", {"service": service.pk}).json()["results"]
    back = [client.post(f"{path}unarchive/") for _ in range(2)]

    assert deleted.status_code == 409
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["archived_at"] == answers[1].json()["archived_at"] is not None
    assert shown.status_code == 200
    assert [row["id"] for row in history] == [incident.pk]
    assert [answer.json()["archived_at"] for answer in back] == [None, None]


def test_what_is_open_is_resolved_first():
    service = make_service()
    make_paging_incident(service)

    answer = owner().post(f"{SERVICES}{service.pk}/archive/")

    assert (answer.status_code, answer.json()["code"]) == (409, "has_open_incidents")
    assert Service.objects.get().archived_at is None


def test_nothing_is_opened_for_it_by_hand():
    service = archived()

    answer = owner().post("/api/v1/incidents/", {"service": service.pk, "title": "x"})

    assert (answer.status_code, answer.json()["code"]) == (409, "service_archived")
    assert not Incident.objects.exists()


def test_nothing_of_it_is_reopened():
    client, service = owner(), make_service()
    incident = make_paging_incident(service)
    client.post(f"/api/v1/incidents/{incident.pk}/resolve/")
    archiving.archive_service(service.pk)

    answer = client.post(f"/api/v1/incidents/{incident.pk}/reopen/")

    assert (answer.status_code, answer.json()["code"]) == (409, "service_archived")


def test_its_integrations_refuse_messages_and_say_why():
    integration = make_integration("events-api-v2")
    archiving.archive_service(integration.service_id)
    body = {"routing_key": integration.token, "event_action": "trigger", "payload": {}}

    answer = APIClient().post("/v2/enqueue", body, "json")

    assert answer.status_code == 403
    assert "archived" in InboundMessage.objects.get().reason
    assert not Incident.objects.exists()


def test_a_heartbeat_of_it_is_disabled():
    heartbeat = make_heartbeat()
    integration = Integration.objects.get(pk=heartbeat.pk)

    archiving.archive_service(integration.service_id)

    assert not Integration.objects.get(pk=heartbeat.pk).is_enabled


def test_events_by_an_api_key_are_refused():
    service = archived()
    client = APIClient(headers={"Authorization": f"Bearer {make_key(make_person('Owner'))}"})

    answer = client.post("/api/events", {"service_id": service.pk}, "json")

    assert answer.status_code == 403
    assert "archived" in answer.content.decode()


def test_no_integration_is_made_for_it_moved_to_it_or_enabled():
    integration, other = make_integration(), make_integration()
    archiving.archive_service(integration.service_id)
    client = owner()
    path = "/api/v1/integrations/"

    answers = [
        client.post(path, {"template": integration.template, "service": integration.service_id}),
        client.patch(f"{path}{other.pk}/", {"service": integration.service_id}),
        client.post(f"{path}{integration.pk}/enable/"),
        client.patch(f"{path}{integration.pk}/", {"is_enabled": True}),
    ]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [(409, "service_archived")] * 4


def test_back_in_use_its_integrations_are_enabled_one_by_one():
    integration = make_integration()
    archiving.archive_service(integration.service_id)
    client = owner()

    client.post(f"{SERVICES}{integration.service_id}/unarchive/")
    before = Integration.objects.get().is_enabled
    answer = client.post(f"/api/v1/integrations/{integration.pk}/enable/")

    assert (before, answer.json()["is_enabled"]) == (False, True)


def test_it_takes_the_entitlement_of_changing_services():
    service = make_service()

    answer = script(make_person("Responder")).post(f"{SERVICES}{service.pk}/archive/")

    assert answer.status_code in (403, 404)
    assert Service.objects.get().archived_at is None


def test_pages_offer_it_no_more(client):
    client.force_login(make_person("Owner"))
    make_service(name="Shop")
    archived(name="Old barn")

    pages = [client.get(reverse(name)).content.decode() for name in ("incident_new", "services")]
    asked = client.get(reverse("services"), {"archived": "1"}).content.decode()

    assert all("Old barn" not in page for page in pages)
    assert "Old barn" in asked
    assert "Shop" not in asked.partition('class="o-grid"')[2]


def test_its_page_has_the_button_and_tells_that_it_is_archived(client):
    client.force_login(make_person("Owner"))
    service = make_service()
    path, page = reverse("service_archive", args=[service.pk]), service.get_absolute_url()

    client.post(path, {"archived": "1"})
    told = client.get(page).content.decode()
    client.post(path, {"archived": "0"})

    assert "nothing is opened for it" in told
    assert "Unarchive" in told
    assert Service.objects.get().archived_at is None


def test_the_page_tells_why_it_cannot_be_archived(client):
    client.force_login(make_person("Owner"))
    service = make_service()
    make_paging_incident(service)

    answer = client.post(
        reverse("service_archive", args=[service.pk]), {"archived": "1"}, follow=True
    )

    assert "Resolve the incidents" in answer.content.decode()


@pytest.mark.parametrize(
    ("action", "is_archived"), [("archive_selected", True), ("unarchive_selected", False)]
)
def test_the_admin_archives_and_unarchives(client, action, is_archived):
    client.force_login(make_person("Owner", is_staff=True))
    service = make_service()
    if not is_archived:
        archiving.archive_service(service.pk)

    client.post(
        reverse("admin:incidents_service_changelist"),
        {"action": action, "_selected_action": [service.pk]},
    )

    assert bool(Service.objects.get().archived_at) == is_archived
