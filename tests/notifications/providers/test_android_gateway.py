"""As documented at https://docs.sms-gate.app ."""

import json

import pytest

from notifications.errors import CallbackRefused
from notifications.providers import find_provider
from notifications.providers.sms import android_gateway as module
from tests.notifications.providers.calls import (
    HERE,
    TEXT,
    answers,
    base_of,
    callback,
    read,
    refusal,
    send,
)

KIND = "android_gateway"
SENT_AT = "1764430200"


def test_it_is_sent_before_all_else_with_an_id_of_ours(receiver):
    answers(receiver, {"id": "x", "state": "Pending"}, 202)

    accepted = send(KIND, url=base_of(receiver) + "/3rdparty/v1/")

    path, headers, body = receiver.requests[0]
    assert path == "/3rdparty/v1/messages?skipPhoneValidation=true"
    assert headers["Authorization"] == "Basic QVBQMTIzOnMzY3JldC1hcHA="
    assert json.loads(body) == {
        "id": accepted.provider_id,
        "textMessage": {"text": TEXT},
        "phoneNumbers": ["+4915112345678"],
        "ttl": 900,
        "priority": 100,
        "withDeliveryReport": True,
    }
    assert (len(accepted.provider_id), accepted.segments) == (32, 1)


@pytest.mark.parametrize(
    ("status", "words", "flags"),
    [
        (400, "invalid phone number in row 1", "permanent address_fault"),
        (400, "ttl is wrong", "permanent"),
        (401, "Unauthorized", "permanent provider_fault"),
        (404, "Not found", "permanent provider_fault"),
        (409, "duplicate id", "permanent"),
        (500, "Oops", "provider_fault"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(receiver, status, words, flags):
    answers(receiver, {"message": words}, status)

    sentence, found, _ = refusal(KIND, url=base_of(receiver))

    assert sentence.startswith(f"SMS Gateway for Android: {words} (")
    assert found == flags


def test_trying_it_registers_each_webhook_under_an_id_of_its_own(receiver):
    answers(receiver, {}, 201)
    provider = find_provider("sms", KIND)
    config = {**provider.example, "url": base_of(receiver), "callback_url": HERE}

    assert "reports to this portal" in provider.check(config)

    hooks = [json.loads(body) for _, _, body in receiver.requests]
    assert {path for path, _, _ in receiver.requests} == {"/webhooks"}
    assert {hook["url"] for hook in hooks} == {HERE}
    assert {hook["id"]: hook["event"] for hook in hooks} == {
        "opsportal-sms-sent": "sms:sent",
        "opsportal-sms-delivered": "sms:delivered",
        "opsportal-sms-failed": "sms:failed",
        "opsportal-sms-received": "sms:received",
    }


SIGNATURE = "5b73c2a317e19cc1d30c765040c8738b3749cbaa2e9a124b919ed23e6f6ddedf"


def test_its_signature_is_the_documented_one():
    said = callback(b'{"event":"sms:delivered"}', X_Timestamp=SENT_AT)

    assert module.signature("sign-key", said) == SIGNATURE


@pytest.mark.parametrize("change", ["body", "time", "unsigned"])
def test_what_is_not_signed_by_it_is_refused(change):
    said = callback(
        b'{"event":"sms:failed"}' if change == "body" else b'{"event":"sms:delivered"}',
        X_Timestamp="1764430201" if change == "time" else SENT_AT,
        X_Signature="" if change == "unsigned" else SIGNATURE,
    )

    with pytest.raises(CallbackRefused, match="Android"):
        read(KIND, said)


def sign_and_read(event, payload):
    body = {"deviceId": "d", "event": event, "id": "hook-1", "payload": payload}
    said = callback(body, X_Timestamp=SENT_AT)
    said.headers["X-Signature"] = module.signature("sign-key", said)
    return read(KIND, said)


@pytest.mark.parametrize(
    ("event", "state"),
    [("sms:sent", "sent"), ("sms:delivered", "delivered"), ("sms:failed", "failed")],
)
def test_what_the_phone_reports_is_a_receipt(event, state):
    heard = sign_and_read(event, {"messageId": "m-1", "reason": "RESULT_ERROR_NO_SERVICE"})

    receipt = heard.receipts[0]
    assert (receipt.provider_id, receipt.state) == ("m-1", state)
    assert receipt.code == "RESULT_ERROR_NO_SERVICE"


def test_a_ping_says_nothing_of_a_message():
    heard = sign_and_read("system:ping", {"health": {}})

    assert (heard.receipts, heard.replies) == ((), ())


@pytest.mark.parametrize("field", ["phoneNumber", "sender"])
def test_an_answer_is_told_apart_by_the_call_and_not_by_its_words(field):
    payload = {"messageId": "same for same words", "message": "ack 1042", field: "+4915112345678"}

    reply = sign_and_read("sms:received", payload).replies[0]

    assert (reply.address, reply.text, reply.event_id) == ("+4915112345678", "ack 1042", "hook-1")


def test_no_country_is_guessed_for_a_number_without_one():
    reply = sign_and_read("sms:received", {"message": "ack 1", "phoneNumber": "015112345678"})

    assert reply.replies[0].address == "015112345678"
