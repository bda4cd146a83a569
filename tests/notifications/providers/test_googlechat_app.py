"""What is sent to Google Chat by the app, and what its refusals mean."""

import json

import pytest

from notifications.channels import all_channels
from notifications.message.message import PagedPerson
from notifications.providers.googlechat_app import _api, _events
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.fakes import EVENTS, every_event, failure, flags
from tests.notifications.providers.googlechat_api import (
    CHANNEL,
    CONFIG,
    DIRECT,
    EMAIL,
    GOOGLE,
    JANE,
    PERSON,
    ROOM,
    Chat,
)
from tests.notifications.samples import DELIVERY, make_brief, make_message
from tests.notifications.servers import hang_up


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Chat(receiver)
    monkeypatch.setattr(_api, "API", f"{vendor.url}/v1")
    monkeypatch.setattr(_api, "TOKEN_URL", f"{vendor.url}/token")
    monkeypatch.setattr(_events, "KEYS_URL", f"{vendor.url}/keys")
    _api.TOKENS.kept.clear()
    _events.KEYS.forget()
    return vendor


@every_event
@pytest.mark.parametrize("address", [PERSON, CHANNEL], ids=["person", "space"])
@pytest.mark.parametrize("url", ["https://ops.example/callbacks/x/", "http://portal/callbacks/x/"])
def test_every_event_is_taken_at_the_first_request(vendor, message, address, url):
    accepted = GOOGLE.send(CONFIG | {"callback_url": url}, address, message)

    assert accepted.provider_id == f"{ROOM if address is CHANNEL else DIRECT}/messages/M1"
    assert list(vendor.messages) == [accepted.provider_id]


def test_the_same_request_again_is_no_second_message(vendor):
    GOOGLE.send(CONFIG, CHANNEL, EVENTS["triggered"])
    assert f"requestId={DELIVERY}" in vendor.paths[-1]

    GOOGLE.send(CONFIG, CHANNEL, make_message(make_brief(), is_redelivery=True))
    assert "requestId" not in vendor.paths[-1]


def test_its_buttons_act_and_open_leads_to_the_page(vendor):
    GOOGLE.send(CONFIG, CHANNEL, make_message(make_brief(paging_round=3, actions=())))

    *acting, opened = vendor.buttons
    values = [one["onClick"]["action"]["parameters"][0]["value"] for one in acting]
    assert values == [
        "acknowledge 1042:3",
        "resolve 1042:3",
        "escalate 1042:3",
        "snooze 1042 60:3",
    ]
    assert opened["onClick"]["openLink"]["url"] == "https://ops.example/incidents/1042/"


def test_without_https_the_buttons_open_pages(vendor):
    GOOGLE.send(CONFIG | {"callback_url": "http://portal/x/"}, PERSON, EVENTS["triggered"])

    assert ["openLink" in one["onClick"] for one in vendor.buttons] == [True] * 3


def test_a_space_mentions_who_is_paged_and_no_word_of_others_calls_anybody(vendor):
    paged = (PagedPerson("Jane", JANE), PagedPerson("<users/all>"))
    GOOGLE.send(CONFIG, CHANNEL, make_message(make_brief(title="<users/all>"), paged=paged))

    text = vendor.last["text"]
    assert text.endswith("Paged: <users/1042>, <\u200busers/all>")
    assert "<users/all>" not in text


def test_what_follows_stands_in_the_thread_and_is_not_changed_itself(vendor):
    resolved = make_brief(status="resolved", actions=())
    news = make_message(resolved, event="incident.resolved", in_reply_to=f"{ROOM}/messages/M1")

    accepted = GOOGLE.send(CONFIG, CHANNEL, news)

    assert accepted.provider_id == ""
    assert vendor.last == {"text": "Resolved.", "thread": {"threadKey": "incident-1042"}}


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        ("acknowledged", ["Resolve", "Escalate", "Snooze 1 h", "Open"]),
        ("resolved", ["Open"]),
    ],
)
def test_a_card_changes_with_its_incident(vendor, status, labels):
    sent = GOOGLE.send(CONFIG, CHANNEL, EVENTS["triggered"]).provider_id

    GOOGLE.update(CONFIG, CHANNEL, make_message(make_brief(status=status)), sent)

    assert vendor.paths[-1] == f"/v1/{sent}?updateMask=text,cardsV2"
    assert [one["text"] for one in vendor.buttons] == labels


@pytest.mark.parametrize(
    ("status", "name", "wanted"),
    [
        (403, "PERMISSION_DENIED", {"permanent", "address_fault"}),
        (404, "NOT_FOUND", {"permanent", "address_fault"}),
        (400, "INVALID_ARGUMENT", {"permanent"}),
        (401, "UNAUTHENTICATED", {"permanent", "provider_fault"}),
        (429, "RESOURCE_EXHAUSTED", {"provider_fault"}),
        (503, "UNAVAILABLE", {"provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, name, wanted):
    _api.token_of(CONFIG)
    vendor.answers_with(status, {"error": {"code": status, "message": "No.", "status": name}})

    error = failure(GOOGLE, CONFIG, CHANNEL)

    assert flags(error) == wanted
    assert str(error) == f"Google Chat: No. ({name})"


def test_no_answer_leaves_doubt(receiver, vendor):
    _api.token_of(CONFIG)
    receiver.behave = hang_up

    assert flags(failure(GOOGLE, CONFIG, CHANNEL)) == {"ambiguous", "provider_fault"}


def test_a_key_that_cannot_be_read_is_a_fault_of_the_account(vendor):
    error = failure(GOOGLE, CONFIG | GOOGLE.example, CHANNEL)

    assert flags(error) == {"permanent", "provider_fault"}


def test_the_check_asks_for_a_token_and_for_the_keys(vendor):
    assert "the service account works" in GOOGLE.check(CONFIG)
    assert vendor.paths == ["/token", "/keys"]
    vendor.answers_with(400, {"error": "invalid_grant", "error_description": "Account not found"})
    with pytest.raises(DeliveryError, match="Google: Account not found"):
        GOOGLE.check(CONFIG)


@pytest.mark.parametrize("key", ["", "{", "[]", json.dumps({"client_email": EMAIL})])
def test_what_is_no_key_file_is_refused_by_the_form(key):
    assert not GOOGLE.Form(GOOGLE.example | {"service_account_key": key}).is_valid()


@pytest.mark.parametrize(
    ("to", "is_taken"), [(JANE, True), (ROOM, True), ("Jane", False), ("users/all", False)]
)
def test_an_address_is_a_person_or_a_space(to, is_taken):
    assert all_channels()["googlechat_app"].Form({"to": to}).is_valid() is is_taken
