import pytest
from django.test import Client

from incidents.actions import api_keys
from incidents.models import Incident
from integrations.models import InboundMessage, Integration
from tests.factories import make_integration, make_service, make_team, make_user
from tests.integrations.posting import event, log, post_event
from tests.threads import race

pytestmark = pytest.mark.django_db


def make_key(*scopes, user=None):
    user = user or make_user(is_superuser=True)
    return api_keys.create_key(user, "script", scopes or ["events:write"])[1]


def post_with_key(client, key, body, **headers):
    headers = headers or {"Authorization": f"Bearer {key}"}
    return client.post("/api/events", body, content_type="application/json", headers=headers)


def test_a_trigger_is_answered_with_its_incident(client):
    integration = make_integration("events-api-v2")

    answer = post_event(client, integration, event())

    incident = Incident.objects.get()
    assert answer.status_code == 202
    body = answer.json()
    assert (body["status"], body["result"]["action"]) == ("success", "triggered")
    assert body["result"]["incident"]["id"] == str(incident.pk)
    assert (incident.title, incident.severity) == ("Disk full", "critical")


def test_the_life_of_an_alert_in_two_fields(client):
    integration = make_integration("events-api-v2")

    answers = [
        post_event(client, integration, body).json()["result"]["action"]
        for body in (event(), event(), event("acknowledge"), event("resolve"))
    ]

    assert answers == ["triggered", "deduplicated", "acknowledged", "resolved"]
    assert Incident.objects.get().status == "resolved"
    assert log() == [
        "Mapped (opened)",
        "Mapped Appended",
        "Mapped (acknowledged)",
        "Mapped (closed)",
    ]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_without_an_open_alert_the_answer_says_that_nothing_happened(client, action):
    answer = post_event(client, make_integration("events-api-v2"), event(action))

    assert answer.status_code == 202
    assert answer.json()["result"]["action"] == "ignored"
    assert answer.json()["result"]["reason"]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, 2),
        ([], 1),
        ({"event_action": "open", "dedup_key": "k"}, 1),
        ({"event_action": "resolve"}, 1),
        ({"event_action": "trigger", "dedup_key": "k"}, 1),
        ({"event_action": "trigger", "dedup_key": "k", "payload": {}}, 2),
        ({"event_action": "trigger", "dedup_key": 7, "payload": {}}, 4),
    ],
)
def test_an_invalid_event_is_400_with_the_list_of_errors(client, body, errors):
    answer = post_event(client, make_integration("events-api-v2"), body)

    assert answer.status_code == 400
    assert answer.json()["message"] == "Event object is invalid"
    assert len(answer.json()["errors"]) == errors
    assert log() == ["Mapping Failed"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Token token=nope"},
        {"Authorization": "Bearer sk_live_nope"},
        {"X-API-Key": "sk_live_nope"},
    ],
)
def test_without_a_key_that_is_known_it_is_401_and_nothing_is_kept(client, headers):
    answer = client.post("/api/events", event(), content_type="application/json", headers=headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"]
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("form", ["Token token={}", 'token TOKEN="{}"', "Bearer {}"])
def test_the_key_of_an_integration_may_be_written_in_several_ways(client, form):
    integration = make_integration("events-api-v2")

    answer = client.post(
        "/api/events",
        event(),
        content_type="application/json",
        headers={"Authorization": form.format(integration.token)},
    )

    assert answer.status_code == 202


@pytest.mark.parametrize("name", ["service_id", "serviceId"])
def test_an_api_key_names_the_service(client, name):
    service = make_service()

    answer = post_with_key(client, make_key(), {**event(), name: service.pk})

    assert answer.status_code == 202
    assert Incident.objects.get().service == service


def test_api_keys_share_one_integration_for_each_service(client):
    service, key = make_service(), make_key()

    for _ in range(2):
        post_with_key(client, key, {**event(), "service_id": service.pk})

    assert Integration.objects.get().service == service
    assert log() == ["Mapped (opened)", "Mapped Appended"]


@pytest.mark.parametrize(
    ("service_id", "status", "code"),
    [
        (None, 400, "missing_service"),
        ("", 400, "missing_service"),
        (0, 404, "unknown_service"),
        (-1, 404, "unknown_service"),
        (10**30, 404, "unknown_service"),
        ("svc_0", 404, "unknown_service"),
        ([1], 404, "unknown_service"),
        ("\x00", 404, "unknown_service"),
        (True, 404, "unknown_service"),
    ],
)
def test_a_service_that_is_not_there_is_a_clear_answer(client, service_id, status, code):
    answer = post_with_key(client, make_key(), {**event(), "service_id": service_id})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_key_without_the_scope_is_403(client):
    body = {**event(), "service_id": make_service().pk}

    answer = post_with_key(client, make_key("incidents:read"), body)

    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_a_key_reaches_the_services_of_its_person_alone(client):
    alice = make_user()
    mine, other = make_service(team=make_team(alice)), make_service()
    key = make_key(user=alice)

    answers = [
        post_with_key(client, key, {**event(), "service_id": service.pk}).status_code
        for service in (mine, other)
    ]

    assert answers == [202, 404]


@pytest.mark.django_db(transaction=True)
def test_first_events_at_the_same_instant_make_one_integration():
    key, service = make_key(), make_service()
    body = {**event(), "service_id": service.pk}

    answers = race(*[lambda: post_with_key(Client(), key, body).status_code] * 6)

    assert answers == [202] * 6
    assert Integration.objects.filter(service=service).count() == 1
    assert Incident.objects.count() == 1
