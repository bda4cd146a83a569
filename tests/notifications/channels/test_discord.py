"""Discord's webhooks, as its API documentation prints requests and answers."""

import json

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

DISCORD = all_channels()["discord"]


@pytest.fixture
def config(receiver):
    says(receiver, 200, {"id": "1190", "type": 0})
    return {"url": f"{receiver.url}/t0ken-of-this-hook", "thread_id": ""}


def test_an_incident_is_an_embed_with_buttons_that_open_pages(receiver, config):
    provider_id = DISCORD.send(config, EVENTS["triggered"])

    body = got(receiver)
    (embed,) = body["embeds"]
    assert provider_id == "1190"
    assert embed["title"] == r"\[critical\] Web Application: Incident \#1042: High CPU on web-01"
    assert embed["url"] == f"{SITE}/incidents/1042/"
    assert embed["color"] == 0xC92A2A
    assert {"name": "Status", "value": "open", "inline": True} in embed["fields"]
    (row,) = body["components"]
    assert [(one["label"], one["style"], one["url"]) for one in row["components"]] == [
        ("Acknowledge", 5, f"{SITE}/a/ack1042/"),
        ("Resolve", 5, f"{SITE}/a/res1042/"),
        ("Open", 5, f"{SITE}/incidents/1042/"),
    ]


def test_it_is_asked_to_wait_and_to_show_buttons(receiver, config):
    DISCORD.send(config | {"thread_id": "1190000000000000001"}, EVENTS["triggered"])

    assert query(receiver) == {
        "wait": "true",
        "with_components": "true",
        "thread_id": "1190000000000000001",
    }


def test_nobody_is_mentioned_and_no_markup_of_users_is_obeyed(receiver, config):
    DISCORD.send(config, make_message(make_brief(title="@everyone **x** https://a.example/b_c")))

    body = got(receiver)
    assert body["allowed_mentions"] == {"parse": []}
    assert body["embeds"][0]["title"].endswith(r"@everyone \*\*x\*\* https://a.example/b_c")


@pytest.mark.parametrize(("event", "flags"), [("triggered", None), ("resolved", 4096)])
def test_only_what_is_urgent_makes_a_sound(receiver, config, event, flags):
    DISCORD.send(config, EVENTS[event])

    assert got(receiver).get("flags") == flags


def test_a_portal_without_a_domain_gets_plain_links_which_discord_takes(receiver, config):
    brief = make_brief(url="http://portal:8000/incidents/1042/", actions=())

    DISCORD.send(config, make_message(brief))

    body = got(receiver)
    assert "components" not in body
    assert "url" not in body["embeds"][0]
    assert "Open: http://portal:8000/incidents/1042/" in body["embeds"][0]["description"]


@pytest.mark.parametrize("message", [*EVENTS.values(), HUGE, HUGE_ONE], ids=[*EVENTS, "huge", "1"])
def test_every_event_is_within_the_limits(receiver, config, message):
    DISCORD.send(config, message)

    (embed,) = got(receiver)["embeds"]
    fields = [part for one in embed["fields"] for part in (one["name"], one["value"])]
    assert 0 < len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    texts = [embed["title"], embed["description"], embed.get("footer", {}).get("text", "")]
    assert sum(map(len, [*texts, *fields])) <= 6000
    assert all(fields)


def test_several_are_a_list_that_says_how_many_more_there_are(receiver, config):
    DISCORD.send(config, EVENTS["several"])

    lines = got(receiver)["embeds"][0]["description"].splitlines()
    assert lines[0].endswith(f"[Open]({SITE}/incidents/30/)")
    assert lines[-1] == "and 10 more"


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (404, {"code": 10015, "message": "Unknown Webhook"}, {"permanent", "address_fault"}),
        (401, {"code": 50027, "message": "Invalid Token"}, {"permanent", "address_fault"}),
        (403, {"code": 50013, "message": "Missing Permissions"}, {"permanent", "address_fault"}),
        (400, {"code": 50035, "message": "Invalid Form Body"}, {"permanent"}),
        (413, {"code": 40005, "message": "Request entity too large"}, {"permanent"}),
        (500, {"code": 0, "message": "500: Internal Server Error"}, {"provider_fault"}),
    ],
)
def test_what_it_refuses_is_told_in_its_words(receiver, config, status, code, expected):
    says(receiver, status, code)

    error = refusal(DISCORD, config)

    assert fault(error) == expected
    assert code["message"] in str(error)


def test_when_it_is_busy_it_says_until_when(receiver, config):
    body = {"message": "You are being rate limited.", "retry_after": 64.57, "global": False}
    says(receiver, 429, body, Retry_After="65", X_RateLimit_Scope="shared")

    error = refusal(DISCORD, config)

    assert fault(error) == {"provider_fault"}
    assert error.retry_after == 65


def test_an_answer_that_quotes_the_url_does_not_give_it_away(receiver, config):
    says(receiver, 404, json.dumps({"message": "no /hook/t0ken/t0ken-of-this-hook here"}))

    assert "/…" in str(refusal(DISCORD, config))
