"""Every form of a Healthchecks address, answered as Healthchecks does."""

import uuid

import pytest
from django.test import Client

from tests.factories import make_integration
from tests.integrations.heartbeats import last_message, make_heartbeat, row, state

pytestmark = pytest.mark.django_db
CURL = {"user-agent": "curl/8.5"}
RID = "dd5ee813-695c-42bf-82a3-2f7d9df25596"


@pytest.fixture
def heartbeat():
    return make_heartbeat()


def addresses(integration):
    plain = integration.token
    return [f"/ping/{plain}", f"/ping/{uuid.UUID(plain)}", f"/ping/{plain.upper()}"]


@pytest.mark.parametrize("form", [0, 1, 2])
@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize(
    ("suffix", "after"),
    [
        ("", "up"),
        ("/", "up"),
        ("/start", "up"),
        ("/start/", "up"),
        ("/fail", "down"),
        ("/fail/", "down"),
        ("/log", "new"),
        ("/0", "up"),
        ("/0/", "up"),
        ("/1", "down"),
        ("/255", "down"),
        (f"?rid={RID}", "up"),
        (f"/start?rid={RID}", "up"),
    ],
)
def test_each_address_by_each_method(heartbeat, form, method, suffix, after):
    address = addresses(heartbeat)[form] + suffix

    answer = getattr(Client(), method)(address, headers=CURL)

    assert answer.status_code == 200
    assert answer.content == (b"" if method == "head" else b"OK")
    assert answer["Content-Type"].startswith("text/plain")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert int(answer["Ping-Body-Limit"]) > 0
    assert "no-store" in answer["Cache-Control"]
    assert state(heartbeat) == after


@pytest.mark.parametrize(
    ("suffix", "status"),
    [
        ("/256", 400),
        ("/1000", 400),
        ("/-1", 400),
        ("/stop", 400),
        ("/start/fail", 400),
        ("?rid=7", 400),
        ("/٣", 400),
    ],
)
def test_what_is_no_address_of_it_is_refused_and_changes_nothing(client, heartbeat, suffix, status):
    answer = client.get(f"/ping/{heartbeat.token}{suffix}", headers=CURL)

    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert state(heartbeat) == "new"


@pytest.mark.parametrize("code", [RID, "nonsense", "a" * 32])
def test_an_unknown_uuid_is_not_found(client, code):
    answer = client.get(f"/ping/{code}")

    assert (answer.status_code, answer.content) == (404, b"not found")


def test_the_token_of_another_integration_beats_nothing(client):
    integration = make_integration()

    assert client.post(f"/ping/{integration.token}").status_code == 404


def test_other_methods_are_not_allowed(client, heartbeat):
    assert client.put(f"/ping/{heartbeat.token}").status_code == 405
    assert client.delete(f"/ping/{heartbeat.token}").status_code == 405


def test_of_a_long_body_the_end_is_kept(client, heartbeat):
    body = b"a" * 50_000 + b"the end"

    answer = client.post(f"/ping/{heartbeat.token}", body, content_type="text/plain", headers=CURL)

    kept = bytes(last_message().body)
    assert answer.status_code == 200
    assert len(kept) == int(answer["Ping-Body-Limit"])
    assert kept.endswith(b"the end")


@pytest.mark.parametrize("body", [b"\x00\xff\xfe", "💥".encode()[:2], b"{", b"<?xml"])
def test_a_body_of_any_bytes_is_a_beat(client, heartbeat, body):
    kinds = ("application/json", "application/x-www-form-urlencoded", "")
    for kind in kinds:
        address = f"/ping/{heartbeat.token}/fail"
        assert client.post(address, body, content_type=kind, headers=CURL).status_code == 200

    assert state(heartbeat) == "down"


def test_a_uuid_that_was_taken_over_from_another_portal_beats(client, heartbeat):
    adopted = str(uuid.uuid4())
    heartbeat.token = adopted
    heartbeat.save(update_fields=["token"])

    for form in (adopted, adopted.replace("-", "")):
        answer = client.get(f"/ping/{form}", headers=CURL)
        assert answer.status_code == 200

    assert row(heartbeat).last_ping_at is not None
