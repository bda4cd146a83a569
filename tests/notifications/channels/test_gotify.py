"""Gotify, against a server that checks what Gotify checks, and answers as it does."""

from functools import partial

import pytest

from notifications.channels import all_channels
from tests.notifications.channels.vendors import (
    EVENTS,
    asked,
    failure,
    reply,
    said,
    verdict,
)
from tests.notifications.samples import SITE, make_brief, make_message
from tests.notifications.servers import say_nothing

GOTIFY = all_channels()["gotify"]
TOKEN = "AyMwWrGHpfKNJcV"
UNAUTHORIZED = "you need to provide a valid access token or user credentials to access this api"


def refuse(handler, status, words, **headers):
    fields = {"error": "…", "errorCode": status, "errorDescription": words}
    reply(handler, status, fields, **headers)


def gotify(handler):
    """Takes messages below a path, as behind a proxy, for one application."""
    path, headers, fields = asked(handler)
    if headers.get("X-Gotify-Key") != TOKEN:
        refuse(handler, 401, UNAUTHORIZED)
    elif path != "/push/message" or not fields.get("message"):
        refuse(handler, 400, "Field 'message' is required")
    else:
        reply(handler, 200, {"id": 25, "appid": 5, "date": "2026-01-23T10:30:06Z", **fields})


@pytest.fixture
def server(receiver):
    receiver.behave = gotify
    return receiver


def config(server, **fields):
    url = f"http://127.0.0.1:{server.server_port}/push/"
    return {"server": url, "token": TOKEN, **fields}


def test_an_urgent_page_is_loud_and_opens_the_incident(server):
    provider_id = GOTIFY.send(config(server), make_message(make_brief()))

    (sent,) = said(server)
    assert (provider_id, sent["priority"]) == ("25", 8)
    assert sent["title"] == "[critical] Web Application: Incident #1042: High CPU on web-01"
    assert sent["message"].endswith(f"Acknowledge: {SITE}/a/ack1042/\nResolve: {SITE}/a/res1042/")
    assert sent["extras"] == {
        "client::notification": {"click": {"url": f"{SITE}/incidents/1042/"}},
        "client::display": {"contentType": "text/plain"},
    }


@pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
def test_every_event_is_taken_and_says_what_it_is(server, message):
    GOTIFY.send(config(server), message)

    (sent,) = said(server)
    assert sent["title"] == message.subject
    assert sent["message"].startswith(message.body)
    assert sent["priority"] == (8 if message.urgent else 5)


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, "Field 'message' is required", {"permanent"}),
        (401, UNAUTHORIZED, {"permanent", "provider_fault"}),
        (403, "you are not allowed to access this api", {"permanent", "provider_fault"}),
        (404, "page not found", {"permanent", "address_fault"}),
        (429, "slow down", {"provider_fault"}),
        (502, "bad gateway", {"provider_fault"}),
    ],
)
def test_a_refusal_is_told_in_words_of_the_server_and_judged(receiver, status, words, expected):
    receiver.behave = partial(refuse, status=status, words=words, Retry_After="7")

    refusal = failure(GOTIFY, config(receiver))

    assert (verdict(refusal), refusal.retry_after) == (expected, 7)
    assert words in str(refusal)
    assert TOKEN not in str(refusal)


def test_no_answer_leaves_doubt(receiver, settings):
    receiver.behave, settings.OUTGOING_TIMEOUT = say_nothing, 0.3

    assert verdict(failure(GOTIFY, config(receiver))) == {"ambiguous", "provider_fault"}


def test_a_server_is_one_lane():
    assert GOTIFY.lane(GOTIFY.example) == "Gotify gotify.example"
    assert GOTIFY.lane({**GOTIFY.example, "token": "another"}) == "Gotify gotify.example"
