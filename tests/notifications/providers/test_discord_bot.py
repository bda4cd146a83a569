"""What is sent to Discord by the bot, and what its refusals mean."""

import pytest

from notifications.channels import all_channels
from notifications.message.message import PagedPerson
from notifications.providers.discord_bot import _api
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.discord_api import (
    CHANNEL,
    CONFIG,
    DISCORD,
    PERSON,
    UNKNOWN_CHANNEL,
    judge,
)
from tests.notifications.providers.fakes import EVENTS, Vendor, every_event, failure, flags
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import hang_up

SENT = "190000000000000007:200000000000000001"


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Vendor(receiver, judge)
    monkeypatch.setattr(_api, "API", vendor.url)
    return vendor


def buttons(vendor):
    rows = vendor.jsons[-1]["components"]
    return [button for row in rows for button in row["components"]]


@every_event
@pytest.mark.parametrize("address", [PERSON, CHANNEL])
@pytest.mark.parametrize("url", ["https://ops.example/callbacks/x/", "http://portal/callbacks/x/"])
def test_every_event_is_taken_at_the_first_request(vendor, message, address, url):
    accepted = DISCORD.send(CONFIG | {"callback_url": url}, address, message)

    assert accepted.provider_id.endswith(":200000000000000001")
    assert [path for path in vendor.paths if path.endswith("/messages")] == vendor.paths[-1:]


def test_a_person_is_written_to_in_a_direct_message(vendor):
    DISCORD.send(CONFIG, PERSON, EVENTS["triggered"])

    assert vendor.jsons[0] == {"recipient_id": PERSON["user_id"]}
    assert vendor.paths[-1] == "/channels/180000000000000001/messages"


def test_its_buttons_act_and_open_leads_to_the_page(vendor):
    DISCORD.send(CONFIG, CHANNEL, make_message(make_brief(paging_round=3, actions=())))

    found = [(one["label"], one.get("custom_id"), one.get("url")) for one in buttons(vendor)]
    assert found == [
        ("Acknowledge", "acknowledge 1042:3", None),
        ("Resolve", "resolve 1042:3", None),
        ("Escalate", "escalate 1042:3", None),
        ("Snooze 1 h", "snooze 1042 60:3", None),
        ("Open", None, "https://ops.example/incidents/1042/"),
    ]


def test_who_may_do_nothing_is_shown_no_button_that_acts(vendor):
    DISCORD.send(CONFIG, PERSON, make_message(make_brief(actions=())))

    assert [one["label"] for one in buttons(vendor)] == ["Open"]


def test_without_https_the_buttons_open_pages(vendor):
    DISCORD.send(CONFIG | {"callback_url": "http://portal/x/"}, PERSON, EVENTS["triggered"])

    assert [one["url"].rsplit("/", 2)[1] for one in buttons(vendor)] == [
        "ack1042",
        "res1042",
        "1042",
    ]


def test_of_several_the_first_five_can_be_acknowledged_each(vendor):
    DISCORD.send(CONFIG, PERSON, EVENTS["several"])

    found = [one.get("custom_id") for one in buttons(vendor)]
    assert found == [*(f"acknowledge {number}:0" for number in range(30, 25, -1)), None]


def test_a_channel_mentions_who_is_paged_and_nobody_else(vendor):
    paged = (PagedPerson("Jane", PERSON["user_id"]), PagedPerson("Bob *@everyone*"))
    DISCORD.send(CONFIG, CHANNEL, make_message(make_brief(), paged=paged))

    sent = vendor.jsons[-1]
    assert sent["content"] == r"<@190000000000000042>, Bob \*@everyone\*"
    assert sent["allowed_mentions"] == {"parse": [], "users": [PERSON["user_id"]]}


def test_the_same_message_twice_appears_once_unless_it_is_sent_again_on_purpose(vendor):
    DISCORD.send(CONFIG, CHANNEL, EVENTS["triggered"])
    DISCORD.send(CONFIG, CHANNEL, make_message(make_brief(), is_redelivery=True))

    first, again = vendor.jsons
    assert (first["nonce"], first["enforce_nonce"]) == ("6f1c2a903f1b4c599d5c0d6a4", True)
    assert "nonce" not in again


