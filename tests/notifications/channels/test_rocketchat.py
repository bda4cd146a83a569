"""Rocket.Chat's incoming webhooks, as its documentation prints requests and answers."""

import pytest

from notifications.channels import all_channels
from tests.notifications.channels.hooks import EVENTS, HUGE, HUGE_ONE, fault, got, refusal, says
from tests.notifications.samples import SITE, make_brief, make_message

ROCKET = all_channels()["rocketchat"]


@pytest.fixture
def config(receiver):
    says(receiver, 200, {"success": True})
    return {"url": f"{receiver.url}/t0ken-of-this-hook", "channel": ""}


def test_an_incident_is_an_attachment_in_the_colour_of_its_severity(receiver, config):
    ROCKET.send(config | {"channel": "#ops"}, EVENTS["triggered"])

    body = got(receiver)
    (attachment,) = body["attachments"]
    assert body["channel"] == "#ops"
    assert body["text"] == "*[critical] Web Application: Incident #1042: High CPU on web-01*"
    assert attachment["color"] == "#c92a2a"
    assert {"short": True, "title": "Service", "value": "Web Application"} in attachment["fields"]
    assert f"[Open]({SITE}/incidents/1042/)" in attachment["text"]


def test_the_webhook_has_its_own_room_where_none_is_named(receiver, config):
    ROCKET.send(config, EVENTS["triggered"])

    assert "channel" not in got(receiver)


def test_text_of_users_calls_nobody_and_is_no_link(receiver, config):
    ROCKET.send(config, make_message(make_brief(title="@here [x](http://e.example) *y*")))

    text = got(receiver)["text"]
    assert "@here" not in text
    assert "](" not in text
    assert r"\*y\*" in text


@pytest.mark.parametrize("message", [*EVENTS.values(), HUGE, HUGE_ONE], ids=[*EVENTS, "huge", "1"])
def test_every_event_is_within_the_limits(receiver, config, message):
    ROCKET.send(config, message)

    body = got(receiver)
    assert body["text"].strip("*")
    assert len(body["text"]) + len(body["attachments"][0]["text"]) <= 5_000


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, {"permanent"}),
        (400, {"permanent"}),
        (401, {"permanent", "address_fault"}),
        (404, {"permanent", "address_fault"}),
        (429, {"provider_fault"}),
        (503, {"provider_fault"}),
    ],
)
def test_what_it_refuses_is_told_in_its_words(receiver, config, status, expected):
    says(receiver, status, {"success": False, "error": "channel-not-found"})

    error = refusal(ROCKET, config)

    assert fault(error) == expected
    assert "channel-not-found" in str(error)
