"""What all vendors of mail promise, whatever they call it."""

import base64
import re

import pytest

from notifications.errors import CallbackRefused
from notifications.message.mail import headers_of
from notifications.providers import providers_of
from tests.notifications.providers.vendors import Vendor, kind_of
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import hang_up

KINDS = ["brevo", "mailersend", "mailgun", "postmark", "resend", "sendgrid", "ses"]
MESSAGES = {
    "triggered": make_message(make_brief()),
    "resolved": make_message(make_brief(status="resolved"), event="incident.resolved"),
    "several": make_message(make_brief(1), make_brief(2)),
    "test": make_message(event="test"),
    "verification": make_message(event="verification", code="123456"),
    "notice": make_message(event="notice", title="A shift begins", text="On Monday."),
    "odd": make_message(make_brief(title='<b>"ü" 😀\r\n</b>\x00', service_id=None, service="")),
}


@pytest.fixture(params=KINDS)
def vendor(request, receiver, monkeypatch):
    found = Vendor(request.param, receiver, monkeypatch)
    if request.param == "ses":
        base = receiver.url.removesuffix("/hook/t0ken")
        monkeypatch.setattr("notifications.providers.email.ses.API", base)
    return found


def test_each_vendor_of_the_specification_is_there():
    assert sorted(providers_of("email")) == sorted([*KINDS, "smtp"])


def test_every_kind_of_message_can_be_sent(vendor):
    vendor.answers(202, {"id": "1", "MessageId": "1", "MessageID": "1", "messageId": "1"})

    for message in MESSAGES.values():
        vendor.send(message)

    assert len(vendor.receiver.requests) == len(MESSAGES)


def test_a_mail_that_is_answered_elsewhere_says_where(vendor, settings):
    settings.INBOUND_MAIL_REPLIES, settings.INBOUND_MAIL_DOMAIN = "replies", "ops.example"
    vendor.answers(202, {"id": "1", "MessageId": "1", "MessageID": "1", "messageId": "1"})

    vendor.send()

    body = vendor.request[2]
    if vendor.provider.label == "Amazon SES":
        body = base64.b64decode(vendor.payload["Content"]["Raw"]["Data"]).decode()
    assert re.search(r"reply.?to.{0,20}replies(\+|%2B)i1042\.[0-9a-f]{8}\.", body, re.I | re.S)


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, "provider for good"),
        (403, {}, "provider for good"),
        (404, {}, "provider for good"),
        (400, {}, "mail for good"),
        (429, {"Retry_After": "7"}, "busy 7"),
        (429, {}, "busy 10"),
        (500, {}, "provider"),
        (503, {}, "provider"),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, headers, kind):
    failure = vendor.fails(status, b"", **headers)

    assert kind_of(failure) == kind
    assert str(failure).startswith(f"{vendor.provider.label}: ")
    assert not failure.ambiguous


def test_no_answer_leaves_doubt(vendor):
    vendor.receiver.behave = hang_up

    with pytest.raises(Exception, match="hung up") as failure:
        vendor.send()

    assert (failure.value.ambiguous, failure.value.permanent) == (True, False)


def test_an_error_names_no_secret(vendor):
    secrets = [vendor.config[name] for name in vendor.provider.secret_fields]

    failure = vendor.fails(401, {"message": f"Bad key {secrets[0]}", "Message": secrets[0]})

    assert not [one for one in secrets if one in str(failure)]


def test_a_mail_that_is_urgent_says_so_and_all_ask_robots_for_silence():
    urgent, calm = headers_of(MESSAGES["triggered"]), headers_of(MESSAGES["resolved"])

    assert (urgent["Importance"], calm.get("Importance")) == ("high", None)
    assert urgent["References"] == calm["References"] == "<incident-1042@ops.example>"
    assert {urgent["Auto-Submitted"], calm["Auto-Submitted"]} == {"auto-generated"}


@pytest.mark.parametrize("kind", ["brevo", "mailgun", "postmark"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[1]",
        b"null",
        b"[" * 100_000,
        b"\xff",
        b'{"signature": 1, "event-data": [], "event": {}, "RecordType": "Bounce", "MessageID": []}',
        b'{"event": "delivered", "message-id": {}, "RecordType": "Delivery", "signature": "x"}',
    ],
)
def test_whatever_a_stranger_posts_is_refused_or_of_no_message(kind, body, receiver, monkeypatch):
    vendor = Vendor(kind, receiver, monkeypatch)
    try:
        heard = vendor.hears(body)
    except CallbackRefused:
        heard = []

    assert [number for number, *_ in heard if number] == []
