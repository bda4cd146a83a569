"""MailerSend: what it is sent, what it refuses, and what it says later."""

import hmac
import json

import pytest

from notifications.errors import CallbackRefused
from tests.notifications.providers.vendors import Vendor, kind_of

SUPPRESSED = {
    "message": "There are some warnings for your request.",
    "warnings": [
        {
            "type": "ALL_SUPPRESSED",
            "recipients": [{"email": "jane@example.com", "reason": ["hard_bounced"]}],
        }
    ],
}


@pytest.fixture
def mailersend(receiver, monkeypatch):
    return Vendor("mailersend", receiver, monkeypatch)


def heard(mailersend, told, key="s1gning"):
    body = json.dumps(told).encode()
    return mailersend.hears(body, Signature=hmac.digest(key.encode(), body, "sha256").hex())


def event(name, **data):
    return {"type": f"activity.{name}", "data": {"email": {"message": {"id": "ms-1"}}, **data}}


def test_a_mail_has_text_and_html_and_no_tracking(mailersend):
    mailersend.answers(202, b"", X_Message_Id="ms-1")

    accepted = mailersend.send()

    path, headers, _ = mailersend.request
    payload = mailersend.payload
    assert (accepted.provider_id, path) == ("ms-1", "/v1/email")
    assert headers["Authorization"] == "Bearer mlsn.t0ken"
    assert payload["to"] == [{"email": "jane@example.com"}]
    assert "https://ops.example/a/ack1042/" in payload["text"]
    assert "<!doctype html>" in payload["html"]
    assert payload["in_reply_to"] == "<incident-1042@ops.example>"
    assert set(payload["settings"].values()) == {False}


def test_what_it_accepts_only_to_throw_it_away_is_a_failure(mailersend):
    failure = mailersend.fails(202, SUPPRESSED)

    assert kind_of(failure) == "address"
    assert str(failure) == "MailerSend: the address is suppressed (hard_bounced)"


@pytest.mark.parametrize(
    ("status", "errors", "kind"),
    [
        (422, {"to.0.email": ["The to.0.email must be a valid email address."]}, "address"),
        (422, {"from.email": ["The from.email domain must be verified."]}, "provider for good"),
        (401, {}, "provider for good"),
        (429, {}, "busy 4"),
    ],
)
def test_its_errors_are_told_apart_in_its_words(mailersend, status, errors, kind):
    body = {"message": "The given data was invalid.", "errors": errors}

    failure = mailersend.fails(status, body, Retry_After="4")

    assert kind_of(failure) == kind
    assert all(words[0] in str(failure) for words in errors.values())


def test_the_token_is_tried_without_a_mail(mailersend):
    said = mailersend.checks(200, {"quota": 1000, "remaining": 990})

    assert said == "MailerSend: the token works; 990 requests remain today."


@pytest.mark.parametrize(
    ("name", "state", "is_fault"),
    [
        ("sent", "sent", False),
        ("delivered", "delivered", False),
        ("soft_bounced", "failed", False),
        ("hard_bounced", "failed", True),
        ("spam_complaint", "failed", True),
    ],
)
def test_an_event_is_a_receipt(mailersend, name, state, is_fault):
    found = heard(mailersend, event(name, morph={"reason": "550 no"}))

    assert found == [("ms-1", state, "550 no", is_fault)]


def test_what_another_key_signed_is_refused_and_a_click_is_no_receipt(mailersend):
    assert heard(mailersend, event("clicked")) == []
    with pytest.raises(CallbackRefused):
        heard(mailersend, event("delivered"), key="another")
    with pytest.raises(CallbackRefused):
        mailersend.hears(event("delivered"))
