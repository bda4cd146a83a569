"""What an answer shows goes no further than the scopes of the key."""

import pytest
from rest_framework.test import APIClient

from incidents.models import Incident
from integrations.models import InboundMessage
from notifications.models import Notification
from tests.api import make_key, make_paging_incident, make_person, owner, script
from tests.factories import make_integration, make_method, make_service, make_shared_channel

pytestmark = pytest.mark.django_db
ACTS = [
    ("acknowledge", {}),
    ("assign", {"user": "me"}),
    ("snooze", {"minutes": 5}),
    ("escalate", {}),
    ("comment", {"text": "x"}),
    ("page", {"user": "me"}),
    ("resolve", {}),
]


@pytest.mark.parametrize(("act", "body"), ACTS)
def test_an_act_shows_the_incident_only_to_keys_that_may_read_it(act, body):
    person = make_person("Owner")
    incidents = [make_paging_incident(title="Secret") for _ in range(2)]
    paths = [f"/api/v1/incidents/{incident.pk}/{act}/" for incident in incidents]

    blind = script(person, "incidents:write").post(paths[0], body)
    seeing = script(person, "incidents:write", "incidents:read").post(paths[1], body)

    assert blind.status_code == seeing.status_code
    if blind.status_code == 200:
        assert blind.json() == {"id": incidents[0].pk}
        assert seeing.json()["title"] == "Secret"


def test_most_acts_succeed_there():
    client, incident = owner("incidents:write"), make_paging_incident()

    answers = {
        act: client.post(f"/api/v1/incidents/{incident.pk}/{act}/", body) for act, body in ACTS
    }

    assert {act for act, answer in answers.items() if answer.status_code == 200} >= {
        *("acknowledge", "assign", "snooze", "comment", "resolve")
    }


def test_who_may_not_read_opens_an_incident_and_learns_its_number():
    service = make_service()

    answer = owner("incidents:write").post(
        "/api/v1/incidents/", {"service": service.pk, "title": "x"}
    )

    assert (answer.status_code, answer.json()) == (201, {"id": Incident.objects.get().pk})


def test_bulk_tells_no_status_to_keys_that_may_not_read():
    incident = make_paging_incident()

    answer = owner("incidents:write").post(
        "/api/v1/incidents/bulk/", {"ids": [incident.pk], "action": "resolve"}
    )

    assert answer.json() == {"results": [{"id": incident.pk, "ok": True}]}


def test_a_test_shows_its_notification_only_to_keys_that_may_read_it():
    person = make_person("Owner")
    paths = [
        f"/api/v1/contact-methods/{make_method(person).pk}/test/",
        f"/api/v1/shared-channels/{make_shared_channel().pk}/test/",
    ]

    for path in paths:
        blind = script(person, "config:write").post(path)
        seeing = script(person, "config:write", "incidents:read").post(path)

        assert (blind.status_code, list(blind.json())) == (202, ["id"])
        assert seeing.json()["address"]
    assert Notification.objects.count() == 4


def test_a_sample_shows_its_message_only_to_keys_that_may_read_it():
    path = f"/api/v1/integrations/{make_integration().pk}/test/"

    blind, seeing = (
        owner(*scopes).post(path)
        for scopes in (["config:write"], ["config:write", "messages:read"])
    )

    assert (blind.status_code, list(blind.json())) == (201, ["id"])
    assert seeing.json()["body"]
    assert InboundMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("scopes", "status"),
    [
        (["config:write"], 403),
        (["messages:read"], 403),
        (["config:write", "messages:read"], 200),
    ],
)
def test_a_backtest_needs_to_read_messages_too(scopes, status):
    path = f"/api/v1/integrations/{make_integration().pk}/backtest/"

    assert owner(*scopes).post(path, {}).status_code == status


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
def test_the_reference_is_open_unless_a_setting_closes_it(client, settings, path):
    assert client.get(path).status_code == 200

    settings.API_DOCS_REQUIRE_LOGIN = True
    refused = client.get(path)

    assert refused.status_code == (302 if path == "/api/docs/" else 401)
    assert b"openapi" not in refused.content


def test_who_is_asked_to_log_in_comes_back_to_the_reference(client, settings):
    settings.API_DOCS_REQUIRE_LOGIN = True

    answer = client.get("/api/docs/")

    assert "next=/api/docs/" in answer["Location"]


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/?script=", "/api/schema/"])
def test_a_session_and_a_key_open_the_reference(client, settings, path):
    settings.API_DOCS_REQUIRE_LOGIN = True
    person = make_person()
    client.force_login(person)
    script_client = APIClient(headers={"Authorization": f"Bearer {make_key(person)}"})

    assert client.get(path).status_code == 200
    assert script_client.get(path).status_code == 200
