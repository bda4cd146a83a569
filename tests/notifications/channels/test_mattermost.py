"""Mattermost's incoming webhooks, as its documentation prints requests and answers."""

import pytest

from notifications.channels import all_channels
from tests.notifications.channels.hooks import EVENTS, HUGE, HUGE_ONE, fault, got, refusal, says
from tests.notifications.samples import SITE, make_brief, make_message

MATTERMOST = all_channels()["mattermost"]


@pytest.fixture
def config(receiver):
    says(receiver, 200, "ok")
    return {
        "url": f"{receiver.url}/t0ken-of-this-hook",
        "channel": "",
        "marks_urgent": False,
    }


def test_an_incident_is_an_attachment_in_the_colour_of_its_severity(receiver, config):
    MATTERMOST.send(config, EVENTS["triggered"])

    body = got(receiver)
    (attachment,) = body["attachments"]
    assert body["text"] == r"**\[critical\] Web Application: Incident \#1042: High CPU on web-01**"
    assert attachment["color"] == "#c92a2a"
    assert {"short": True, "title": "Status", "value": "open"} in attachment["fields"]
    assert attachment["text"].endswith(f"[Open]({SITE}/incidents/1042/)")
    assert f"[Acknowledge]({SITE}/a/ack1042/)" in attachment["text"]


def test_it_goes_to_the_channel_that_is_named(receiver, config):
    MATTERMOST.send(config | {"channel": "#ops"}, EVENTS["triggered"])

    assert got(receiver)["channel"] == "ops"


@pytest.mark.parametrize(
    ("marks", "event", "priority"),
    [
        (True, "triggered", {"priority": "urgent"}),
        (True, "resolved", None),
        (False, "triggered", None),
    ],
)
def test_only_urgent_pages_are_marked_where_that_is_wanted(
    receiver, config, marks, event, priority
):
    MATTERMOST.send(config | {"marks_urgent": marks}, EVENTS[event])

    assert got(receiver).get("priority") == priority


def test_text_of_users_calls_nobody_and_is_no_markup(receiver, config):
    brief = make_brief(title="@channel down", summary="@all ![x](http://e.example/p.png)")

    MATTERMOST.send(config, make_message(brief))

    sent = receiver.requests[-1][2].decode()
    assert "@channel" not in sent
    assert "@all" not in sent
    assert "![x]" not in sent


@pytest.mark.parametrize("message", [*EVENTS.values(), HUGE, HUGE_ONE], ids=[*EVENTS, "huge", "1"])
def test_every_event_is_within_the_limits(receiver, config, message):
    MATTERMOST.send(config, message)

    body = got(receiver)
    assert body["text"].strip("*")
    assert len(body["text"]) + len(body["attachments"][0]["text"]) <= 16_383


def test_several_are_a_list_with_a_link_for_each(receiver, config):
    MATTERMOST.send(config, EVENTS["several"])

    lines = got(receiver)["attachments"][0]["text"].splitlines()
    assert lines[0].startswith("- ")
    assert lines[0].endswith(f"[Open]({SITE}/incidents/30/)")
    assert "and 10 more" in lines


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (400, "web.incoming_webhook.text.app_error", {"permanent"}),
        (403, "web.incoming_webhook.channel_locked.app_error", {"permanent", "address_fault"}),
        (404, "web.incoming_webhook.channel.app_error", {"permanent", "address_fault"}),
        (429, "api.context.rate_limit", {"provider_fault"}),
        (500, "web.incoming_webhook.internal", {"provider_fault"}),
    ],
)
def test_what_it_refuses_is_told_in_its_words(receiver, config, status, name, expected):
    says(receiver, status, {"id": name, "message": "No.", "status_code": status}, Retry_After="3")

    error = refusal(MATTERMOST, config)

    assert fault(error) == expected
    assert name in str(error)
    assert error.retry_after == 3
