"""Brevo: what it is sent, what it refuses, and what it says later."""

import pytest

from notifications.errors import CallbackRefused
from tests.notifications.providers.vendors import Vendor, kind_of


@pytest.fixture
def brevo(receiver, monkeypatch):
    return Vendor("brevo", receiver, monkeypatch)


def test_a_mail_has_text_and_html(brevo):
    brevo.answers(201, {"messageId": "<20261130.1@smtp-relay.mailin.fr>"})

    accepted = brevo.send()

    path, headers, _ = brevo.request
    payload = brevo.payload
    assert accepted.provider_id == "20261130.1@smtp-relay.mailin.fr"
    assert (path, headers["api-key"]) == ("/v3/smtp/email", "xkeysib-t0ken")
    assert payload["sender"] == {"email": "ops@example.com", "name": "OpsPortal"}
    assert payload["to"] == [{"email": "jane@example.com"}]
    assert "https://ops.example/a/ack1042/" in payload["textContent"]
    assert "<!doctype html>" in payload["htmlContent"]
    assert payload["headers"]["References"] == "<incident-1042@ops.example>"


def test_without_a_sender_mails_come_from_the_portals_own(brevo, settings):
    settings.DEFAULT_FROM_EMAIL = "pager@ops.example"
    brevo.config["sender"] = ""
    brevo.answers(201, {"messageId": "<1@x>"})

    brevo.send()

    assert brevo.payload["sender"] == {"email": "pager@ops.example"}


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        (400, "invalid_parameter", "email is not valid in to", "address"),
        (400, "invalid_parameter", "The sender you used is not valid", "provider for good"),
        (401, "unauthorized", "Key not found", "provider for good"),
        (402, "not_enough_credits", "Not enough credits", "provider for good"),
        (403, "permission_denied", "SMTP is not activated", "provider for good"),
        (429, "too_many_requests", "Too many requests", "busy 10"),
    ],
)
def test_its_errors_are_told_apart_in_its_words(brevo, status, code, words, kind):
    failure = brevo.fails(status, {"code": code, "message": words})

    assert kind_of(failure) == kind
    assert f"{words} {code}" in str(failure)


def test_the_account_is_looked_at_without_a_mail(brevo):
    said = brevo.checks(200, {"companyName": "Example GmbH", "email": "ops@example.com"})

    assert said == "Brevo: the API key of Example GmbH works."


@pytest.mark.parametrize(
    ("name", "state", "is_fault"),
    [
        ("request", "sent", False),
        ("deferred", "sent", False),
        ("delivered", "delivered", False),
        ("hard_bounce", "failed", True),
        ("invalid_email", "failed", True),
        ("soft_bounce", "failed", False),
        ("blocked", "failed", False),
        ("spam", "failed", True),
    ],
)
def test_an_event_is_a_receipt(brevo, name, state, is_fault):
    told = {"event": name, "message-id": "<1@smtp-relay.mailin.fr>", "reason": "550 no"}

    assert brevo.hears(told) == [("1@smtp-relay.mailin.fr", state, "550 no", is_fault)]


def test_an_opened_mail_is_no_receipt_and_a_list_is_refused(brevo):
    assert brevo.hears({"event": "unique_opened", "message-id": "<1@x>"}) == []
    with pytest.raises(CallbackRefused):
        brevo.hears([])
