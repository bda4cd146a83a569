"""Against a fake that checks what OneSignal checks."""

import json
import uuid

import pytest

from notifications.models import ContactMethod
from notifications.providers.onesignal import onesignal
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

ONESIGNAL = provider_of("onesignal", "onesignal")
CONFIG = ONESIGNAL.example
PERSON = "9f1c2b7e-5a44-4c53-9a0e-2f7d6f0c1a11"
ADDRESS = {"external_id": PERSON}
SENT = "1f2d3c4b-0000-4000-8000-00000000abcd"
NOBODY = {"id": "", "errors": ["All included players are not subscribed"]}
UNKNOWN = {"invalid_aliases": {"external_id": [PERSON]}}


def judge(method, path, headers, body):
    if headers["Authorization"] != f"Key {CONFIG['api_key']}":
        return 403, {"errors": ["Access denied. Please include a valid API key."]}
    if method == "GET":
        return 200, {"total_count": 7, "offset": 0, "limit": 1, "notifications": [{}]}
    return judge_message(json.loads(body))


def judge_message(fields):
    if fields["app_id"] != CONFIG["app_id"]:
        return 400, {"errors": ["app_id not found. You may be missing a Content-Type header"]}
    if fields["target_channel"] != "push" or not fields["contents"]["en"].strip():
        return 400, {"errors": ["Message Notifications must have English language content"]}
    uuid.UUID(fields["idempotency_key"])
    assert len(fields.get("collapse_id", "")) <= 64
    if fields["include_aliases"]["external_id"] != [PERSON]:
        return 200, NOBODY
    return 200, {"id": SENT, "external_id": None}


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Vendor(receiver, judge)
    monkeypatch.setattr(onesignal, "API", vendor.url)
    return vendor


@every_event
def test_every_event_is_taken_and_fits_into_a_push(vendor, message):
    assert ONESIGNAL.send(CONFIG, ADDRESS, message).provider_id == SENT
    shown = ("headings", "contents", "web_url", "web_buttons")
    sizes = [len(json.dumps(vendor.jsons[0].get(name, "")).encode()) for name in shown]
    assert sum(sizes) < 4096


@pytest.mark.parametrize(
    ("name", "loudness"),
    [
        ("triggered", (10, "time_sensitive")),
        ("low", (5, "active")),
        ("resolved", (5, "passive")),
        ("verification", (10, "active")),
    ],
)
def test_only_what_is_urgent_passes_a_focus(vendor, name, loudness):
    ONESIGNAL.send(CONFIG, ADDRESS, EVENTS[name])

    [fields] = vendor.jsons
    assert (fields["priority"], fields["ios_interruption_level"]) == loudness


def test_what_is_known_of_an_incident_is_replaced_and_buttons_lead_to_its_pages(vendor):
    ONESIGNAL.send(CONFIG, ADDRESS, EVENTS["triggered"])

    [fields] = vendor.jsons
    assert fields["collapse_id"] == "i1042"
    assert fields["headings"]["en"].startswith("[critical] Web Application: Incident #1042")
    assert fields["web_url"] == fields["app_url"] == "https://ops.example/incidents/1042/"
    assert [(one["text"], one["url"]) for one in fields["web_buttons"]] == [
        ("Acknowledge", "https://ops.example/a/ack1042/"),
        ("Resolve", "https://ops.example/a/res1042/"),
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (NOBODY, "All included players are not subscribed"),
        ({"id": "", "recipients": 0}, "no reason given"),
        ({"id": SENT, "errors": UNKNOWN}, "invalid_aliases"),
    ],
)
def test_a_success_by_which_nobody_is_told_is_a_fault_of_the_address(vendor, said, words):
    vendor.answers_with(200, said)

    error = failure(ONESIGNAL, CONFIG, ADDRESS)

    assert flags(error) == {"permanent", "address_fault"}
    assert str(error).startswith("OneSignal: nobody was told: ")
    assert words in str(error)


def test_an_alias_of_somebody_else_in_the_errors_is_none_of_ours(vendor):
    vendor.answers_with(200, {"id": SENT, "errors": {"invalid_aliases": {"external_id": ["x"]}}})

    assert ONESIGNAL.send(CONFIG, ADDRESS, EVENTS["triggered"]).provider_id == SENT


@pytest.mark.parametrize(
    "config",
    [CONFIG | {"api_key": "os_v2_app_other"}, CONFIG | {"app_id": str(uuid.uuid4())}],
    ids=["key", "app"],
)
def test_another_key_or_app_is_a_fault_of_the_account(vendor, config):
    assert flags(failure(ONESIGNAL, config, ADDRESS)) == {"permanent", "provider_fault"}


@pytest.mark.parametrize(
    ("status", "headers", "wanted", "wait"),
    [
        (429, {"Retry_After": "30"}, {"provider_fault"}, 30),
        (503, {}, {"provider_fault"}, None),
        (400, {}, {"permanent"}, None),
    ],
)
def test_a_refusal_says_whether_it_passes(vendor, status, headers, wanted, wait):
    vendor.answers_with(status, {"errors": ["API rate limit exceeded"]}, **headers)

    error = failure(ONESIGNAL, CONFIG, ADDRESS)

    assert (flags(error), error.retry_after) == (wanted, wait)
    assert str(error) == f"OneSignal: API rate limit exceeded ({status})"


def test_no_answer_leaves_doubt(receiver, vendor):
    receiver.behave = hang_up

    assert flags(failure(ONESIGNAL, CONFIG, ADDRESS)) == {"ambiguous", "provider_fault"}


def test_the_test_asks_with_the_key_and_sends_nothing(vendor):
    said = ONESIGNAL.check(CONFIG)

    assert said == "OneSignal: the key is that of the app, by which 7 messages were sent."
    assert vendor.paths == [f"/notifications?app_id={CONFIG['app_id']}&limit=1"]
    assert vendor.jsons == []


def test_a_page_that_reached_no_device_is_not_told_as_sent(db, vendor):
    make_account("onesignal", "onesignal", CONFIG)
    row = make_page("onesignal", ADDRESS)
    assert row.attempts.get().provider_id == SENT
    vendor.answers_with(200, NOBODY)

    with pytest.raises(AssertionError, match="nobody was told"):
        make_page("onesignal", ADDRESS)

    assert ContactMethod.objects.filter(channel="onesignal").count() == 2


@pytest.mark.parametrize("app_id", ["5eb5a37e", "' OR 1=1"])
def test_an_app_id_that_is_no_uuid_is_refused(app_id):
    assert "app_id" in ONESIGNAL.Form(CONFIG | {"app_id": app_id}).errors