@pytest.mark.parametrize(("name", "is_quiet"), [("triggered", False), ("low", True)])
def test_only_what_is_urgent_makes_a_sound(vendor, name, is_quiet):
    DISCORD.send(CONFIG, CHANNEL, EVENTS[name])

    assert bool(vendor.jsons[0]["flags"]) is is_quiet


def test_what_follows_answers_the_first_message_and_is_not_changed_itself(vendor):
    resolved = make_brief(status="resolved", actions=())
    news = make_message(resolved, event="incident.resolved", in_reply_to=SENT)

    accepted = DISCORD.send(CONFIG, CHANNEL, news)

    assert accepted.provider_id == ""
    assert vendor.jsons[0]["content"] == "Resolved."
    reference = {"message_id": "200000000000000001", "fail_if_not_exists": False}
    assert vendor.jsons[0]["message_reference"] == reference


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        ("open", ["Acknowledge", "Resolve", "Escalate", "Snooze 1 h", "Open"]),
        ("acknowledged", ["Resolve", "Escalate", "Snooze 1 h", "Open"]),
        ("resolved", ["Open"]),
    ],
)
def test_a_message_changes_with_its_incident(vendor, status, labels):
    DISCORD.update(CONFIG, CHANNEL, make_message(make_brief(status=status)), SENT)

    assert vendor.paths == ["/channels/190000000000000007/messages/200000000000000001"]
    assert [one["label"] for one in buttons(vendor)] == labels
    facts = vendor.jsons[0]["embeds"][0]["fields"]
    assert {"name": "Status", "value": status, "inline": True} in facts


@pytest.mark.parametrize(
    ("status", "code", "words", "wanted"),
    [
        (404, 10003, "Unknown Channel", {"permanent", "address_fault"}),
        (403, 50007, "Cannot send messages to this user", {"permanent", "address_fault"}),
        (403, 50001, "Missing Access", {"permanent", "address_fault"}),
        (403, 50013, "Missing Permissions", {"permanent", "address_fault"}),
        (400, 50035, "Invalid Form Body", {"permanent"}),
        (401, 0, "401: Unauthorized", {"permanent", "provider_fault"}),
        (500, 0, "500: Internal Server Error", {"provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, code, words, wanted):
    vendor.answers_with(status, {"message": words, "code": code})

    error = failure(DISCORD, CONFIG, CHANNEL)

    assert flags(error) == wanted
    assert str(error) == f"Discord: {words} ({code or status})"


def test_a_channel_that_is_gone_is_a_fault_of_the_address(vendor):
    error = failure(DISCORD, CONFIG, {"channel_id": UNKNOWN_CHANNEL})

    assert flags(error) == {"permanent", "address_fault"}


def test_it_waits_as_long_as_discord_says(vendor):
    words = "You are being rate limited."
    vendor.answers_with(429, {"message": words, "retry_after": 6.457, "global": False})

    error = failure(DISCORD, CONFIG, CHANNEL)

    assert (flags(error), error.retry_after) == ({"provider_fault"}, 6.457)


def test_no_answer_leaves_doubt(receiver, vendor):
    receiver.behave = hang_up

    assert flags(failure(DISCORD, CONFIG, CHANNEL)) == {"ambiguous", "provider_fault"}


def test_the_check_registers_the_buttons_and_shows_how_to_add_the_bot(vendor):
    found = DISCORD.check(CONFIG)

    assert vendor.jsons == [{"interactions_endpoint_url": CONFIG["callback_url"]}]
    assert found.endswith("client_id=190000000000000001&scope=bot&permissions=274877991936")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"application_id": "190000000000000002"}, "the ID"),
        ({"public_key": "0" * 64}, "public key"),
    ],
)
def test_the_check_finds_what_was_mixed_up(vendor, wrong, words):
    with pytest.raises(DeliveryError, match=words):
        DISCORD.check(CONFIG | wrong)


@pytest.mark.parametrize("both", [PERSON | CHANNEL | {"user_id": PERSON["user_id"]}, {}])
def test_an_address_is_a_person_or_a_channel(both):
    assert not all_channels()["discord_bot"].Form(both).is_valid()
    assert all_channels()["discord_bot"].Form(CHANNEL).is_valid()
