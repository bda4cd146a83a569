"""A key that may stand in the body is found in its raw bytes, and the decoded body has to agree."""

import gzip
import json

import pytest

from integrations.endpoints.body_keys import MAX_KEYS, keys_in
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.posting import event

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


def enqueue(client, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.generic("POST", "/v2/enqueue", content, "application/json", headers=headers)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"token": "a1", "b": {"key" :\n"c3"}}', ["a1", "c3"]),
        (b"x=1&token=a%2F1&key=b+c", ["a/1", "b c"]),
        (b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\na1\r\n--b--', ["a1"]),
        (b"--b\nA: b; name=token\nContent-Type: text/plain\n\na1\n--b--", ["a1"]),
        ('{"token": "a1"}'.encode("utf-16"), ["a1"]),
        (b'{"xtoken": "a1"} xtoken=b', []),
        (b'{"token": 7}', []),
    ],
)
def test_a_key_is_found_as_its_senders_write_it(body, found):
    assert keys_in(body, ["token", "key"]) == found


def test_of_very_many_the_first_and_the_last_count():
    found = keys_in(json.dumps([{"key": f"k{n}"} for n in range(1000)]).encode(), ["key"])

    assert (len(found), found[0], found[-1]) == (MAX_KEYS, "k0", "k999")


@pytest.mark.parametrize("is_last", [True, False])
def test_a_key_is_found_before_and_behind_all_else(client, is_last):
    integration = make_integration("events-api-v2")
    key = {"routing_key": integration.token}
    body = {**event(details="x" * 300_000), **key} if is_last else {**key, **event()}

    assert enqueue(client, body).status_code == 202


def test_a_packed_body_names_its_key(client):
    body = {**event(), "routing_key": make_integration("events-api-v2").token}

    packed = gzip.compress(json.dumps(body).encode())

    assert enqueue(client, packed, **{"Content-Encoding": "gzip"}).status_code == 202


def test_a_nested_key_does_not_take_the_place_of_the_events_own(client):
    other, own = make_integration("events-api-v2"), make_integration("events-api-v2")
    body = {**event(custom_details={"routing_key": other.token}), "routing_key": own.token}

    assert enqueue(client, body).status_code == 202
    assert InboundMessage.objects.get().integration == own


@pytest.mark.parametrize("key", ["0" * 32, "", None])
def test_a_known_key_inside_does_not_let_an_unknown_one_in(client, key):
    known = make_integration("events-api-v2")
    body = {**event(custom_details={"routing_key": known.token}), "routing_key": key}

    assert enqueue(client, body).status_code == 401
    assert not InboundMessage.objects.exists()


def test_what_cannot_be_decoded_is_kept_as_failed_for_its_key(client):
    integration = make_integration("events-api-v2")

    answer = enqueue(client, b'{"routing_key": "%s", ' % integration.token.encode())

    assert answer.status_code == 400
    assert InboundMessage.objects.get().reason.startswith("Unreadable")
