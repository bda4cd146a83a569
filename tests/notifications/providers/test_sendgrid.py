"""SendGrid: what it is sent, what it refuses, and what it says later."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.errors import CallbackRefused
from notifications.provider_accounts import from_environment
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.vendors import Vendor, kind_of

KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
SIGNATURE, TIME = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
TO = "personalizations.0.to.0.email"
# Made by the vendor's own library.
VECTOR_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEe/ikUQEtM4w4IYWLoB4dSitAs/cYQPHYLON1PPIpH8QLImr/JiSs0eaO1"
    "rEL1MG3DwH4M4WyXPKgMVT61a6x5g=="
)
VECTOR = (
    "MEYCIQDMOf1vRiQy2yC7VggimyBxDNZjApquoOErug2RcB/zEQIhAKXHs0sHrKQzss8iTl/kXUBOMxmrwu9PmjuZHMTuzm"
    "bo"
)


@pytest.fixture
def sendgrid(receiver, monkeypatch):
    vendor = Vendor("sendgrid", receiver, monkeypatch)
    vendor.config["verification_key"] = PUBLIC
    return vendor


def signed(body, key=KEY):
    signature = key.sign(b"1764430200" + body, ec.ECDSA(SHA256()))
    return {SIGNATURE.lower(): base64.b64encode(signature).decode(), TIME.lower(): "1764430200"}


def event(name, **fields):
    number = "sid1.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0"
    return {"event": name, "email": "jane@example.com", "sg_message_id": number, **fields}


def heard(sendgrid, *events):
    body = str(list(events)).replace("'", '"').encode()
    return sendgrid.hears(body, **signed(body))


def test_a_mail_has_text_and_html_and_no_tracking(sendgrid):
    sendgrid.answers(202, b"", X_Message_Id="sid1")

    accepted = sendgrid.send()

    path, headers, _ = sendgrid.request
    payload = sendgrid.payload
    assert (path, headers["Authorization"]) == ("/v3/mail/send", "Bearer SG.t0ken")
    assert accepted.provider_id == "sid1"
    assert payload["personalizations"] == [{"to": [{"email": "jane@example.com"}]}]
    assert payload["from"] == {"email": "ops@example.com", "name": "OpsPortal"}
    assert [one["type"] for one in payload["content"]] == ["text/plain", "text/html"]
    assert "https://ops.example/a/ack1042/" in payload["content"][0]["value"]
    assert payload["headers"]["In-Reply-To"] == "<incident-1042@ops.example>"
    assert payload["tracking_settings"]["click_tracking"]["enable"] is False
    assert payload["tracking_settings"]["open_tracking"]["enable"] is False


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (
            400,
            {
                "message": "Does not contain a valid address.",
                "field": "personalizations.0.to.0.email",
            },
            "address",
        ),
        (
            403,
            {"message": "The from address does not match a verified Sender Identity."},
            "provider for good",
        ),
        (401, {"message": "Maximum credits exceeded"}, "provider for good"),
        (400, {"message": "The subject is required.", "field": "subject"}, "mail for good"),
    ],
)
def test_its_errors_are_told_apart_in_its_words(sendgrid, status, error, kind):
    failure = sendgrid.fails(status, {"errors": [error]})

    assert kind_of(failure) == kind
    assert error["message"] in str(failure)


def test_too_many_requests_wait_until_the_time_it_names(sendgrid):
    failure = sendgrid.fails(429, b"", X_RateLimit_Reset="12")

    assert kind_of(failure) == "busy 12"


def test_the_key_is_tried_without_a_mail(sendgrid):
    assert sendgrid.checks(200, {"scopes": ["mail.send"]}) == "SendGrid: the API key may send mail."
    assert sendgrid.request[0] == "/v3/scopes"
    with pytest.raises(DeliveryError, match="no permission Mail Send"):
        sendgrid.checks(200, {"scopes": ["stats.read"]})


@pytest.mark.parametrize(
    ("told", "state", "is_fault"),
    [
        (event("processed"), "sent", False),
        (event("deferred", response="451 busy"), "sent", False),
        (event("delivered", response="250 OK"), "delivered", False),
        (event("bounce", type="bounce", reason="550 no such user"), "failed", True),
        (event("bounce", type="blocked", reason="554 blocked"), "failed", False),
        (event("dropped", reason="Bounced Address"), "failed", True),
        (event("dropped", reason="Invalid SMTPAPI header"), "failed", False),
        (event("spamreport"), "failed", True),
    ],
)
def test_an_event_is_a_receipt_of_the_mail_that_was_sent(sendgrid, told, state, is_fault):
    [(number, said, _, fault)] = heard(sendgrid, told)

    assert (number, said, fault) == ("sid1", state, is_fault)


def test_several_events_come_at_once_and_clicks_are_none(sendgrid):
    found = heard(sendgrid, event("processed"), event("click"), event("delivered"))

    assert [state for _, state, _, _ in found] == ["sent", "delivered"]


def test_the_signature_of_the_vendors_own_library_is_taken(sendgrid):
    sendgrid.config["verification_key"] = VECTOR_KEY
    body = b'[{"event":"bounce","email":"a@example.com"}]'

    assert sendgrid.hears(body, **{SIGNATURE: VECTOR, TIME: "1764430200"}) == []


@pytest.mark.parametrize("change", ["body", "key", "missing", "no key here", "no base64"])
def test_what_is_not_signed_by_its_key_is_refused(sendgrid, change):
    body = b"[]"
    headers = signed(body, ec.generate_private_key(ec.SECP256R1()) if change == "key" else KEY)
    if change == "no key here":
        sendgrid.config["verification_key"] = ""
    if change == "no base64":
        sendgrid.config["verification_key"] = "k3y"
    headers = {} if change == "missing" else headers

    with pytest.raises(CallbackRefused):
        sendgrid.hears(b"[1]" if change == "body" else body, **headers)


def test_the_variable_of_the_seeds_is_an_account(monkeypatch, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.env")

    [account] = from_environment("email")

    assert (account.name, account.key) == ("SendGrid (environment)", "sendgrid/environment")
    assert account.config["api_key"] == "SG.env"
    assert "SG.env" not in repr(account)
