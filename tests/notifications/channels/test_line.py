"""LINE, against a server that checks what its Messaging API checks, and answers as it does."""

import re
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

LINE = all_channels()["line"]
CONFIG = {"to": "U4af4980629d4f1a9b6c5d3e2f1a0b9c8", "token": "nQ3sTAbCdEf+/x="}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MAX_UNITS = 5000


def line(handler):
    """Knows one friend of one bot, and takes each retry key once."""
    path, headers, fields = asked(handler)
    keys = [old["X-Line-Retry-Key"] for _, old, _ in handler.server.requests[:-1]]
    (message,) = fields["messages"]
    if path != "/v2/bot/message/push" or not UUID.fullmatch(headers["X-Line-Retry-Key"]):
        reply(handler, 400, {"message": "Invalid retry key"})
    elif headers["Authorization"] != f"Bearer {CONFIG['token']}":
        reply(handler, 401, {"message": "Authentication failed. Confirm that the access token …"})
    elif len(message["text"].encode("utf-16-le")) > 2 * MAX_UNITS or message["type"] != "text":
        reply(handler, 400, {"message": "The request body has 1 error(s)"})
    elif headers["X-Line-Retry-Key"] in keys:
        reply(handler, 409, {"message": "The retry key is already accepted"})
    else:
        sent = {"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}]}
        reply(handler, 200, sent, X_Line_Request_Id="123e4567-e89b")


@pytest.fixture
def server(receiver, monkeypatch):
    url = f"http://127.0.0.1:{receiver.server_port}/v2/bot/message/push"
    monkeypatch.setattr(type(LINE), "api_url", url)
    receiver.behave = line
    return receiver


def test_a_page_is_one_text_with_its_links(server):
    provider_id = LINE.send(CONFIG, make_message(make_brief()))

    (sent,) = said(server)
    text = sent["messages"][0]["text"]
    assert (provider_id, sent["to"]) == ("123e4567-e89b", CONFIG["to"])
    assert text.startswith("[critical] Web Application: Incident #1042: High CPU on web-01\n\n")
    assert f"Acknowledge: {SITE}/a/ack1042/" in text


@pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
def test_every_event_is_taken_and_only_reports_are_silent(server, message):
    LINE.send(CONFIG, message)

    (sent,) = said(server)
    is_report = bool(message.incidents) and not message.asks
    assert sent["messages"][0]["text"].startswith(f"{message.subject}\n\n{message.body}")
    assert sent["notificationDisabled"] is is_report


def test_what_may_have_arrived_is_told_once(server):
    LINE.send(CONFIG, EVENTS["triggered"])
    again = LINE.send(CONFIG, make_message(make_brief(), may_repeat=True))

    assert again == ""
    assert server.requests[0][1]["X-Line-Retry-Key"] == server.requests[1][1]["X-Line-Retry-Key"]


def test_another_incident_in_the_same_delivery_is_told_all_the_same(server):
    LINE.send(CONFIG, make_message(make_brief(1)))

    assert LINE.send(CONFIG, make_message(make_brief(1), make_brief(2))) == "123e4567-e89b"


def test_the_longest_message_is_within_the_limit(server):
    LINE.send(CONFIG, make_message(*(make_brief(n, title="火" * 900) for n in range(1, 40))))

    assert f"{SITE}/incidents/39/" in said(server)[0]["messages"][0]["text"]


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, "Failed to send messages", {"permanent", "address_fault"}),
        (400, "The property, 'to', in the request body is invalid (line: -, column: -)",
         {"permanent", "address_fault"}),
        (400, "The request body has 1 error(s)", {"permanent"}),
        (401, "Authentication failed due to the following reason: invalid token",
         {"permanent", "provider_fault"}),
        (403, "Access to this API is not available for your account",
         {"permanent", "provider_fault"}),
        (429, "You have reached your monthly limit.", {"permanent", "provider_fault"}),
        (429, "The API rate limit has been exceeded. Try again later.", {"provider_fault"}),
        (500, "The server is temporarily unable to handle the request", {"provider_fault"}),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_words_of_line_and_judged(server, status, words, expected):
    server.behave = partial(reply, status=status, fields={"message": words}, Retry_After="7")

    refusal = failure(LINE, CONFIG)

    assert (verdict(refusal), refusal.retry_after) == (expected, 7)
    assert words in str(refusal)
    assert CONFIG["token"] not in str(refusal)


def test_no_answer_leaves_doubt(server, settings):
    server.behave, settings.OUTGOING_TIMEOUT = say_nothing, 0.3

    assert verdict(failure(LINE, CONFIG)) == {"ambiguous", "provider_fault"}


def test_each_bot_is_a_lane_of_its_own():
    assert LINE.lane(CONFIG) == LINE.lane({**CONFIG, "to": "C" + "0" * 32})
    assert LINE.lane(CONFIG) != LINE.lane({**CONFIG, "token": "another"})
    assert CONFIG["token"] not in LINE.lane(CONFIG)
