import pytest
from pagerduty import EventsApiV2Client

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import enqueue, event, log, work
from tests.integrations.tls import tls_server  # noqa: F401 - a fixture


@pytest.mark.django_db
def test_a_trigger_is_answered_as_clients_expect_and_opens_an_incident(client):
    integration = make_integration("events-api-v2")

    answer = enqueue(client, integration, event(severity="warning"))
    work()

    assert answer.status_code == 202
    assert answer.json() == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": "disk",
    }
    assert Incident.objects.get().severity == "warning"


@pytest.mark.django_db
def test_acknowledge_and_resolve_need_two_fields_only(client):
    integration = make_integration("events-api-v2")

    for body in (event(), event("acknowledge"), event("resolve")):
        assert enqueue(client, integration, body).status_code == 202
    work()

    assert log() == ["Mapped (opened)", "Mapped (acknowledged)", "Mapped (closed)"]


@pytest.mark.django_db
def test_a_trigger_without_a_key_gets_one_that_resolves_it(client):
    integration = make_integration("events-api-v2")

    key = enqueue(client, integration, event(key="")).json()["dedup_key"]
    enqueue(client, integration, event("resolve", key))
    work()

    assert len(key) == 32
    assert log() == ["Mapped (opened)", "Mapped (closed)"]


@pytest.mark.django_db
def test_two_triggers_without_a_key_are_two_alerts(client):
    integration = make_integration("events-api-v2")

    for _ in range(2):
        enqueue(client, integration, event(key=""))
    work()

    assert Alert.objects.open().count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"routing_key": ""}, "'routing_key' is missing or blank"),
        ({"event_action": "open"}, "'event_action' must be one of trigger, acknowledge, resolve"),
        ({"payload": None}, "'payload' is missing or no object"),
        ({"dedup_key": "x" * 256}, "'dedup_key' may have 255 characters at most"),
    ],
)
def test_an_invalid_event_is_400_with_its_errors(client, change, error):
    integration = make_integration("events-api-v2")
    body = {**event(), "routing_key": integration.token, **change}

    answer = client.post("/v2/enqueue", body, content_type="application/json")

    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert answer.json()["errors"] == [error]


@pytest.mark.django_db
def test_an_unknown_key_is_401_and_nothing_is_kept(client):
    body = {"routing_key": "0" * 32, "event_action": "resolve", "dedup_key": "a"}

    answer = client.post("/v2/enqueue", body, content_type="application/json")

    assert answer.status_code == 401
    assert answer.json()["errors"] == ["'routing_key' is not known here"]
    assert not InboundMessage.objects.exists()


@pytest.mark.django_db
def test_the_key_may_come_in_a_header(client):
    integration = make_integration("events-api-v2")

    answer = client.post(
        "/v2/enqueue",
        event(),
        content_type="application/json",
        headers={"X-Routing-Key": integration.token},
    )

    assert answer.status_code == 202


@pytest.mark.django_db
def test_past_the_rate_the_answer_is_the_one_that_clients_know(client):
    integration = make_integration("events-api-v2", rate_limit=1)
    enqueue(client, integration, event())

    answer = enqueue(client, integration, event())

    assert (answer.status_code, answer.json()["status"]) == (429, "throttle exceeded")
    assert int(answer["Retry-After"]) >= 1


@pytest.mark.django_db(transaction=True)
def test_the_published_client_works_unchanged(tls_server):  # noqa: F811
    integration = make_integration("events-api-v2")
    pager = EventsApiV2Client(integration.token, base_url=tls_server.url, verify=tls_server.trust)

    with pager:
        key = pager.trigger("Disk full", "db-1", severity="error", custom_details={"free": "1 %"})
        pager.acknowledge(key)
        pager.resolve(key)
    work()

    assert log() == ["Mapped (opened)", "Mapped (acknowledged)", "Mapped (closed)"]
    assert Alert.objects.get().incident.title == "Disk full"
