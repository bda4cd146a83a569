"""As documented at https://developer.vonage.com/en/voice/voice-api/overview ."""

import json
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone

from notifications.actions import record
from notifications.errors import CallbackRefused
from notifications.models import ContactMethod, Notification, Provider
from notifications.providers import _vonage_app, find_provider
from notifications.receipts import Accepted
from tests.factories import make_user
from tests.notifications.accounts import NUMBER, make_page
from tests.notifications.providers.calls import HERE, answers, base_of, callback, refusal
from tests.notifications.providers.calls import read as read_callback
from tests.notifications.providers.calls import send as send_by
from tests.notifications.providers.vonage_app import (
    APPLICATION,
    claims_of,
    config_of,
    key_pair,
    webhook,
)
from tests.notifications.samples import make_brief, make_message

VONAGE = find_provider("voice", "vonage")
REACHED = [("U1", "delivered")]


@pytest.fixture
def vonage(receiver, monkeypatch):
    monkeypatch.setattr(_vonage_app, "API", base_of(receiver))
    answers(receiver, {"uuid": "U1", "status": "started", "conversation_uuid": "CON-1"}, 201)
    return receiver


def send(vonage, *briefs, **fields):
    """The body of the request that calls."""
    message = make_message(*(briefs or [make_brief()]), **fields)
    accepted = send_by("vonage", message, channel="voice", **config_of())
    assert accepted.provider_id == "U1"
    return json.loads(vonage.requests[-1][2])


def press(ncco, digits, **claims):
    """Vonage's webhook after a key, at the address of the menu before."""
    (url,) = ncco[-1]["eventUrl"]
    fields = {
        "from": "447700900000",
        "to": NUMBER.lstrip("+"),
        "uuid": "U1",
        "conversation_uuid": "CON-1",
        "dtmf": {"digits": digits, "timed_out": not digits},
    }
    return webhook(fields, url, dict(parse_qsl(urlsplit(url).query)), **claims)


def read(said):
    return read_callback("vonage", said, channel="voice", callback_url=HERE, **config_of())


def walk(ncco, *keys):
    heard = None
    for key in keys:
        heard = read(press(ncco, key))
        if heard.body:
            assert heard.content_type == "application/json"
            ncco = json.loads(heard.body)
    return heard, ncco


def states(heard):
    return [(one.provider_id, one.state) for one in heard.receipts]


def test_a_call_reads_the_page_and_waits_for_a_key(vonage):
    body = send(vonage)

    assert vonage.requests[0][0] == "/v1/calls"
    assert body["to"] == [{"type": "phone", "number": "4915112345678"}]
    assert body["from"] == {"type": "phone", "number": "447700900000"}
    assert (body["event_url"], body["event_method"]) == ([HERE], "POST")
    assert (body["ringing_timer"], body["length_timer"]) == (25, 180)
    talk, keys = body["ncco"]
    assert talk["text"] == (
        "OpsPortal. Critical. Incident 1 0 4 2. Web Application: High CPU on web 01. "
        "Press 7 to acknowledge, 8 to take it, 6 to escalate, 9 to close, 1 to hear this again."
    )
    assert talk["bargeIn"] is True
    assert (keys["action"], keys["type"]) == ("input", ["dtmf"])
    assert (keys["dtmf"], keys["eventMethod"]) == ({"maxDigits": 1, "timeOut": 8}, "POST")
    assert keys["eventUrl"][0].startswith(f"{HERE}keys/?menu=")


def test_a_request_is_signed_with_the_key_of_the_application(vonage):
    send(vonage)

    claims = claims_of(vonage.requests[0])
    assert claims["application_id"] == APPLICATION
    assert claims["exp"] - claims["iat"] == 300
    assert claims["jti"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (["7"], "acknowledge all"),
        (["8"], "assign all"),
        (["6"], "escalate all"),
        (["9", "9"], "resolve all"),
        (["1", "7"], "acknowledge all"),
        (["", "5", "8"], "assign all"),
    ],
)
def test_a_key_is_a_reply_to_this_call(vonage, keys, text):
    heard, _ = walk(send(vonage)["ncco"], *keys)

    (reply,) = heard.replies
    assert (reply.address, reply.text, reply.in_reply_to) == (NUMBER, text, "U1")
    assert states(heard) == REACHED


def test_after_three_keys_that_are_none_it_hangs_up_and_has_reached_nobody(vonage):
    ncco = send(vonage)["ncco"]
    for key in ("", "5"):
        heard, ncco = walk(ncco, key)
        assert states(heard) == []

    heard, ncco = walk(ncco, "")

    assert [(one["action"], one["text"]) for one in ncco] == [("talk", "Goodbye.")]
    assert states(heard) == []


def test_0_leads_to_the_bridge_with_its_code(vonage):
    bridge = "+49 30 1234, code 77 · https://meet.example/x"

    heard, ncco = walk(send(vonage, make_brief(bridge=bridge))["ncco"], "0")

    endpoint = {"type": "phone", "number": "49301234", "dtmfAnswer": "pppp77#"}
    assert ncco == [{"action": "connect", "from": "447700900000", "endpoint": [endpoint]}]
    assert states(heard) == REACHED


