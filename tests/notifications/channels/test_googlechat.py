"""Google Chat's webhooks, as its reference prints requests and answers."""

import pytest

from notifications.channels import all_channels
from tests.notifications.channels.hooks import (
    EVENTS,
    HUGE,
    HUGE_ONE,
    fault,
    got,
    query,
    refusal,
    says,
)
from tests.notifications.samples import SITE, make_brief, make_message

GOOGLE = all_channels()["googlechat"]


@pytest.fixture
def config(receiver):
    says(receiver, 200, {"name": "spaces/S/messages/M", "thread": {"name": "spaces/S/threads/T"}})
    return {"url": f"{receiver.url}?key=k1&token=t0ken-of-this-hook%3D"}


def widgets(receiver):
    (card,) = got(receiver)["cardsV2"]
    (section,) = card["card"]["sections"]
    return section["widgets"]


def test_an_incident_is_a_card_in_a_thread_of_its_own(receiver, config):
    provider_id = GOOGLE.send(config, EVENTS["triggered"])

    body = got(receiver)
    assert provider_id == "spaces/S/messages/M"
    assert body["thread"] == {"threadKey": "incident-1042"}
    assert body["text"].startswith("[critical] Web Application: Incident #1042: High CPU")
    assert {"decoratedText": {"topLabel": "Status", "text": "open"}} in widgets(receiver)
    buttons = widgets(receiver)[-1]["buttonList"]["buttons"]
    assert [(one["text"], one["onClick"]["openLink"]["url"]) for one in buttons] == [
        ("Acknowledge", f"{SITE}/a/ack1042/"),
        ("Resolve", f"{SITE}/a/res1042/"),
        ("Open", f"{SITE}/incidents/1042/"),
    ]


def test_the_query_of_the_url_is_kept_and_asks_for_a_reply(receiver, config):
    GOOGLE.send(config, EVENTS["resolved"])

    assert query(receiver) == {
        "key": "k1",
        "token": "t0ken-of-this-hook=",
        "messageReplyOption": "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD",
    }


def test_several_incidents_are_a_list_and_no_thread(receiver, config):
    GOOGLE.send(config, EVENTS["several"])

    text = widgets(receiver)[0]["textParagraph"]["text"]
    assert "thread" not in got(receiver)
    assert f'<a href="{SITE}/incidents/30/">Open</a><br>' in text
    assert text.endswith("more")


def test_text_of_users_is_escaped_and_calls_nobody(receiver, config):
    message = make_message(make_brief(title="<users/all> <b>", summary="a < b & c\nd"))

    GOOGLE.send(config, message)

    assert "<users/all>" not in got(receiver)["text"]
    assert {"textParagraph": {"text": "a &lt; b &amp; c<br>d"}} in widgets(receiver)


def test_what_is_late_is_said_first(receiver, config):
    GOOGLE.send(config, EVENTS["late"])

    assert "10 min late" in widgets(receiver)[0]["textParagraph"]["text"]


@pytest.mark.parametrize("message", [*EVENTS.values(), HUGE, HUGE_ONE], ids=[*EVENTS, "huge", "1"])
def test_every_event_is_within_the_limits(receiver, config, message):
    GOOGLE.send(config, message)

    assert len(receiver.requests[-1][2]) <= 32_000
    assert got(receiver)["text"]
    assert widgets(receiver)


@pytest.mark.parametrize(
    ("status", "word", "expected"),
    [
        (400, "INVALID_ARGUMENT", {"permanent"}),
        (401, "UNAUTHENTICATED", {"permanent", "address_fault"}),
        (403, "PERMISSION_DENIED", {"permanent", "address_fault"}),
        (404, "NOT_FOUND", {"permanent", "address_fault"}),
        (429, "RESOURCE_EXHAUSTED", {"provider_fault"}),
        (503, "UNAVAILABLE", {"provider_fault"}),
    ],
)
def test_what_it_refuses_is_told_in_its_words(receiver, config, status, word, expected):
    says(receiver, status, {"error": {"code": status, "message": "No.", "status": word}})

    error = refusal(GOOGLE, config)

    assert fault(error) == expected
    assert word in str(error)
