import pytest

from integrations.models import Heartbeat, InboundMessage
from integrations.setup import heartbeats
from tests.factories import make_integration, make_service, make_team
from tests.integrations.opsgenie import get, send

pytestmark = pytest.mark.django_db


def make_heartbeat(name, service):
    return heartbeats.create_heartbeat(name=name, service=service, every_seconds=300)


@pytest.fixture
def genie():
    return make_integration("opsgenie", service=make_service(team=make_team()))


@pytest.mark.parametrize("method", ["get", "post", "put", "patch"])
def test_a_ping_is_a_beat_and_is_answered_as_clients_expect(client, genie, method):
    make_heartbeat("Nightly backup", genie.service)

    answer = send(client, genie, method, "/v2/heartbeats/Nightly%20backup/ping")

    assert answer.status_code == 202
    assert answer.json()["result"] == "PONG - Heartbeat received"
    assert set(answer.json()) == {"result", "took", "requestId"}
    assert Heartbeat.objects.get().last_ping_at
    assert InboundMessage.objects.get().action == "ping"


def test_a_key_reaches_the_heartbeats_of_its_team_and_no_others(client, genie):
    make_heartbeat("ours", make_service(team=genie.service.team))
    make_heartbeat("theirs", make_service(team=make_team()))

    ours = send(client, genie, "get", "/v2/heartbeats/ours/ping")
    theirs = send(client, genie, "get", "/v2/heartbeats/theirs/ping")

    assert (ours.status_code, theirs.status_code) == (202, 404)
    assert theirs.json()["message"] == "Heartbeat not found"


def test_of_two_of_a_name_the_one_of_the_service_is_meant(client, genie):
    make_heartbeat("job", make_service(team=genie.service.team))
    mine = make_heartbeat("job", genie.service)

    send(client, genie, "get", "/v2/heartbeats/job/ping")

    assert Heartbeat.objects.get(last_ping_at__isnull=False).integration == mine


def test_a_heartbeat_says_how_it_is(client, genie):
    make_heartbeat("job", genie.service)
    before = get(client, genie, "/v2/heartbeats/job").json()["data"]
    send(client, genie, "get", "/v2/heartbeats/job/ping")

    after = get(client, genie, "/v2/heartbeats/job").json()["data"]

    assert (before["status"], after["status"]) == ("Inactive", "Active")
    assert (after["interval"], after["intervalUnit"]) == (5, "minutes")
    assert (after["enabled"], after["expired"]) == (True, False)


def test_without_the_key_there_is_no_beat(client, genie):
    make_heartbeat("job", genie.service)

    answer = client.get("/v2/heartbeats/job/ping")

    assert answer.status_code == 401
    assert Heartbeat.objects.get().last_ping_at is None
