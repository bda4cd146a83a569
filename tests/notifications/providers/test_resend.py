"""Resend: what it is sent, what it refuses, and what it says later."""

import base64
import hmac
import json
import time
from functools import partial

import pytest

from notifications.errors import CallbackRefused
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.vendors import Vendor, kind_of
from tests.notifications.samples import DELIVERY
from tests.notifications.servers import answer

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


@pytest.fixture
def resend(receiver, monkeypatch):
    return Vendor("resend", receiver, monkeypatch)


def heard(resend, told, *, secret=SECRET, at=None):
    body, at = json.dumps(told).encode(), str(int(at or time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = b"msg_1." + at.encode() + b"." + body
    signature = base64.b64encode(hmac.digest(key, text, "sha256")).decode()
    headers = {"svix-id": "msg_1", "svix-timestamp": at, "svix-signature": f"v1,{signature}"}
    return resend.hears(body, **headers)


def event(name, **data):
    return {
        "type": f"email.{name}",
        "data": {"email_id": "e-1", "to": ["jane@example.com"], **data},
    }


def test_a_mail_has_text_and_html_and_the_key_of_its_delivery(resend):
    resend.answers(200, {"id": "e-1"})

    accepted = resend.send()

    path, headers, _ = resend.request
    payload = resend.payload
    assert accepted.provider_id == "e-1"
    assert (path, headers["Authorization"]) == ("/emails", "Bearer re_t0ken")
    assert headers["Idempotency-Key"] == DELIVERY
    assert payload["from"] == "OpsPortal <ops@example.com>"
    assert payload["to"] == ["jane@example.com"]
    assert "https://ops.example/a/ack1042/" in payload["text"]
    assert payload["html"].lstrip().startswith("<!doctype html>")
    assert payload["headers"]["References"] == "<incident-1042@ops.example>"


def test_another_text_with_the_same_key_is_sent_without_it(resend):
    again = json.dumps({"name": "invalid_idempotent_request", "message": "Same key"}).encode()

    def behave(handler):
        is_first = len(resend.receiver.requests) == 1
        sent = partial(answer, body=b'{"id": "e-2"}')
        (partial(answer, status=409, body=again) if is_first else sent)(handler)

    resend.receiver.behave = behave

    assert resend.send().provider_id == "e-2"
    assert ["Idempotency-Key" in headers for _, headers, _ in resend.receiver.requests] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("status", "name", "words", "kind"),
    [
        (422, "validation_error", "Invalid `to` field. It needs to follow…", "address"),
        (422, "invalid_from_address", "Invalid `from` field.", "provider for good"),
        (403, "validation_error", "The example.com domain is not verified.", "provider for good"),
        (401, "missing_api_key", "Missing API key in the header", "provider for good"),
        (429, "rate_limit_exceeded", "Too many requests", "busy 3"),
        (429, "daily_quota_exceeded", "You have reached your daily email sending quota",
         "provider for good"),
        (500, "application_error", "Something went wrong", "provider"),
    ],
)  # fmt: skip
def test_its_errors_are_told_apart_in_its_words(resend, status, name, words, kind):
    failure = resend.fails(status, {"name": name, "message": words}, ratelimit_reset="3")

    assert kind_of(failure) == kind
    assert words in str(failure)


def test_the_domain_of_the_sender_is_looked_at_without_a_mail(resend):
    mine = {"name": "example.com", "status": "verified"}
    assert resend.checks(200, {"data": [mine]}) == "Resend: the domain example.com may send."
    with pytest.raises(DeliveryError, match="is pending"):
        resend.checks(200, {"data": [{**mine, "status": "pending"}]})
    with pytest.raises(DeliveryError, match="is not there"):
        resend.checks(200, {"data": []})


def test_a_key_that_may_only_send_is_no_defect(resend):
    said = resend.checks(401, {"name": "restricted_api_key", "message": "only send emails"})

    assert said.startswith("Resend: the API key is known.")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event("sent"), ("sent", "", False)),
        (event("delivery_delayed"), ("sent", "", False)),
        (event("delivered"), ("delivered", "", False)),
        (
            event("bounced", bounce={"type": "Permanent", "message": "No such user"}),
            ("failed", "No such user", True),
        ),
        (
            event("bounced", bounce={"type": "Transient", "message": "Mailbox full"}),
            ("failed", "Mailbox full", False),
        ),
        (
            event("failed", failed={"reason": "reached_daily_quota"}),
            ("failed", "reached_daily_quota", False),
        ),
    ],
)
def test_an_event_is_a_receipt(resend, told, expected):
    assert heard(resend, told) == [("e-1", *expected)]


def test_a_complaint_spoils_the_address_and_a_click_says_nothing(resend):
    assert heard(resend, event("complained"))[0][3] is True
    assert heard(resend, event("clicked")) == []


@pytest.mark.parametrize(
    "how", [{"secret": "whsec_MTExMTExMTExMTExMTExMTExMTExMTEx"}, {"at": time.time() - 400}]
)
def test_what_another_signed_or_what_is_old_is_refused(resend, how):
    with pytest.raises(CallbackRefused):
        heard(resend, event("delivered"), **how)


def test_without_its_secret_nothing_is_taken(resend):
    resend.config["signing_secret"] = ""

    with pytest.raises(CallbackRefused, match="is missing: enter it at the account"):
        heard(resend, event("delivered"))
