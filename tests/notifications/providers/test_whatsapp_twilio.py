"""Against a fake that checks what Twilio checks of a WhatsApp message."""

import base64
import hmac
import json
from urllib.parse import parse_qsl, urlencode

import pytest

from notifications.providers import _twilio
from tests.notifications.providers.fakes import (
    EVENTS,
    Vendor,
    every_event,
    failure,
    flags,
    make_account,
    make_page,
    provider_of,
)

TWILIO = provider_of("whatsapp", "twilio")
CONFIG = TWILIO.example
ADDRESS = {"number": "+4915112345678"}


def judge(method, path, headers, body):
    form = dict(parse_qsl(body.decode()))
    if not (form["To"].startswith("whatsapp:+") and form["From"] == "whatsapp:+15005550006"):
        return 400, {"code": 21211, "message": "Invalid 'To' Phone Number"}
    variables = json.loads(form["ContentVariables"])
    names = {CONFIG["page_content"]: {"1", "2"}, CONFIG["text_content"]: {"1"}}
    if variables.keys() != names[form["ContentSid"]] or "\n" in variables["1"]:
        return 400, {"code": 63028, "message": "Number of parameters does not match"}
    return 201, {"sid": "SM1"}


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Vendor(receiver, judge)
    monkeypatch.setattr(_twilio, "API", vendor.url)
    return vendor


@every_event
def test_every_event_is_taken(vendor, message):
    assert TWILIO.send(CONFIG, ADDRESS, message).provider_id == "SM1"


def test_a_page_fills_in_the_number_of_its_buttons(vendor):
    TWILIO.send(CONFIG, ADDRESS, EVENTS["triggered"])

    variables = json.loads(vendor.forms[0]["ContentVariables"])
    assert variables["2"] == "1042"
    assert variables["1"].endswith("https://ops.example/incidents/1042/")


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (63003, {"permanent", "address_fault"}),
        (63016, {"permanent", "provider_fault"}),
        (63038, {"provider_fault"}),
        (20003, {"permanent", "provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, code, wanted):
    vendor.answers_with(400, {"code": code, "message": "No"})

    error = failure(TWILIO, CONFIG, ADDRESS)

    assert (flags(error), str(error)) == (wanted, f"Twilio: No ({code})")


@pytest.fixture
def twilio(db, vendor, client, settings):
    """What posts a signed form to the address of the account's callbacks."""
    _, path = make_account("whatsapp", "twilio", CONFIG)

    def post(**form):
        text = f"{settings.SITE_URL}{path}" + "".join(k + form[k] for k in sorted(form))
        digest = hmac.digest(CONFIG["auth_token"].encode(), text.encode(), "sha1")
        signature = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
        form_type = "application/x-www-form-urlencoded"
        return client.post(path, urlencode(form), content_type=form_type, headers=signature)

    return post


def test_a_pressed_button_acts_and_is_answered(twilio):
    row = make_page("whatsapp", ADDRESS)
    said = {"ButtonText": "Acknowledge", "Body": "Acknowledge"}

    answer = twilio(
        MessageSid="SM9",
        From="whatsapp:+4915112345678",
        ButtonPayload=f"ack {row.incident_id}",
        **said,
    )

    row.incident.refresh_from_db()
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert f"Yours: #{row.incident_id} acknowledged." in answer.content.decode()


def test_a_receipt_of_read_counts_as_delivered(twilio):
    row = make_page("whatsapp", ADDRESS)

    twilio(MessageSid="SM1", MessageStatus="read", To="whatsapp:+4915112345678")

    row.refresh_from_db()
    assert row.state == "delivered"
