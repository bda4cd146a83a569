"""As documented at https://docs.bird.com/api/channels-api ."""

import json

import pytest

from notifications.errors import CallbackRefused
from notifications.providers import find_provider
from notifications.providers.sms import bird as module
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.calls import (
    TEXT,
    answers,
    base_of,
    callback,
    read,
    refusal,
    send,
)

SENT_AT = "1764430200"
PATH = (
    "/workspaces/11111111-2222-4333-8444-555555555555/channels/66666666-7777-4888-9999-000000000000"
)


@pytest.fixture
def bird(receiver, monkeypatch):
    monkeypatch.setattr(module, "API", base_of(receiver))
    return receiver


def test_it_is_sent_by_the_channel_of_the_workspace(bird):
    answers(bird, {"id": "b-1", "status": "accepted"}, 202)

    accepted = send("bird")

    path, headers, body = bird.requests[0]
    assert (path, headers["Authorization"]) == (f"{PATH}/messages", "AccessKey acc3ss-key")
    receiver = {"identifierKey": "phonenumber", "identifierValue": "+4915112345678"}
    assert json.loads(body) == {
        "receiver": {"contacts": [receiver]},
        "body": {"type": "text", "text": {"text": TEXT}},
    }
    assert (accepted.provider_id, accepted.segments) == ("b-1", 1)


@pytest.mark.parametrize(
    ("status", "flags"),
    [
        (401, "permanent provider_fault"),
        (402, "permanent provider_fault"),
        (403, "permanent provider_fault"),
        (404, "permanent provider_fault"),
        (422, "permanent"),
        (500, "provider_fault"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(bird, status, flags):
    answers(bird, {"code": "SomeCode", "message": "Not so."}, status)

    sentence, found, _ = refusal("bird")

    assert (sentence, found) == ("Bird: Not so. (SomeCode)", flags)


def test_one_that_is_busy_is_left_alone_for_a_while(bird):
    answers(bird, {"code": "RateLimited", "message": "Slow down."}, 429)

    assert refusal("bird")[1:] == ("provider_fault", 10.0)


@pytest.mark.parametrize("status", ["active", "inactive"])
def test_a_channel_tells_whether_it_is_active(bird, status):
    answers(bird, {"name": "Pager", "status": status})
    provider = find_provider("sms", "bird")

    try:
        said = provider.check(provider.example)
    except DeliveryError as error:
        said = str(error)

    assert said == {
        "active": "Bird: the channel “Pager” is active.",
        "inactive": "Bird: the channel is inactive (inactive)",
    }.get(status)
    assert bird.requests[0][0] == PATH


def test_its_signature_is_the_documented_one():
    said = callback(
        b'{"event":"sms.outbound"}',
        url="https://ops.example/out/bird/status/",
        messagebird_request_timestamp=SENT_AT,
        messagebird_signature="A824rsbVK09kq2qsa22owW56tLIo6S3wLPK0yM54e2A=",
    )

    assert read("bird", said).receipts == ()


@pytest.mark.parametrize("change", ["body", "time", "url", "unsigned"])
def test_what_is_not_signed_by_it_is_refused(change):
    signature = "" if change == "unsigned" else "A824rsbVK09kq2qsa22owW56tLIo6S3wLPK0yM54e2A="
    said = callback(
        b'{"event":"sms.inbound"}' if change == "body" else b'{"event":"sms.outbound"}',
        url=f"https://ops.example/out/bird/{'other' if change == 'url' else 'status'}/",
        messagebird_request_timestamp="1764430201" if change == "time" else SENT_AT,
        messagebird_signature=signature,
    )

    with pytest.raises(CallbackRefused, match="Bird"):
        read("bird", said)


def sign_and_read(event, payload):
    said = callback({"event": event, "payload": payload}, messagebird_request_timestamp=SENT_AT)
    said.headers["messagebird-signature"] = module.signature("bird-signing-key", said)
    return read("bird", said)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("delivery_failed", "failed"),
        ("rejected", "failed"),
        ("accepted", None),
        ("processing", None),
    ],
)
def test_what_it_says_of_a_message_is_its_receipt(status, state):
    payload = {"id": "b-1", "status": status, "failure": {"code": 12, "description": "…"}}

    heard = sign_and_read("sms.outbound", payload)

    found = [(one.provider_id, one.state, one.code) for one in heard.receipts]
    assert found == ([("b-1", state, "12")] if state else [])


def test_an_answer_comes_from_the_number_of_its_contact():
    payload = {
        "id": "b-9",
        "status": "delivered",
        "sender": {
            "contact": {"identifierKey": "phonenumber", "identifierValue": "+4915112345678"}
        },
        "body": {"type": "text", "text": {"text": "ack 1042"}},
    }

    heard = sign_and_read("sms.inbound", payload)

    reply = heard.replies[0]
    assert (reply.address, reply.text, reply.event_id) == ("+4915112345678", "ack 1042", "b-9")
    assert heard.receipts == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"no json"])
def test_a_body_that_is_no_object_is_refused(body):
    said = callback(body, messagebird_request_timestamp=SENT_AT)
    said.headers["messagebird-signature"] = module.signature("bird-signing-key", said)

    with pytest.raises(CallbackRefused, match="JSON"):
        read("bird", said)
