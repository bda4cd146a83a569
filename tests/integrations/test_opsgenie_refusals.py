"""What Opsgenie's Alert API refuses, in its own words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Alert
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.opsgenie import auth, create, do, get, status_of
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"message": ""}, "message"),
        ({"message": None}, "message"),
        ({"message": {"a": 1}}, "message"),
        ({"tags": "prod"}, "tags"),
        ({"details": ["a"]}, "details"),
        ({"responders": {"a": 1}}, "responders"),
        ({"priority": "urgent"}, "priority"),
        ({"alias": ["a"]}, "alias"),
    ],
)
def test_what_is_no_alert_is_422_with_the_field_and_is_kept(client, genie, fields, name):
    answer = create(client, genie, **fields)

    assert answer.status_code == 422
    assert answer.json()["message"] == "Request body is not processable. Please check the errors."
    assert set(answer.json()["errors"]) == {name}
    assert log() == ["Mapping Failed"]
    assert InboundMessage.objects.get().answer == 422


@pytest.mark.parametrize("header", ["", "GenieKey ", "GenieKey wrong", "Bearer x", "GenieKey \x7f"])
def test_a_wrong_key_is_401_in_the_words_of_that_api_and_nothing_is_kept(client, genie, header):
    for method, path in (("post", "/v2/alerts"), ("get", "/v2/alerts"), ("get", "/v2/alerts/x")):
        answer = getattr(client, method)(path, headers={"Authorization": header})

        assert answer.status_code == 401
        assert set(answer.json()) == {"message", "took", "requestId"}
    assert not InboundMessage.objects.exists()


def test_the_key_of_an_integration_of_another_type_is_403(client):
    answer = create(client, make_integration("odown"))

    assert answer.status_code == 403
    assert "another type" in answer.json()["message"]


def test_a_disabled_integration_is_403_and_says_so_in_the_log(client):
    genie = make_integration("opsgenie", is_enabled=False)

    answer = create(client, genie)

    assert answer.status_code == 403
    assert set(answer.json()) == {"message", "took", "requestId"}
    assert log() == ["Rejected"]
    assert get(client, genie, "/v2/alerts").status_code == 403


def test_past_the_rate_the_answer_is_theirs_and_the_message_is_kept(client):
    genie = make_integration("opsgenie", rate_limit=1)
    create(client, genie)

    answer = create(client, genie, alias="second")
    request_id = answer.json()["requestId"]
    waiting = get(client, genie, f"/v2/alerts/requests/{request_id}")
    work(now=timezone.now() + timedelta(minutes=5))
    done = get(client, genie, f"/v2/alerts/requests/{request_id}")

    assert answer.status_code == 429
    assert answer["X-RateLimit-State"] == "THROTTLED"
    assert answer["X-RateLimit-Period-In-Sec"] == "60"
    assert (waiting.status_code, done.status_code) == (404, 200)
    assert waiting.json()["message"] == "Request not found. It might not be processed, yet."
    assert Alert.objects.count() == 2


def test_the_requests_and_alerts_of_another_key_are_not_found(client, genie):
    other = make_integration("opsgenie")
    answer = create(client, genie)
    alert_id = status_of(client, genie, answer)["alertId"]

    request = get(client, other, f"/v2/alerts/requests/{answer.json()['requestId']}")
    alert = get(client, other, f"/v2/alerts/{alert_id}")
    do(client, other, "close", alert_id, kind="id")

    assert (request.status_code, alert.status_code) == (404, 404)
    assert Alert.objects.get().closed_at is None


@pytest.mark.parametrize(
    "identifier",
    ["x", "%00", "00000000-0000-4000-8000-000000000001", "9" * 30, "..", "a b", "%F0%9F%94%A5"],
)
def test_garbage_identifiers_are_404(client, genie, identifier):
    for kind in ("id", "alias", "tiny", "nonsense"):
        answer = get(client, genie, f"/v2/alerts/{identifier}?identifierType={kind}")

        assert answer.status_code == 404


@pytest.mark.parametrize("body", [b"{", b"\x00", b"[]", b'"a"', b"7", b"null", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused_in_their_shape_and_kept(client, genie, body):
    answer = client.post("/v2/alerts", body, content_type="application/json", headers=auth(genie))

    assert answer.status_code in (400, 422)
    assert {"message", "took", "requestId"} <= set(answer.json())
    assert log() == ["Mapping Failed"]
    assert InboundMessage.objects.get().answer == answer.status_code


def test_nul_and_half_surrogates_are_no_trouble(client, genie):
    content = (
        rb'{"message": "a\u0000b \ud800", "alias": "\u0000", "note": "\u0000x", "user": "\ud800"}'
    )
    answer = client.post(
        "/v2/alerts", content, content_type="application/json", headers=auth(genie)
    )
    other = do(client, genie, "notes", "a\x00", note="a\x00\ud83d")

    assert status_of(client, genie, answer)["success"] is True
    assert status_of(client, genie, other)["success"] is False


def test_too_much_is_413_in_their_shape(client, genie):
    answer = create(client, genie, message="x" * 2_000_000)

    assert answer.status_code == 413
    assert "message" in answer.json()
