"""OpsKnight's guide, Part 1 (alert ingestion): creating an integration, and all ways to send."""

import pytest

from incidents.actions import api_keys
from incidents.models import Alert, Incident
from integrations.catalog import find
from integrations.models import InboundMessage, Integration
from tests.factories import make_integration, make_policy, make_service, make_team, make_user
from tests.guides.desk import sit_down
from tests.integrations.pages import admin_browser
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db

TRIGGER = {
    "event_action": "trigger",
    "dedup_key": "srv-web-01/high-cpu",
    "payload": {
        "summary": "High CPU usage on web-01 (95%)",
        "source": "monitoring-system",
        "severity": "critical",
        "custom_details": {"cpu_percent": 95, "host": "web-01", "region": "us-east-1"},
    },
}
ACKNOWLEDGE = {"event_action": "acknowledge", "dedup_key": "srv-web-01/high-cpu"}
RESOLVE = {"event_action": "resolve", "dedup_key": "srv-web-01/high-cpu"}


def events(client, body, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    return client.post("/api/events", body, content_type="application/json", headers=headers)


def by_key(client, integration, body):
    return events(client, body, f"Token token={integration.token}")


def typed(client, integration, slug, body, **headers):
    """Method 2: the address of a type, with the id of the integration."""
    path = f"/api/integrations/{slug}?integrationId={integration.public_id}"
    return client.post(path, body, content_type="application/json", headers=headers)


def added(template="Datadog"):
    """An integration added from its service, as the guide goes."""
    client = admin_browser()
    service = make_service(make_policy(make_user()), team=make_team(client.user))
    page = sit_down("/services/", client).follow(service.name).follow("Integrations")
    tab = sit_down(f"/services/{service.pk}/?tab=integrations", client)
    assert "Integrations" in page.text
    page = tab.follow("Add an integration").follow(template)
    page = page.fill(name="Production Datadog Monitors").press("SUBMIT")
    return page, Integration.objects.get(), service


def test_an_integration_is_added_from_its_service_with_type_and_name():
    page, integration, service = added()

    assert (integration.name, integration.service) == ("Production Datadog Monitors", service)
    assert integration.template == "datadog"
    assert integration.is_enabled
    address = f"/api/integrations/datadog?integrationId={integration.public_id}"
    assert page.value("typed").endswith(address)
    assert page.value("routing-key") == integration.token


def test_each_key_is_32_hexadecimal_digits_and_its_own():
    keys = [make_integration().token for _ in range(3)]

    assert len(set(keys)) == 3
    for key in keys:
        assert len(key) == 32
        assert set(key) <= set("0123456789abcdef")


def test_method_1_the_routing_key_leads_to_its_service(client):
    integration = make_integration("events-api-v2")
    body = {**TRIGGER, "dedup_key": "unique-alert-id"}

    answer = by_key(client, integration, body)

    assert answer.status_code == 202
    assert answer.json()["status"] == "success"
    assert Incident.objects.get().service == integration.service


def test_method_2_the_address_of_the_type_takes_the_tools_own_format(client):
    integration = make_integration("datadog")

    answer = typed(client, integration, "datadog", find("datadog").sample("open").body)
    work()

    assert answer.status_code == 202
    assert log() == ["Mapped (opened)"]


def test_method_3_an_api_key_with_its_scope_names_the_service(client):
    service, person = make_service(), make_user(is_superuser=True)
    _, key = api_keys.create_key(person, "script", ["events:write"])
    _, other = api_keys.create_key(person, "reader", ["incidents:read"])
    body = {"service_id": f"svc_{service.pk}", **TRIGGER}

    taken = events(client, body, f"Bearer {key}")
    refused = events(client, body, f"Bearer {other}")

    assert key.startswith("sk_live_")
    assert (taken.status_code, refused.status_code) == (202, 403)
    assert Incident.objects.get().service == service


@pytest.mark.parametrize(
    "authorization", ["", "Token token=00000000000000000000000000000000", "Bearer sk_live_nope"]
)
def test_without_a_key_that_is_known_it_is_401_and_nothing_happens(client, authorization):
    answer = events(client, TRIGGER, authorization)

    assert answer.status_code == 401
    assert not InboundMessage.objects.exists()


def test_trigger_acknowledge_and_resolve_as_the_guide_writes_them(client):
    integration = make_integration("events-api-v2")

    seen = []
    for body in (TRIGGER, ACKNOWLEDGE, RESOLVE):
        answer = by_key(client, integration, body)
        seen.append((answer.status_code, answer.json()["result"]["action"]))

    incident = Incident.objects.get()
    assert seen == [(202, "triggered"), (202, "acknowledged"), (202, "resolved")]
    assert (incident.title, incident.severity) == ("High CPU usage on web-01 (95%)", "critical")
    assert Alert.objects.get().source_name == "monitoring-system"
    assert Alert.objects.get().attributes["custom_fields"]["region"] == "us-east-1"


@pytest.mark.parametrize("severity", ["critical", "error", "warning", "info"])
def test_each_severity_is_the_severity_of_the_incident(client, severity):
    body = {**TRIGGER, "payload": {**TRIGGER["payload"], "severity": severity}}

    by_key(client, make_integration("events-api-v2"), body)

    assert Incident.objects.get().severity == severity


@pytest.mark.parametrize("name", ["severity", "custom_details"])
def test_what_is_optional_may_be_left_out(client, name):
    payload = {key: value for key, value in TRIGGER["payload"].items() if key != name}

    answer = by_key(client, make_integration("events-api-v2"), {**TRIGGER, "payload": payload})

    assert answer.status_code == 202
    assert Incident.objects.exists()


@pytest.mark.parametrize("name", ["event_action", "dedup_key", "summary", "source"])
def test_what_is_required_and_missing_is_400_and_named(client, name):
    payload = {key: value for key, value in TRIGGER["payload"].items() if key != name}
    body = {key: value for key, value in {**TRIGGER, "payload": payload}.items() if key != name}

    answer = by_key(client, make_integration("events-api-v2"), body)

    assert answer.status_code == 400
    assert name in str(answer.json()["errors"])
    assert not Incident.objects.exists()


def test_the_same_key_is_the_same_incident_and_after_the_end_a_new_one(client):
    integration = make_integration("events-api-v2")
    raised = {**TRIGGER, "payload": {**TRIGGER["payload"], "severity": "warning"}}

    actions = [
        by_key(client, integration, body).json()["result"]["action"]
        for body in (raised, TRIGGER, RESOLVE, TRIGGER)
    ]

    assert actions == ["triggered", "deduplicated", "resolved", "triggered"]
    rows = Incident.objects.order_by("pk").values_list("severity", "status")
    assert list(rows) == [("critical", "resolved"), ("critical", "open")]


def test_120_requests_a_minute_are_taken_and_the_next_is_429_with_retry_after(client):
    integration = make_integration("generic-webhook")

    answers = [
        typed(client, integration, "webhook", {"id": number, "summary": "Slow"})
        for number in range(121)
    ]

    assert {answer.status_code for answer in answers[:120]} == {202}
    assert answers[120].status_code == 429
    assert int(answers[120]["Retry-After"]) > 0


def test_disabled_it_answers_403_makes_no_incident_and_is_easily_enabled_again(client):
    page, integration, _ = added("Generic Webhook")

    page = page.press("Disable")
    refused = typed(client, integration, "webhook", {"id": 1, "summary": "Slow"})
    by_events = by_key(client, integration, TRIGGER)
    work()
    made = Incident.objects.exists()
    page.press("Enable")
    taken = typed(client, integration, "webhook", {"id": 1, "summary": "Slow"})

    assert (refused.status_code, by_events.status_code, taken.status_code) == (403, 403, 202)
    assert not made


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/integrations/datadog", 400),
        ("/api/integrations/datadog?integrationId=nope", 404),
        ("/api/integrations/no-such-tool?integrationId=nope", 404),
    ],
)
def test_an_address_that_leads_nowhere_says_so(client, path, status):
    answer = client.post(path, {}, content_type="application/json")

    assert answer.status_code == status
    assert answer.json()["detail"]
