"""The generic webhook signs as Standard Webhooks wants it, beside the headers of its own."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from integrations.signatures import verify
from notifications.channels import all_channels
from opsportal.lib.standard_webhooks import headers as signed_headers
from tests.notifications.samples import DELIVERY, SENT, make_brief, make_message

WEBHOOK = all_channels()["webhook"]
OLD = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
NEW = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def reference_signature(secret, message_id, timestamp, body):
    """The algorithm as the specification of Standard Webhooks writes it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    to_sign = f"{message_id}.{timestamp}.{body.decode()}".encode()
    return "v1," + base64.b64encode(hmac.new(key, to_sign, hashlib.sha256).digest()).decode()


@pytest.fixture
def sent(outside):
    def send(secret, **fields):
        outside.answers_with(204, b"")
        config = {"url": "https://hooks.example/opsportal", "secret": secret}
        WEBHOOK.send(config, make_message(make_brief(title="Überlast"), **fields))
        return outside.requests[-1]

    return send


def test_the_vector_that_the_libraries_accept():
    body = b'{"type":"incident.triggered","timestamp":"2025-11-29T15:30:00Z","data":{"id":"1042"}}'

    found = signed_headers(OLD, "msg_6f1c2a903f1b4c59", 1764430200, body)

    assert found == {
        "webhook-id": "msg_6f1c2a903f1b4c59",
        "webhook-timestamp": "1764430200",
        "webhook-signature": "v1,2/qMjtXSKgPrLil566H4WxKd/WWyFnqw1btzLwuKBSo=",
    }


def test_a_receiver_verifies_it_by_the_reference_algorithm(sent):
    request = sent(NEW)

    head = request.headers
    expected = reference_signature(NEW, DELIVERY, head["webhook-timestamp"], request.body)
    assert head["webhook-id"] == head["X-OpsPortal-Delivery"] == DELIVERY
    assert head["webhook-timestamp"] == head["X-OpsPortal-Timestamp"]
    assert head["webhook-signature"] == expected


def test_while_a_secret_is_changed_the_old_and_the_new_one_verify_it(sent):
    request = sent(f"{NEW} {OLD}")

    for secret in (OLD, NEW):
        verify("standard-webhooks", [secret], request.headers, request.body, SENT)
    own = hmac.new(NEW.encode(), b"%d." % SENT.timestamp() + request.body, "sha256").hexdigest()
    assert request.headers["X-OpsPortal-Signature"] == f"sha256={own}"


def test_a_later_attempt_has_the_same_id_and_its_own_time(sent):
    first, again = sent(OLD), sent(OLD, sent_at=SENT + timedelta(minutes=5))

    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.headers["webhook-signature"] != again.headers["webhook-signature"]


@pytest.mark.parametrize("secret", ["s3cret word", "whsec_no base64", "whsec_???"])
def test_any_other_text_is_a_key_as_it_is(sent, secret):
    request = sent(secret)

    key = base64.b64encode(secret.encode()).decode()
    expected = reference_signature(key, DELIVERY, int(SENT.timestamp()), request.body)
    assert request.headers["webhook-signature"] == expected


def test_without_a_secret_the_id_and_the_time_are_there_all_the_same(sent):
    request = sent("")

    assert request.headers["webhook-id"] == DELIVERY
    assert "webhook-signature" not in request.headers


def test_only_what_is_sent_again_on_request_says_so(sent):
    assert sent(OLD, is_redelivery=True).headers["X-OpsPortal-Redelivery"] == "1"
    assert "X-OpsPortal-Redelivery" not in sent(OLD, may_repeat=True).headers
