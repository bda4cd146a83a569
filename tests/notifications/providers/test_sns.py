"""As documented at https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html ."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from notifications.providers import _aws, find_provider
from tests.notifications.providers.calls import UNANSWERED, answers, base_of, refusal, send

ACCEPTED = (
    b'<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult></PublishResponse>"
)
BODY = (
    b"Action=Publish&Version=2010-03-31&PhoneNumber=%2B4915112345678"
    b"&Message=%231042%20High%20CPU%20on%20web-01"
    b"&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType"
    b"&MessageAttributes.entry.1.Value.DataType=String"
    b"&MessageAttributes.entry.1.Value.StringValue=Transactional"
)


@pytest.fixture
def sns(receiver, monkeypatch):
    monkeypatch.setattr(_aws, "ENDPOINT", base_of(receiver) + "/{service}/{region}/")
    return receiver


def test_its_signature_is_that_of_its_sdk():
    config = {
        "region": "eu-central-1",
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    }

    headers = _aws.sign(
        config,
        "sns",
        "https://sns.eu-central-1.amazonaws.com/",
        BODY,
        content_type=_aws.FORM,
        now=datetime(2025, 11, 29, 15, 30, tzinfo=UTC),
    )

    # Made by botocore 1.44.
    assert headers["X-Amz-Date"] == "20251129T153000Z"
    assert headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251129/eu-central-1/sns/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=288c4be1e4e00782cead7aa18cd010c4f5a1bbb2e0559dce21f77c9ac1e15615"
    )


def test_it_is_published_to_the_number_as_a_transactional_text(sns):
    answers(sns, ACCEPTED)

    accepted = send("sns")

    path, headers, body = sns.requests[0]
    assert path == "/sns/eu-central-1/"
    assert headers["Content-Type"] == _aws.FORM
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert (form["Action"], form["Version"]) == ("Publish", "2010-03-31")
    assert (form["PhoneNumber"], form["Message"]) == ("+4915112345678", UNANSWERED)
    assert form["MessageAttributes.entry.1.Name"] == "AWS.SNS.SMS.SMSType"
    assert form["MessageAttributes.entry.1.Value.StringValue"] == "Transactional"
    assert accepted.provider_id == "94f20ce6-13c5-43a0-9a9e-ca52d816e90b"
    assert (accepted.segments, find_provider("sms", "sns").receipt_within_s) == (1, None)


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("+15005550006", "AWS.MM.SMS.OriginationNumber"),
        ("12345", "AWS.MM.SMS.OriginationNumber"),
        ("OpsPortal", "AWS.SNS.SMS.SenderID"),
    ],
)
def test_a_sender_is_a_number_or_a_name(sns, sender, name):
    answers(sns, ACCEPTED)

    send("sns", sender=sender)

    form = parse_qs(sns.requests[0][2].decode())
    assert form["MessageAttributes.entry.2.Name"] == [name]
    assert form["MessageAttributes.entry.2.Value.StringValue"] == [sender]


@pytest.mark.parametrize(
    ("status", "code", "flags"),
    [
        (403, "SignatureDoesNotMatch", "permanent provider_fault"),
        (403, "InvalidClientTokenId", "permanent provider_fault"),
        (403, "AuthorizationError", "permanent provider_fault"),
        (400, "OptedOut", "permanent address_fault"),
        (400, "InvalidParameter", "permanent"),
        (400, "Throttling", "provider_fault"),
        (400, "KMSThrottling", "provider_fault"),
        (500, "InternalError", "provider_fault"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(sns, status, code, flags):
    words = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>Not so.</Message></Error>"
    answers(sns, f"<ErrorResponse>{words}</ErrorResponse>".encode(), status)

    sentence, found, retry = refusal("sns")

    assert (sentence, found) == (f"AWS: Not so. ({code})", flags)
    assert (retry is not None) == ("Throttling" in code)


@pytest.mark.parametrize(
    ("entries", "limit"),
    [
        ("<entry>\n<key>MonthlySpendLimit</key>\n<value>50</value>\n</entry>", "50 USD"),
        ("", "the one of new accounts, 1 USD"),
    ],
)
def test_the_account_tells_above_what_it_drops_messages(sns, entries, limit):
    answers(sns, f"<R><attributes>{entries}</attributes></R>".encode())
    provider = find_provider("sms", "sns")

    said = provider.check(provider.example)

    assert said == f"AWS: the credentials work; the monthly spending limit is {limit}."
    assert b"Action=GetSMSAttributes" in sns.requests[0][2]


def test_the_variables_of_the_seeds_are_its_fields():
    provider = find_provider("sms", "sns")

    assert provider.environment == {
        "region": "AWS_REGION",
        "access_key_id": "AWS_ACCESS_KEY_ID",
        "secret_access_key": "AWS_SECRET_ACCESS_KEY",
    }
    needed = {name for name, field in provider.Form.base_fields.items() if field.required}
    assert needed == set(provider.environment)
