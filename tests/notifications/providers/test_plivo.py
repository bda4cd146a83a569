"""As documented at https://www.plivo.com/docs/messaging/api/message ."""

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from notifications.errors import CallbackRefused
from notifications.providers import find_provider
from notifications.providers.sms import plivo as module
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

ACCEPTED = {"message": "message(s) queued", "message_uuid": ["m-1"], "api_id": "a-1"}
NONCE = "12345678901234567890"


@pytest.fixture
def plivo(receiver, monkeypatch):
    monkeypatch.setattr(module, "API", f"{base_of(receiver)}/v1")
    return receiver


def test_it_is_sent_as_the_account_and_its_id_and_parts_are_known(plivo):
    answers(plivo, ACCEPTED, 202)

    accepted = send("plivo")

    path, headers, body = plivo.requests[0]
    assert path == "/v1/Account/MA0000000000EXAMPLE0/Message/"
    assert headers["Authorization"] == "Basic TUEwMDAwMDAwMDAwRVhBTVBMRTA6dDBrZW4="
    assert json.loads(body) == {
        "src": "15005550006",
        "dst": "4915112345678",
        "text": TEXT,
        "url": HERE,
        "method": "POST",
    }
    assert (accepted.provider_id, accepted.segments) == ("m-1", 1)


@pytest.mark.parametrize(
    ("status", "words", "flags"),
    [
        (401, "", "permanent provider_fault"),
        (402, "Insufficient credit", "permanent provider_fault"),
        (404, "not found", "permanent provider_fault"),
        (400, "dst parameter is not a valid phone number", "permanent address_fault"),
        (400, "src parameter is not allowed", "permanent provider_fault"),
        (400, "text parameter is missing", "permanent"),
        (503, "", "provider_fault"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(plivo, status, words, flags):
    answers(plivo, {"api_id": "a", "error": words}, status)

    sentence, found, _ = refusal("plivo")

    assert found == flags
    assert sentence.startswith(f"Plivo: {words}")
    assert "t0ken" not in sentence


def test_one_that_is_busy_is_left_alone_as_long_as_it_says(plivo):
    answers(plivo, {"error": "slow down"}, 429, Retry_After="7")

    assert refusal("plivo")[1:] == ("provider_fault", 7.0)


def test_the_account_tells_its_balance(plivo):
    answers(plivo, {"name": "Ops", "cash_credits": "12.5"})
    provider = find_provider("sms", "plivo")

    assert provider.check(provider.example) == "Plivo: the account “Ops” has 12.5 USD."
    assert plivo.requests[0][0] == "/v1/Account/MA0000000000EXAMPLE0/"


def form(**fields):
    return urlencode(fields).encode()


STATUS = {"MessageUUID": "m-1", "Status": "delivered", "To": "4915112345678"}


def signed(fields, url, signature):
    return callback(
        form(**fields), url=url, X_Plivo_Signature_V3=signature, X_Plivo_Signature_V3_Nonce=NONCE
    )


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        # Made by the vendor's own SDK, 4.63.
        (
            "https://ops.example/out/plivo/status/?n=1042",
            "sCd+yw3qdp2jD6+BKgVMYlYpcKJoL3aKsv1OBOGVgXA=",
        ),
        ("https://ops.example/callbacks/t0k/", "Uj+WWmpThIMzc3nvIa4UQr10Oe5MwG4gwl9zU9Ec+eI="),
    ],
)
def test_its_signature_is_that_of_its_sdk(url, signature):
    said = signed(STATUS, url, f"another=,{signature}")

    heard = read("plivo", said, auth_token="plivo-auth-token")

    assert [(one.provider_id, one.state) for one in heard.receipts] == [("m-1", "delivered")]


@pytest.mark.parametrize("change", ["field", "token", "nonce", "unsigned"])
def test_what_is_not_signed_by_it_is_refused(change):
    fields = {**STATUS, "Status": "failed"} if change == "field" else STATUS
    signature = "" if change == "unsigned" else "sCd+yw3qdp2jD6+BKgVMYlYpcKJoL3aKsv1OBOGVgXA="
    said = signed(fields, "https://ops.example/out/plivo/status/?n=1042", signature)
    if change == "nonce":
        said.headers["X-Plivo-Signature-V3-Nonce"] = "1"
    token = "other" if change == "token" else "plivo-auth-token"

    with pytest.raises(CallbackRefused, match="Plivo"):
        read("plivo", said, auth_token=token)


def sign_and_read(**fields):
    said = callback(form(**fields), X_Plivo_Signature_V3_Nonce=NONCE)
    said.headers["X-Plivo-Signature-V3"] = module.signature("t0ken", said, list(fields.items()))
    return read("plivo", said)


def test_a_receipt_has_its_code_and_what_was_paid():
    heard = sign_and_read(
        MessageUUID="m-1", Status="undelivered", ErrorCode="30", TotalAmount="0.01300", Units="2"
    )

    receipt = heard.receipts[0]
    assert (receipt.state, receipt.code) == ("failed", "30")
    assert (receipt.price, receipt.currency) == (Decimal("0.013"), "USD")


def test_queued_says_nothing_new():
    assert sign_and_read(MessageUUID="m-1", Status="queued").receipts == ()


def test_an_answer_comes_from_a_number_with_its_plus():
    heard = sign_and_read(
        MessageUUID="m-9", From="4915112345678", To="15005550006", Text="ack 1042", Type="sms"
    )

    reply = heard.replies[0]
    assert (reply.address, reply.text, reply.event_id) == ("+4915112345678", "ack 1042", "m-9")