def test_a_code_is_read_without_a_menu(vonage):
    (talk,) = send(vonage, event="verification", code="123456")["ncco"]

    assert talk["text"].count("1, 2, 3, 4, 5, 6") == 4


@pytest.mark.parametrize(
    ("status", "code"),
    [("completed", "no key was pressed"), ("busy", "busy"), ("timeout", "timeout")],
)
def test_a_call_that_ends_without_a_key_has_reached_nobody_and_costs(status, code):
    heard = read(webhook({"uuid": "U1", "status": status, "price": "0.01200000"}, HERE))

    (receipt,) = heard.receipts
    assert (receipt.state, receipt.code) == ("failed", code)
    assert (receipt.price, receipt.currency) == (Decimal("0.012"), "EUR")


@pytest.mark.parametrize("status", ["started", "ringing", "answered", "machine", ""])
def test_a_call_that_goes_on_says_nothing_yet(status):
    assert read(webhook({"uuid": "U1", "status": status}, HERE)).receipts == ()


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"secret": "another-secret-that-is-long-enough"}, "does not fit"),
        ({"payload_hash": "0" * 64}, "another body"),
        ({"payload_hash": None}, "does not fit"),
        ({"application_id": "bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"}, "Another application"),
        ({"iat": 1764430200}, "too old"),
    ],
)
def test_a_key_that_vonage_has_not_signed_is_refused(vonage, claims, words):
    ncco = send(vonage)["ncco"]

    with pytest.raises(CallbackRefused, match=words):
        read(press(ncco, "7", **claims))


def test_a_webhook_without_a_token_is_refused():
    with pytest.raises(CallbackRefused, match="does not fit"):
        read(callback({"uuid": "U1", "status": "completed"}))


def test_a_menu_that_was_not_made_here_is_refused(vonage):
    (url,) = send(vonage)["ncco"][-1]["eventUrl"]
    said = webhook({"uuid": "U1", "dtmf": {"digits": "7"}}, url, {"menu": "forged"})

    with pytest.raises(CallbackRefused, match="not made here"):
        read(said)


@pytest.mark.parametrize(
    ("status", "body", "sentence", "flags"),
    [
        (401, {"title": "Unauthorized"}, "Unauthorized (401)", "permanent provider_fault"),
        (
            400,
            {"error_title": "Bad Request", "invalid_parameters": {"to[0].number": "no"}},
            "Bad Request to[0].number (400)",
            "permanent address_fault",
        ),
        (
            400,
            {"error_title": "Bad Request", "invalid_parameters": {"from": "no"}},
            "Bad Request from (400)",
            "permanent",
        ),
        (429, {"title": "Too Many Requests"}, "Too Many Requests (429)", "provider_fault"),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(vonage, status, body, sentence, flags):
    answers(vonage, body, status)

    found = refusal("vonage", channel="voice", **config_of())
    assert found[:2] == (f"Vonage: {sentence}", flags)


def test_a_key_that_cannot_be_read_is_a_fault_of_the_account(vonage):
    sentence, flags, _ = refusal("vonage", channel="voice")

    assert "the private key cannot be read" in sentence
    assert flags == "permanent provider_fault"
    assert vonage.requests == []


def test_the_form_takes_a_key_whose_lines_an_input_has_joined():
    pem, _ = key_pair()
    form = VONAGE.Form(config_of(private_key=pem.replace("\n", " ")))

    assert form.is_valid(), form.errors
    assert form.cleaned_data["private_key"] == pem


@pytest.mark.parametrize("key", ["hello", "-----BEGIN PRIVATE KEY-----\nMIIB"])
def test_the_form_says_what_is_wrong_with_a_key(key):
    form = VONAGE.Form(config_of(private_key=key))

    assert "Paste the whole of private.key" in form.errors["private_key"][0]


def test_the_check_asks_for_calls_and_makes_none(vonage):
    answers(vonage, {"count": 0})

    assert VONAGE.check(config_of()) == "Vonage: the application may make calls."
    assert vonage.requests[0][0] == "/v1/calls?page_size=1"


@pytest.mark.django_db
def test_a_pressed_key_acknowledges_and_is_confirmed_aloud(client, settings, vonage):
    settings.SITE_URL = "https://ops.example"
    account = Provider.objects.create(
        channel="voice", kind="vonage", name="Calls", config=config_of()
    )
    method = ContactMethod.objects.create(
        user=make_user(email=False),
        channel="voice",
        config={"number": NUMBER},
        verified_at=timezone.now(),
    )
    row = make_page(method)
    Notification.objects.filter(pk=row.pk).update(channel="voice")
    record.claim([row], "voice: Calls", provider=str(account.pk))
    record.record_success([row], Accepted(provider_id="U1"))
    here = f"https://ops.example/callbacks/{account.token}/"
    message = make_message(make_brief())
    VONAGE.send({**config_of(), "callback_url": here}, {"number": NUMBER}, message)
    said = press(json.loads(vonage.requests[-1][2])["ncco"], "7")

    answer = client.post(
        said.url.removeprefix("https://ops.example"),
        said.body,
        content_type="application/json",
        headers=said.headers,
    )

    spoken = " ".join(str(row.incident_id))
    assert [one["text"] for one in answer.json()] == [f"Yours: {spoken} acknowledged."]
    row.refresh_from_db()
    assert (row.state, row.incident.status) == ("delivered", "acknowledged")
