"""Bark, against a server that checks what bark-server checks, and answers as it does."""

import json
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
from tests.notifications.samples import DELIVERY, SITE, make_brief, make_message
from tests.notifications.servers import say_nothing

BARK = all_channels()["bark"]
KEY = "ynJ5Ft4atkMkWeo2PAvFhF"
MAX_APPLE_BYTES = 4096


def say(handler, status, words, **headers):
    reply(handler, status, {"code": status, "message": words, "timestamp": 1769164206}, **headers)


def size_of(fields):
    """As Go writes it, without the key."""
    text = json.dumps({**fields, "device_key": ""}, ensure_ascii=False)
    return len(re.sub("[<>&]", r"\\u003c", text).encode())


def bark(handler):
    """Knows one device, and what Apple takes at most."""
    path, _, fields = asked(handler)
    if not fields.get("device_key"):
        say(handler, 400, "device key is empty")
    elif path != "/push" or fields["device_key"] != KEY:
        say(handler, 400, f"failed to get device token: failed to get [{KEY}] device token")
    elif size_of(fields) > MAX_APPLE_BYTES:
        say(handler, 500, "push failed: APNS push failed: PayloadTooLarge")
    else:
        say(handler, 200, "success")


@pytest.fixture
def server(receiver):
    receiver.behave = bark
    return receiver


def config(server, **fields):
    return {"server": f"http://127.0.0.1:{server.server_port}", "device_key": KEY, **fields}


def test_an_urgent_page_breaks_the_silence_of_the_phone(server):
    provider_id = BARK.send(config(server), make_message(make_brief()))

    (sent,) = said(server)
    assert provider_id == sent["id"] == DELIVERY
    assert (sent["level"], sent["volume"], sent["call"]) == ("critical", 10, "1")
    assert sent["title"] == "[critical] Web Application: Incident #1042: High CPU on web-01"
    assert (sent["url"], sent["group"]) == (f"{SITE}/incidents/1042/", "incident-1042")
    assert f"Acknowledge: {SITE}/a/ack1042/" in sent["body"]


@pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
def test_every_event_is_taken_and_says_what_it_is(server, message):
    BARK.send(config(server), message)

    (sent,) = said(server)
    assert sent["title"] == message.subject
    assert sent["body"].startswith(message.body)


@pytest.mark.parametrize(
    ("event", "level"),
    [
        ("triggered", "critical"),
        ("several", "critical"),
        ("warning", "active"),
        ("verification", "active"),
        ("notice", "active"),
        ("acknowledged", "passive"),
        ("resolved", "passive"),
    ],
)
def test_only_what_asks_or_is_waited_for_lights_the_screen(server, event, level):
    BARK.send(config(server), EVENTS[event])

    assert said(server)[0]["level"] == level


def test_the_longest_message_is_within_what_apple_takes(server):
    BARK.send(config(server), make_message(make_brief(title="ü" * 900, summary="x<\n" * 2000)))

    assert len(said(server)) == 1


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, "device key is empty", {"permanent", "address_fault"}),
        (400, f"failed to get device token: failed to get [{KEY}] device token",
         {"permanent", "address_fault"}),
        (500, "push failed: APNS push failed: Unregistered", {"permanent", "address_fault"}),
        (500, "push failed: APNS push failed: BadDeviceToken", {"permanent", "address_fault"}),
        (500, "push failed: APNS push failed: PayloadTooLarge", {"permanent"}),
        (500, "push failed: APNS push failed: TooManyRequests", {"provider_fault"}),
        (401, "Unauthorized", {"permanent", "provider_fault"}),
        (429, "busy", {"provider_fault"}),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_words_of_the_server_and_judged(receiver, status, words, expected):
    receiver.behave = partial(say, status=status, words=words, Retry_After="7")

    refusal = failure(BARK, config(receiver))

    assert verdict(refusal) == expected
    assert words.partition(f"[{KEY}]")[0] in str(refusal)
    assert KEY not in str(refusal)


def test_no_answer_leaves_doubt(receiver, settings):
    receiver.behave, settings.OUTGOING_TIMEOUT = say_nothing, 0.3

    assert verdict(failure(BARK, config(receiver))) == {"ambiguous", "provider_fault"}
