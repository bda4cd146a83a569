"""The documented body and signature. Receivers depend on them: they do not change."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from notifications.channels import all_channels
from tests.notifications.samples import DELIVERY, make_brief, make_message

WEBHOOK = all_channels()["webhook"]
CONFIG = {"url": "https://hooks.example/opsportal", "secret": "s3cret"}


@pytest.fixture
def sent(outside):
    def send(message, config=CONFIG):
        outside.answers_with(204, b"")
        provider_id = WEBHOOK.send(config, message)
        return outside.requests[-1], provider_id

    return send


def test_the_body_is_the_documented_one(sent, outside):
    brief = make_brief(priority="P2", assignee_id=123, assignee="Jane Doe")

    sent(make_message(brief))

    assert outside.bodies == [
        {
            "event": "incident.triggered",
            "timestamp": "2026-01-23T10:30:05Z",
            "delivery_id": DELIVERY,
            "may_repeat": False,
            "is_test": False,
            "incident": {
                "id": "1042",
                "title": "High CPU on web-01",
                "status": "OPEN",
                "urgency": "HIGH",
                "severity": "CRITICAL",
                "priority": "P2",
                "service": {"id": "7", "name": "Web Application"},
                "assignee": {"id": "123", "name": "Jane Doe"},
                "url": "https://ops.example/incidents/1042/",
            },
        }
    ]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("open", "OPEN"),
        ("acknowledged", "ACKNOWLEDGED"),
        ("on_hold", "ON_HOLD"),
        ("resolved", "RESOLVED"),
    ],
)
def test_a_status_is_a_word_in_capitals(sent, outside, status, word):
    sent(make_message(make_brief(status=status, urgency="low")))

    incident = outside.bodies[0]["incident"]
    assert (incident["status"], incident["urgency"]) == (word, "LOW")


def test_nobody_assigned_is_null(sent, outside):
    sent(make_message(make_brief()))

    assert outside.bodies[0]["incident"]["assignee"] is None


def test_a_test_without_an_incident_has_none(sent, outside):
    sent(make_message(event="test"))

    assert (outside.bodies[0]["event"], outside.bodies[0]["incident"]) == ("test", None)


def test_the_headers_name_the_delivery_and_the_event(sent):
    request, provider_id = sent(make_message(make_brief()))

    assert request.headers["X-OpsPortal-Delivery"] == provider_id == DELIVERY
    assert request.headers["X-OpsPortal-Event"] == "incident.triggered"
    assert request.headers["X-OpsPortal-Timestamp"] == "1769164205"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("OpsPortal/")


def test_a_repeated_attempt_has_the_same_delivery_and_says_that_it_may_repeat(sent, outside):
    first, _ = sent(make_message(make_brief()))
    again, _ = sent(make_message(make_brief(), may_repeat=True, sent_at=datetime.now(UTC)))

    assert first.headers["X-OpsPortal-Delivery"] == again.headers["X-OpsPortal-Delivery"]
    assert [body["may_repeat"] for body in outside.bodies] == [False, True]


def test_the_receiver_can_check_the_signature_over_time_and_bytes(sent):
    request, _ = sent(make_message(make_brief(title="Überlast")))

    signed = request.headers["X-OpsPortal-Timestamp"].encode() + b"." + request.body
    digest = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert request.headers["X-OpsPortal-Signature"] == f"sha256={digest}"


def test_without_a_secret_nothing_is_signed(sent):
    request, _ = sent(make_message(make_brief()), {"url": CONFIG["url"]})

    assert "X-OpsPortal-Signature" not in request.headers


def test_it_sends_one_incident_at_a_time():
    assert WEBHOOK.merges is False


def test_its_description_leaves_out_the_path():
    assert WEBHOOK.describe(CONFIG) == "https://hooks.example/…"
