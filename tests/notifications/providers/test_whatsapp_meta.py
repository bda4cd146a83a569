"""Against a fake that checks what Meta's Cloud API checks."""

import hmac
import json
import re

import pytest

from notifications.errors import CallbackRefused
from notifications.providers.whatsapp import _meta_api
from notifications.receipts import Callback
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
from tests.notifications.servers import hang_up
from tests.tasks import run_tasks

META = provider_of("whatsapp", "meta")
CONFIG = META.example
ADDRESS = {"number": "+4915112345678"}
BUTTONS = {"opsportal_page": 2, "opsportal_text": 0}


def judge(method, path, headers, body):
    if headers.get("Authorization") != f"Bearer {CONFIG['token']}":
        return refused(401, 190, "Invalid OAuth access token")
    if method == "GET":
        number = {
            "verified_name": "Ops",
            "display_phone_number": "+49 1",
            "quality_rating": "GREEN",
        }
        return 200, number
    wanted = json.loads(body)
    assert path.endswith(f"/{CONFIG['phone_id']}/messages")
    assert wanted["messaging_product"] == "whatsapp"
    if not re.fullmatch(r"\d{7,15}", wanted["to"]):
        return refused(400, 131026, "Message undeliverable")
    if wanted["type"] == "template" and (why := refusal_of(wanted["template"])):
        return refused(400, 132012, why)
    return 200, {"messages": [{"id": "wamid.1", "message_status": "accepted"}]}


def refusal_of(template):
    body, *buttons = template["components"]
    (parameter,) = body["parameters"]
    text = parameter["text"]
    if not text.strip() or len(text) > 1000 or re.search(r"[\n\t]| {5}", text):
        return "parameter has newline, tab or 4 consecutive spaces"
    if len(buttons) != BUTTONS[template["name"]] or template["language"] != {"code": "en"}:
        return "number of parameters does not match"
    return ""


def refused(status, code, words):
    return status, {"error": {"message": f"(#{code}) {words}", "code": code}}


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Vendor(receiver, judge)
    monkeypatch.setattr(_meta_api, "API", vendor.url)
    return vendor


@every_event
def test_every_event_is_taken(vendor, message):
    assert META.send(CONFIG, ADDRESS, message).provider_id == "wamid.1"


def test_a_page_has_the_buttons_of_its_template(vendor):
    META.send(CONFIG, ADDRESS, EVENTS["triggered"])

    template = vendor.jsons[0]["template"]
    text = template["components"][0]["parameters"][0]["text"]
    assert text.startswith("CRITICAL #1042 High CPU on web-01 (Web Application)")
    assert text.endswith("https://ops.example/incidents/1042/")
    pressed = [one["parameters"][0]["payload"] for one in template["components"][1:]]
    assert pressed == ["ack 1042", "resolve 1042"]


@pytest.mark.parametrize("name", ["several", "resolved", "verification", "notice"])
def test_everything_else_has_none(vendor, name):
    META.send(CONFIG, ADDRESS, EVENTS[name])

    assert vendor.jsons[0]["template"]["name"] == "opsportal_text"


