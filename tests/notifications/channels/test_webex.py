"""Webex, against a server that checks what its Messages API checks, and answers as it does."""

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

WEBEX = all_channels()["webex"]
CONFIG = {"to": "jane@example.com", "token": "ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAt"}
SPACE = "Y2lzY29zcGFyazovL3VzL1JPT00vYmJjZWIxYWQtNDNmMS0zYjU4LTkxNDctZjE0YmIwYzRkMTU0"
MAX_BYTES = 7439


def refuse(handler, status, words, **headers):
    errors = [{"description": words}]
    fields = {"message": words, "errors": errors, "trackingId": "ROUTER_1"}
    reply(handler, status, fields, **headers)


def webex(handler):
    """Takes text for one person or one space, never for both."""
    path, headers, fields = asked(handler)
    places = fields.keys() & {"toPersonEmail", "toPersonId", "roomId"}
    if headers["Authorization"] != f"Bearer {CONFIG['token']}":
        refuse(handler, 401, "The request requires a valid access token set in the Authorization")
    elif path != "/v1/messages" or len(places) != 1 or len(fields["text"].encode()) > MAX_BYTES:
        refuse(handler, 400, "Unable to post message: bad request")
    else:
        reply(handler, 200, {"id": "Y2lzY29zcGFyazovL3VzL01FU1NBR0Uv", **fields})


@pytest.fixture
def server(receiver, monkeypatch):
    url = f"http://127.0.0.1:{receiver.server_port}/v1/messages"
    monkeypatch.setattr(type(WEBEX), "api_url", url)
    receiver.behave = webex
    return receiver


def test_a_page_is_one_text_with_its_links(server):
    provider_id = WEBEX.send(CONFIG, make_message(make_brief()))

    (sent,) = said(server)
    assert provider_id == "Y2lzY29zcGFyazovL3VzL01FU1NBR0Uv"
    assert sent["toPersonEmail"] == "jane@example.com"
    assert sent["text"].startswith("[critical] Web Application: Incident #1042: High CPU on web-")
    assert f"Acknowledge: {SITE}/a/ack1042/" in sent["text"]


@pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
def test_every_event_is_taken_and_says_what_it_is(server, message):
    WEBEX.send({**CONFIG, "to": SPACE}, message)

    (sent,) = said(server)
    assert sent["roomId"] == SPACE
    assert sent["text"].startswith(f"{message.subject}\n\n{message.body}")


def test_a_title_mentions_nobody(server):
    WEBEX.send({**CONFIG, "to": SPACE}, make_message(make_brief(title="Disk full <@all>")))

    assert "markdown" not in said(server)[0]


def test_the_longest_message_is_within_the_limit(server):
    WEBEX.send(CONFIG, make_message(*(make_brief(n, title="火" * 900) for n in range(1, 40))))

    assert f"{SITE}/incidents/39/" in said(server)[0]["text"]


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, "Unable to post message: bad request", {"permanent"}),
        (401, "The request requires a valid access token", {"permanent", "provider_fault"}),
        (403, "The bot is not allowed to do this", {"permanent", "provider_fault"}),
        (404, "Could not find a person with the given email", {"permanent", "address_fault"}),
        (429, "Too many requests", {"provider_fault"}),
        (502, "Bad gateway", {"provider_fault"}),
    ],
)
def test_a_refusal_is_told_in_words_of_webex_and_judged(server, status, words, expected):
    server.behave = partial(refuse, status=status, words=words, Retry_After="7")

    refusal = failure(WEBEX, CONFIG)

    assert (verdict(refusal), refusal.retry_after) == (expected, 7)
    assert words in str(refusal)
    assert CONFIG["token"] not in str(refusal)


def test_no_answer_leaves_doubt(server, settings):
    server.behave, settings.OUTGOING_TIMEOUT = say_nothing, 0.3

    assert verdict(failure(WEBEX, CONFIG)) == {"ambiguous", "provider_fault"}


def test_each_bot_is_a_lane_of_its_own():
    assert WEBEX.lane(CONFIG) == WEBEX.lane({**CONFIG, "to": SPACE})
    assert WEBEX.lane(CONFIG) != WEBEX.lane({**CONFIG, "token": "another"})
    assert CONFIG["token"] not in WEBEX.lane(CONFIG)
