import gzip
import json
import zlib

import pytest
from django.conf import settings

from incidents.models import Incident
from integrations.models import InboundMessage
from integrations.setup import integrations, rotation
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, event, log, post, post_event, work

pytestmark = pytest.mark.django_db


def test_an_accepted_message_is_answered_with_its_number_in_the_log(client):
    integration = make_integration()

    answer = post(client, integration, FAILURE)

    message = InboundMessage.objects.get()
    assert answer.status_code == 202
    url = f"{settings.SITE_URL}/inbound-log/{message.pk}/"
    assert answer.json() == {"status": "accepted", "message_id": message.pk, "url": url}
    assert json.loads(bytes(message.body)) == FAILURE
    assert (message.status, message.service) == ("pending", integration.service)


def test_the_way_in_neither_maps_nor_opens_anything(client):
    post(client, make_integration(), FAILURE)

    assert not Incident.objects.exists()


def test_accepting_takes_few_queries(client, django_assert_max_num_queries):
    integration = make_integration()
    post(client, integration, FAILURE)

    with django_assert_max_num_queries(2):  # The rate, and the row.
        post(client, integration, FAILURE)


@pytest.mark.parametrize("method", ["post", "put"])
def test_messages_may_be_posted_and_put(client, method):
    integration = make_integration()
    send = getattr(client, method)

    answer = send(f"/POSTAlert/{integration.token}/", FAILURE, content_type="application/json")

    assert answer.status_code == 202


@pytest.mark.parametrize("path", ["", "/", "/name", "/a/long%20name/with?x=1"])
def test_the_name_in_the_url_does_not_matter(client, path):
    integration = make_integration()

    answer = client.post(
        f"/POSTAlert/{integration.token}{path}", FAILURE, content_type="application/json"
    )

    assert answer.status_code == 202


def test_reading_the_url_is_not_posting(client):
    integration = make_integration()

    assert client.get(f"/POSTAlert/{integration.token}/it").status_code == 405
    assert not InboundMessage.objects.exists()


def test_a_form_is_a_body_too(client):
    integration = make_integration("custom")

    answer = client.post(f"/POSTAlert/{integration.token}/it", {"name": "disk"})

    assert answer.status_code == 202


