"""As documented at https://developer.vonage.com/en/messaging/sms/overview ."""

from decimal import Decimal
from urllib.parse import parse_qs, urlencode

import pytest

from notifications.errors import CallbackRefused
from notifications.providers import find_provider
from notifications.providers.sms import vonage as module
from tests.notifications.providers.calls import (
    HERE,
    UNANSWERED,
    answers,
    base_of,
    callback,
    read,
    refusal,
    send,
)
from tests.notifications.samples import make_brief, make_message

SECRET = "vonage-signature-secret-0123456789"
ANSWER = {
    "msisdn": "4915112345678",
    "to": "447700900000",
    "messageId": "0A01",
    "text": "ack 1042 a&b=c",
    "timestamp": "1764430200",
    "nonce": "n-1",
}
# Made by the vendor's own SDK (vonage-http-client 1.5), by both of these methods.
SHA256 = "9fc2a1736ef1025d2faeb9cb3f208729c1558e81a8efca6437a2b4425d28b589"
MD5 = "61f513f57ff1c9db8f9d10fedff0c2d4"


@pytest.fixture
def vonage(receiver, monkeypatch):
    monkeypatch.setattr(module, "API", base_of(receiver))
    return receiver


def part(status="0", **fields):
    return {"to": "49151", "message-id": "p", "status": status, "message-price": "0.07", **fields}


def accept(vonage, *parts):
    answers(vonage, {"message-count": str(len(parts)), "messages": parts})


def sent_form(vonage):
    path, _, body = vonage.requests[-1]
    return path, {name: values[0] for name, values in parse_qs(body.decode()).items()}


def test_it_is_sent_with_a_reference_of_ours_that_all_of_its_receipts_name(vonage):
    accept(vonage, part(), part())

    accepted = send("vonage")

    path, form = sent_form(vonage)
    assert path == "/sms/json"
    assert form.pop("client-ref") == accepted.provider_id
    assert form == {
        "api_key": "abcd1234",
        "api_secret": "s3cret0f-key",
        "from": "447700900000",
        "to": "4915112345678",
        "text": UNANSWERED,
        "type": "text",
        "ttl": "900000",
        "callback": HERE,
    }
    assert (accepted.segments, accepted.price, accepted.currency) == (2, Decimal("0.14"), "EUR")


def test_what_the_small_alphabet_lacks_is_sent_as_unicode(vonage):
    accept(vonage, part())

    send("vonage", make_message(make_brief(title="磁盘")))

    assert sent_form(vonage)[1]["type"] == "unicode"


def test_each_message_has_a_reference_of_its_own(vonage):
    accept(vonage, part())

    assert send("vonage").provider_id != send("vonage").provider_id


@pytest.mark.parametrize(
    ("status", "flags", "retry"),
    [
        ("1", "provider_fault", 10.0),
        ("2", "permanent", None),
        ("4", "permanent provider_fault", None),
        ("5", "provider_fault", None),
        ("6", "permanent address_fault", None),
        ("7", "permanent address_fault", None),
        ("9", "permanent provider_fault", None),
        ("10", "provider_fault", 10.0),
        ("15", "permanent provider_fault", None),
        ("29", "permanent provider_fault", None),
    ],
)
def test_it_refuses_with_http_200_and_says_whose_fault_it_is(vonage, status, flags, retry):
    accept(vonage, part(status, **{"error-text": "Bad luck"}))

    assert refusal("vonage") == (f"Vonage: Bad luck ({status})", flags, retry)


def test_one_part_that_is_refused_is_a_failure(vonage):
    accept(vonage, part(), part("9", **{"error-text": "Partner quota"}))

    # The other part arrives: what is sent next says that it may be a repeat.
    flags = "permanent provider_fault ambiguous"
    assert refusal("vonage")[:2] == ("Vonage: Partner quota (9)", flags)


@pytest.mark.parametrize(("status", "flags"), [(503, "provider_fault"), (200, "permanent")])
def test_an_answer_without_parts_is_no_success(vonage, status, flags):
    answers(vonage, b"<html>", status)

    assert refusal("vonage")[1] == flags


def test_the_account_tells_its_balance(vonage):
    answers(vonage, {"value": 3.5, "autoReload": False})
    provider = find_provider("sms", "vonage")

    assert provider.check(provider.example) == "Vonage: the balance is 3.5 EUR."


RECEIPT = {
    "msisdn": "4915112345678",
    "to": "447700900000",
    "messageId": "0A0000001",
    "client-ref": "r-1",
    "status": "delivered",
    "err-code": "0",
}


@pytest.mark.parametrize(
    "said",
    [
        callback(RECEIPT),
        callback(urlencode(RECEIPT).encode()),
        callback(method="GET", query=RECEIPT),
    ],
    ids=["json", "form", "query"],
)
def test_a_receipt_is_of_one_part_in_whichever_form_it_comes(said):
    receipt = read("vonage", said).receipts[0]

    assert (receipt.provider_id, receipt.part) == ("r-1", "0A0000001")
    assert (receipt.state, receipt.code) == ("delivered", "0")


@pytest.mark.parametrize(
    ("status", "state"),
    [("accepted", "sent"), ("buffered", "sent"), ("expired", "failed"), ("rejected", "failed")],
)
def test_its_words_are_states(status, state):
    receipts = read("vonage", callback({**RECEIPT, "status": status})).receipts

    assert [one.state for one in receipts] == [state]


@pytest.mark.parametrize("change", [{"status": "unknown"}, {"client-ref": ""}])
def test_what_says_nothing_of_a_message_of_ours_is_no_receipt(change):
    assert read("vonage", callback({**RECEIPT, **change})).receipts == ()


@pytest.mark.parametrize("signature", [SHA256, SHA256.upper(), MD5])
def test_an_answer_that_is_signed_is_taken(signature):
    # By "MD5 HMAC"; the older "MD5 hash" puts the secret at the end.
    said = callback({**ANSWER, "sig": signature})

    reply = read("vonage", said, signature_secret=SECRET).replies[0]

    assert (reply.address, reply.text) == ("+4915112345678", "ack 1042 a&b=c")
    assert reply.event_id == "0A01"


@pytest.mark.parametrize(
    "change", [{"text": "resolve 1"}, {"sig": ""}, {"sig": "0" * 64}, {"more": "x"}]
)
def test_what_is_not_signed_by_it_is_refused(change):
    said = callback({**ANSWER, "sig": SHA256, **change})

    with pytest.raises(CallbackRefused, match="Vonage"):
        read("vonage", said, signature_secret=SECRET)


def test_without_a_secret_nobody_acts_by_an_answer():
    heard = read("vonage", callback(ANSWER))

    assert (heard.replies, heard.receipts) == ((), ())
