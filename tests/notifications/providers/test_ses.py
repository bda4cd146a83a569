"""Amazon SES: signed requests, its errors, and events by a topic of SNS."""

import base64
import email
import email.policy

import pytest

from notifications.errors import CallbackRefused
from notifications.providers.email import ses
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import CannotVerify
from opsportal.lib.signatures.sns import CERTIFICATES
from tests.notifications.providers.vendors import Vendor, kind_of
from tests.sns_envelopes import PEM, TOPIC, notification, subscription


@pytest.fixture
def amazon(receiver, monkeypatch):
    monkeypatch.setattr(ses, "API", receiver.url.removesuffix("/hook/t0ken"))
    return Vendor("ses", receiver, monkeypatch)


@pytest.fixture
def topic(outside, monkeypatch):
    """Events of a topic; the certificate of SNS is there to be fetched."""
    CERTIFICATES.forget()
    outside.answers_with(200, PEM)
    vendor = Vendor("ses", type("Nobody", (), {"url": ""})(), monkeypatch)
    vendor.config["topic"] = TOPIC
    yield vendor
    CERTIFICATES.forget()


def event(name, **part):
    return {"eventType": name, "mail": {"messageId": "ses-1"}, name.lower(): part}


def test_a_mail_is_sent_whole_and_signed(amazon):
    amazon.config["configuration_set"] = "ops"
    amazon.answers(200, {"MessageId": "ses-1"})

    accepted = amazon.send()

    path, headers, _ = amazon.request
    raw = base64.b64decode(amazon.payload["Content"]["Raw"]["Data"])
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert (accepted.provider_id, path) == ("ses-1", "/v2/email/outbound-emails")
    assert "/eu-central-1/ses/aws4_request, SignedHeaders=" in headers["Authorization"]
    assert amazon.payload["Destination"] == {"ToAddresses": ["jane@example.com"]}
    assert amazon.payload["ConfigurationSetName"] == "ops"
    assert (mail["From"], mail["To"]) == ("OpsPortal <ops@example.com>", "jane@example.com")
    assert mail["References"] == "<incident-1042@ops.example>"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        (400, "MessageRejected", "Email address is not verified.", "provider for good"),
        (400, "BadRequestException", "Illegal address", "address"),
        (400, "AccountSuspendedException", "It is suspended", "provider for good"),
        (400, "SendingPausedException", "", "provider for good"),
        (
            403,
            "SignatureDoesNotMatchException",
            "The signature does not match",
            "provider for good",
        ),
        (429, "TooManyRequestsException", "Maximum sending rate exceeded.", "busy 10"),
        (400, "BadRequestException", "Expected a subject", "mail for good"),
    ],
)
def test_its_errors_are_told_apart_in_its_words(amazon, status, code, words, kind):
    failure = amazon.fails(status, {"message": words}, x_amzn_ErrorType=f"{code}:http://x/")

    assert kind_of(failure) == kind
    assert f"{words} {code}".strip() in str(failure)


def test_the_account_is_looked_at_without_a_mail(amazon):
    is_open = {"SendingEnabled": True, "ProductionAccessEnabled": True}

    assert amazon.checks(200, is_open) == "Amazon SES: the account may send."
    assert amazon.request[0] == "/v2/email/account"
    assert "sandbox" in amazon.checks(200, is_open | {"ProductionAccessEnabled": False})
    with pytest.raises(DeliveryError, match="SHUTDOWN"):
        amazon.checks(200, {"SendingEnabled": False, "EnforcementStatus": "SHUTDOWN"})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event("Delivery", smtpResponse="250"), ("delivered", "", False)),
        (event("DeliveryDelay"), ("sent", "", False)),
        (
            event(
                "Bounce",
                bounceType="Permanent",
                bouncedRecipients=[{"diagnosticCode": "smtp; 550 no such user"}],
            ),
            ("failed", "smtp; 550 no such user", True),
        ),
        (
            event("Bounce", bounceType="Transient", bounceSubType="MailboxFull"),
            ("failed", "MailboxFull", False),
        ),
        (event("Complaint"), ("failed", "a mail to it was reported as spam", True)),
        (event("Reject", reason="Bad content"), ("failed", "Bad content", False)),
    ],
)
def test_an_event_of_the_topic_is_a_receipt(topic, told, expected):
    assert topic.hears(notification(told)) == [("ses-1", *expected)]


def test_a_subscription_is_confirmed_at_once(topic, outside):
    outside.answers_with(200)

    assert topic.hears(subscription()) == []
    assert "Action=ConfirmSubscription" in outside.requests[-1].url


def test_a_confirmation_that_fails_is_asked_for_again(topic, outside):
    outside.answers_with(500)

    with pytest.raises(CannotVerify):
        topic.hears(subscription())


@pytest.mark.parametrize("change", ["topic", "signature", "host", "nothing"])
def test_what_amazon_did_not_sign_is_refused(topic, change):
    told = notification(event("Delivery"))
    if change == "topic":
        topic.config["topic"] = TOPIC + "-other"
    if change == "signature":
        told["Message"] = "{}"
    if change == "host":
        told["SigningCertURL"] = "https://evil.example/x.pem"

    with pytest.raises(CallbackRefused):
        topic.hears(b"{}" if change == "nothing" else told)