def test_of_several_it_says_what_to_answer(vendor):
    META.send(CONFIG, ADDRESS, EVENTS["several"])

    text = vendor.jsons[0]["template"]["components"][0]["parameters"][0]["text"]
    assert "Reply ack all." in text


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (400, 131026, {"permanent", "address_fault"}),
        (400, 131030, {"permanent", "address_fault"}),
        (401, 190, {"permanent", "provider_fault"}),
        (400, 132015, {"permanent", "provider_fault"}),
        (403, 131031, {"permanent", "provider_fault"}),
        (400, 130429, {"provider_fault"}),
        (400, 131056, {"provider_fault"}),
        (400, 80007, {"provider_fault"}),
        (500, 131000, {"provider_fault"}),
        (503, 0, {"provider_fault"}),
        (400, 100, {"permanent"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, code, wanted):
    vendor.answers.append(refused(status, code, "No"))

    error = failure(META, CONFIG, ADDRESS)

    assert flags(error) == wanted
    assert str(error) == f"WhatsApp: (#{code}) No ({code or status})"


def test_who_gets_too_many_is_left_alone_for_six_seconds(vendor):
    vendor.answers.append(refused(400, 131056, "Too many"))

    assert failure(META, CONFIG, ADDRESS).retry_after == 6.0


def test_no_answer_leaves_doubt(receiver, vendor):
    receiver.behave = hang_up

    assert flags(failure(META, CONFIG, ADDRESS)) == {"ambiguous", "provider_fault"}


def test_the_test_names_the_number(vendor):
    assert META.check(CONFIG) == "WhatsApp: Ops, +49 1, quality GREEN."


def callback(body, signature):
    return Callback(
        method="POST",
        url="https://ops.example/callbacks/x/",
        headers={"X-Hub-Signature-256": signature},
        query={},
        body=body,
    )


def test_a_signature_is_hmac_sha256_over_the_raw_body():
    body = b'{"object":"whatsapp_business_account","entry":[]}'
    digest = "ee9f05f989bc0aa2693d85691a477f8b8403933cde7959a1c5c6be7ea85e8d3d"

    heard = META.read_callback(CONFIG, callback(body, f"sha256={digest}"))

    assert (heard.receipts, heard.replies) == ((), ())
    for forged in (
        callback(body + b" ", f"sha256={digest}"),
        callback(body, digest),
        callback(body, ""),
    ):
        with pytest.raises(CallbackRefused):
            META.read_callback(CONFIG, forged)


@pytest.fixture
def meta(db, vendor, client):
    """What posts a signed change to the address of the account's callbacks."""
    _, path = make_account("whatsapp", "meta", CONFIG)

    def post(*values):
        entry = [{"changes": [{"value": value, "field": "messages"} for value in values]}]
        body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
        digest = hmac.digest(CONFIG["app_secret"].encode(), body, "sha256").hex()
        headers = {"X-Hub-Signature-256": f"sha256={digest}"}
        answered = client.post(path, body, content_type="application/json", headers=headers)
        run_tasks()
        return answered

    post.path = path
    return post


def test_the_address_is_registered_by_the_verify_token(meta, client):
    query = {"hub.mode": "subscribe", "hub.verify_token": "v3rify", "hub.challenge": "1158201444"}

    assert client.get(meta.path, query).content == b"1158201444"
    assert client.get(meta.path, query | {"hub.verify_token": "x"}).status_code == 403


def test_read_without_delivered_is_delivered_and_a_failure_has_its_code(meta):
    row = make_page("whatsapp", ADDRESS)
    assert row.attempts.get().receipt_due_at is not None

    meta({"statuses": [{"id": "wamid.1", "status": "read", "timestamp": "1"}]})
    meta({"statuses": [{"id": "wamid.1", "status": "failed", "errors": [{"code": 131026}]}]})

    row.refresh_from_db()
    assert (row.state, row.attempts.get().receipt) == ("delivered", "read")


def test_a_failure_that_comes_later_fails_the_page(meta):
    row = make_page("whatsapp", ADDRESS)

    meta({"statuses": [{"id": "wamid.1", "status": "failed", "errors": [{"code": 131026}]}]})

    row.refresh_from_db()
    assert (row.state, row.attempts.get().receipt_code) == ("failed", "131026")


@pytest.mark.parametrize(
    "said",
    [
        {"type": "button", "button": {"payload": "ack {n}", "text": "Acknowledge"}},
        {"type": "interactive", "interactive": {"button_reply": {"id": "ack {n}", "title": "Ack"}}},
        {"type": "text", "text": {"body": "ack {n}"}},
    ],
)
def test_a_press_or_an_answer_acts_once_and_is_answered(meta, vendor, said):
    row = make_page("whatsapp", ADDRESS)
    words = json.dumps({"from": "4915112345678", "id": "wamid.in", **said})
    message = json.loads(words.replace("{n}", str(row.incident_id)))

    for _ in range(2):
        meta({"statuses": []}, {"messages": [message]})

    row.incident.refresh_from_db()
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert row.incident.timeline.filter(verb="acknowledged", via="WhatsApp").count() == 1
    answered = vendor.jsons[-1]
    assert answered["to"] == "4915112345678"
    assert answered["text"] == {"body": f"Yours: #{row.incident_id} acknowledged."}


def test_who_has_a_name_and_no_number_is_nobody_here(meta, vendor):
    row = make_page("whatsapp", ADDRESS)
    sent = len(vendor.paths)

    meta({"messages": [{"user_id": "DE.1502", "id": "w", "type": "text", "text": {"body": "ack"}}]})

    row.incident.refresh_from_db()
    assert (row.incident.status, len(vendor.paths)) == ("open", sent)
