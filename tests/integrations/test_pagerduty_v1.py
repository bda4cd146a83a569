import pytest

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from integrations.setup import replay
from tests.factories import make_integration
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db
URL = "/generic/2010-04-15/create_event.json"


def send(browser, integration, kind="trigger", **fields):
    body = {"service_key": integration.token, "event_type": kind, "description": "Down", **fields}
    return browser.post(URL, body, content_type="application/json")


def test_an_event_is_answered_as_clients_expect(client):
    integration = make_integration("events-api-v2")

    answer = send(client, integration, incident_key="srv/http")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "success",
        "message": "Event processed",
        "incident_key": "srv/http",
    }


def test_trigger_acknowledge_and_resolve_are_about_one_alert(client):
    integration = make_integration("events-api-v2")

    for kind in ("trigger", "acknowledge", "resolve"):
        send(client, integration, kind, incident_key="k")
    work()

    assert log() == ["Mapped (opened)", "Mapped (acknowledged)", "Mapped (closed)"]
    assert Incident.objects.get().title == "Down"


def test_a_trigger_without_a_key_gets_one_that_resolves_it(client):
    integration = make_integration("events-api-v2")

    key = send(client, integration).json()["incident_key"]
    send(client, integration, "resolve", incident_key=key)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_details_client_and_contexts_are_kept(client):
    integration = make_integration("events-api-v2")
    contexts = [
        {"type": "link", "href": "https://a.example", "text": "Runbook"},
        {"type": "image", "src": "https://a.example/1.png"},
    ]

    send(
        client,
        integration,
        details={"load": 7},
        client="Probe",
        client_url="https://b.example",
        contexts=contexts,
    )
    work()

    details = Alert.objects.get().attributes
    assert details["custom_fields"]["load"] == 7
    assert details["links"] == [
        ["Runbook", "https://a.example"],
        ["Image", "https://a.example/1.png"],
        ["Probe", "https://b.example"],
    ]


def test_it_shares_its_alerts_with_version_2(client):
    integration = make_integration("events-api-v2")
    send(client, integration, incident_key="k")
    body = {"routing_key": integration.token, "event_action": "resolve", "dedup_key": "k"}

    client.post("/v2/enqueue", body, content_type="application/json")
    work()

    assert Alert.objects.get().closed_at


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"kind": "open"}, "Event type must be one of trigger, acknowledge, resolve"),
        ({"description": ""}, "Description is missing or blank"),
        ({"kind": "resolve"}, "Incident key is missing or blank"),
        ({"incident_key": "x" * 256}, "Incident key may have 255 characters at most"),
    ],
)
def test_an_invalid_event_is_400_with_its_errors_and_is_kept(client, fields, error):
    answer = send(client, make_integration("events-api-v2"), **fields)

    assert (answer.status_code, answer.json()["errors"]) == (400, [error])
    assert log() == ["Mapping Failed"]


@pytest.mark.parametrize("contexts", [7, {"a": 1}, [7, None], "x"])
def test_strange_contexts_are_left_out(client, contexts):
    send(client, make_integration("events-api-v2"), contexts=contexts)
    work()

    assert log() == ["Mapped (opened)"]


@pytest.mark.parametrize("key", ["0" * 32, "", None, 7])
def test_an_unknown_key_is_refused_and_nothing_is_kept(client, key):
    body = {"service_key": key, "event_type": "trigger", "description": "x"}

    answer = client.post(URL, body, content_type="application/json")

    assert answer.status_code == 400
    assert not InboundMessage.objects.exists()


def test_too_many_are_403_as_in_that_contract(client):
    integration = make_integration("events-api-v2", rate_limit=1)
    send(client, integration)

    answer = send(client, integration)

    assert (answer.status_code, answer.json()["status"]) == (403, "throttle exceeded")
    assert [row.answer for row in InboundMessage.objects.order_by("pk")] == [200, 403]


def test_an_event_can_be_replayed(client):
    send(client, make_integration("events-api-v2"))
    work()

    again = replay.replay(InboundMessage.objects.get().pk)

    assert again.status in ("mapped", "appended")
