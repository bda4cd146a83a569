"""Mailgun: what it is sent, what it refuses, and what it says later."""

import hmac
from urllib.parse import parse_qs

import pytest

from notifications.errors import CallbackRefused
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.vendors import Vendor, kind_of

KEY, TIME, TOKEN = "key-mailgun-signing", "1764430200", "0" * 50
VECTOR = "454ddde26b979bb297821a35e429a98d16692130d9499caa47a8d98e897a897f"


@pytest.fixture
def mailgun(receiver, monkeypatch):
    return Vendor("mailgun", receiver, monkeypatch)


def event(name, *, token=TOKEN, signature=None, **fields):
    made = hmac.digest(KEY.encode(), f"{TIME}{token}".encode(), "sha256").hex()
    return {
        "signature": {"timestamp": TIME, "token": token, "signature": signature or made},
        "event-data": {
            "event": name,
            "message": {"headers": {"message-id": "incident-1.d@ops.example"}},
            **fields,
        },
    }


def test_a_mail_has_text_and_html_and_no_tracking(mailgun):
    mailgun.answers(200, {"id": "<m1@mg.example.com>", "message": "Queued. Thank you."})

    accepted = mailgun.send()

    path, headers, body = mailgun.request
    form = {name: values[0] for name, values in parse_qs(body).items()}
    assert accepted.provider_id == "m1@mg.example.com"
    assert path == "/v3/mg.example.com/messages"
    assert headers["Authorization"] == "Basic YXBpOnQwa2VuLWtleQ=="
    assert (form["to"], form["from"]) == ("jane@example.com", "OpsPortal <ops@mg.example.com>")
    assert "https://ops.example/a/ack1042/" in form["text"]
    assert "<!doctype html>" in form["html"]
    assert form["h:References"] == "<incident-1042@ops.example>"
    assert (form["o:tracking"], form["o:tracking-clicks"]) == ("no", "no")


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, b"Forbidden", "provider for good", "Forbidden"),
        (404, {"message": "Domain not found: mg"}, "provider for good", "Domain not found: mg"),
        (402, {"message": "Payment required"}, "provider for good", "Payment required"),
        (
            400,
            {"message": "to parameter is not a valid address. please check documentation"},
            "address",
            "to parameter is not a valid address",
        ),
        (429, {"message": "Too many requests"}, "busy 10", "Too many requests"),
    ],
)
def test_its_errors_are_told_apart_in_its_words(mailgun, status, body, kind, words):
    failure = mailgun.fails(status, body)

    assert kind_of(failure) == kind
    assert words in str(failure)


def test_the_domain_is_looked_at_without_a_mail(mailgun):
    said = mailgun.checks(200, {"domain": {"state": "active"}})

    assert said == "Mailgun: the domain mg.example.com may send."
    with pytest.raises(DeliveryError, match="is unverified"):
        mailgun.checks(200, {"domain": {"state": "unverified"}})


@pytest.mark.parametrize(
    ("told", "state", "is_fault"),
    [
        (event("delivered"), "delivered", False),
        (event("failed", severity="temporary", reason="generic"), "sent", False),
        (event("failed", severity="permanent", reason="bounce"), "failed", True),
        (event("failed", severity="permanent", reason="suppress-bounce"), "failed", True),
        (event("failed", severity="permanent", reason="old"), "failed", False),
        (event("complained"), "failed", True),
    ],
)
def test_an_event_is_a_receipt(mailgun, told, state, is_fault):
    [(number, said, _, fault)] = mailgun.hears(told)

    assert (number, said, fault) == ("incident-1.d@ops.example", state, is_fault)


def test_the_words_are_those_of_the_other_server(mailgun):
    status = {"code": 550, "message": "5.1.1 no such user", "description": ""}

    found = mailgun.hears(
        event("failed", severity="permanent", reason="bounce", **{"delivery-status": status})
    )

    assert found[0][2] == "5.1.1 no such user"


def test_the_published_vector_is_taken_and_another_is_not(mailgun):
    assert mailgun.hears(event("opened", signature=VECTOR)) == []
    with pytest.raises(CallbackRefused):
        mailgun.hears(event("delivered", token="1" * 50, signature=VECTOR))
    with pytest.raises(CallbackRefused):
        mailgun.hears({"event-data": {"event": "delivered"}})
    with pytest.raises(CallbackRefused, match="no JSON object"):
        mailgun.hears(b"event=delivered")