@pytest.mark.parametrize("token", ["0" * 32, "x", "%00", "%ed%a0%80", "é" * 500, "'; DROP"])
def test_an_unknown_token_is_404_and_nothing_is_kept(client, token):
    answer = client.post(f"/POSTAlert/{token}/it", FAILURE, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_integration")
    assert not InboundMessage.objects.exists()


def test_the_form_of_opsknight_finds_the_integration_by_its_id(client):
    integration = make_integration()
    url = f"/api/integrations/odown?integrationId={integration.public_id}"

    answer = client.post(url, FAILURE, content_type="application/json")

    assert answer.status_code == 202


@pytest.mark.parametrize("key", ["token", "another"])
def test_a_key_beside_the_id_must_be_the_key_of_that_integration(client, key):
    integration, other = make_integration(), make_integration()
    token = integration.token if key == "token" else other.token
    url = f"/api/integrations/odown?integrationId={integration.public_id}&key={token}"

    answer = client.post(url, FAILURE, content_type="application/json")

    assert answer.status_code == (202 if key == "token" else 404)


def test_a_key_in_the_url_is_not_kept_and_one_of_the_senders_is(client):
    integration = make_integration()
    typed = f"/api/integrations/odown?integrationId={integration.public_id}"
    urls = [f"{typed}&key={integration.token}&a=b", f"/POSTAlert/{integration.token}/x?key=SHOP-1"]

    for url in urls:
        client.post(url, FAILURE, content_type="application/json")

    first, second = InboundMessage.objects.order_by("pk").values_list("query", flat=True)
    assert integration.token not in first
    assert first.endswith("&a=b")
    assert second == "key=SHOP-1"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("odown", 400, "missing_id"),
        ("odown?integrationId=", 400, "missing_id"),
        ("odown?integrationId=nonsense", 404, "unknown_integration"),
        ("odown?integrationId=%00", 404, "unknown_integration"),
        ("odown?integrationId=" + "9" * 5000, 404, "unknown_integration"),
        ("odown?integrationId=00000000-0000-0000-0000-000000000000", 404, "unknown_integration"),
        ("no-such-thing?integrationId=1", 404, "unknown_type"),
    ],
)
def test_a_wrong_address_is_answered_clearly(client, path, status, code):
    answer = client.post(f"/api/integrations/{path}", FAILURE, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_id_of_another_type_opens_nothing(client):
    integration = make_integration("odown")
    url = f"/api/integrations/haloitsm?integrationId={integration.public_id}"

    assert client.post(url, FAILURE, content_type="application/json").status_code == 404


def test_a_disabled_integration_answers_403_and_the_log_shows_the_message(client):
    integration = make_integration()
    integrations.set_enabled(integration.pk, False)

    answer = post(client, integration, FAILURE)

    assert (answer.status_code, answer.json()["code"]) == (403, "disabled")
    assert log() == ["Rejected"]
    assert work() == 0


def test_of_rejected_messages_a_hundred_an_hour_are_kept(client):
    integration = make_integration(is_enabled=False)

    answers = {post(client, integration, FAILURE).status_code for _ in range(103)}

    assert answers == {403}
    assert InboundMessage.objects.count() == 100


def test_a_token_that_was_changed_opens_nothing_from_now_on(client):
    integration = make_integration()
    post(client, integration, FAILURE)

    rotation.rotate_token(integration.pk)

    assert post(client, integration, FAILURE).status_code == 404
    integration.refresh_from_db()
    assert post(client, integration, FAILURE).status_code == 202


@pytest.mark.parametrize("size", [2_000_000, 1024 * 1024 + 1])
def test_of_a_body_of_more_than_a_mebibyte_the_beginning_is_kept(client, size):
    answer = post(client, make_integration(), b'"' + b"x" * (size - 2) + b'"')

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert bytes(InboundMessage.objects.get().body) == b'"' + b"x" * 4095


def test_a_body_of_a_mebibyte_is_taken(client):
    answer = post(client, make_integration(), b'"' + b"x" * (1024 * 1024 - 2) + b'"')

    assert answer.status_code == 202


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_a_packed_body_is_unpacked(client, encoding):
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    integration = make_integration()

    answer = post(
        client, integration, pack(json.dumps(FAILURE).encode()), HTTP_CONTENT_ENCODING=encoding
    )

    assert answer.status_code == 202
    assert json.loads(bytes(InboundMessage.objects.get().body)) == FAILURE


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        pytest.param(gzip.compress(b"0" * 50_000_000), "gzip", 413, id="a bomb"),
        pytest.param(gzip.compress(b"{}" * 500)[:-9], "gzip", 400, id="cut off"),
        pytest.param(b'{"event": 1}', "gzip", 400, id="not packed at all"),
        pytest.param(b"", "gzip", 400, id="empty"),
        pytest.param(b"{}", "br", 400, id="an unknown packing"),
        pytest.param(gzip.compress(gzip.compress(b"0" * 10**7)), "gzip", 400, id="packed twice"),
    ],
)
def test_a_badly_packed_body_is_refused(client, body, encoding, status):
    answer = post(client, make_integration(), body, HTTP_CONTENT_ENCODING=encoding)

    assert answer.status_code == status
    assert answer.json()["detail"]


def test_secrets_in_headers_are_not_kept(client):
    post(
        client,
        make_integration(),
        FAILURE,
        HTTP_AUTHORIZATION="Bearer hush",
        HTTP_X_GITLAB_TOKEN="hush",
        HTTP_X_ORIGIN="shop",
    )

    headers = InboundMessage.objects.get().headers
    assert "hush" not in str(headers)
    assert headers["x-origin"] == "shop"


@pytest.mark.parametrize("value", ["\x00", "\udc80\udcff", "é\x7f", "x" * 100_000])
def test_odd_bytes_in_headers_do_no_harm(client, value):
    answer = post(client, make_integration(), FAILURE, HTTP_X_ODD=value, HTTP_USER_AGENT=value)

    assert answer.status_code == 202


@pytest.mark.parametrize("address", ["", "unix:", "fe80::1%eth0", "127.0.0.1"])
def test_an_odd_remote_address_does_no_harm(client, address):
    answer = post(client, make_integration(), FAILURE, REMOTE_ADDR=address)

    assert answer.status_code == 202


def test_a_storm_of_headers_is_cut(client):
    many = {f"HTTP_X_{number}": "1" for number in range(500)}

    answer = post(client, make_integration(), FAILURE, **many)

    assert answer.status_code == 202
    assert len(InboundMessage.objects.get().headers) <= 60


def test_an_unreadable_body_is_400_and_the_log_says_where(client):
    answer = post(client, make_integration(), '{"event": ')

    assert answer.status_code == 400
    message = InboundMessage.objects.get()
    assert answer.json()["message_id"] == message.pk
    assert (message.get_status_display(), message.answer) == ("Mapping Failed", 400)
    assert "line 1" in message.reason


def test_the_route_of_events_refuses_what_the_other_route_would(client):
    integration = make_integration("events-api-v2", is_enabled=False)

    assert post_event(client, integration, event()).status_code == 403
