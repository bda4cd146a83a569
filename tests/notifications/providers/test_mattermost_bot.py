"""What is posted to Mattermost by the bot, and what its refusals mean."""

import pytest

from notifications.channels import all_channels
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.fakes import EVENTS, every_event, failure, flags
from tests.notifications.providers.mattermost_api import (
    CHANNEL,
    DIRECT,
    JANE,
    MATTERMOST,
    PERSON,
    ROOM,
    Server,
)
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import hang_up


@pytest.fixture
def server(receiver):
    return Server(receiver)


@every_event
@pytest.mark.parametrize("address", [PERSON, CHANNEL], ids=["person", "channel"])
def test_every_event_is_taken_at_the_first_request(server, message, address):
    accepted = MATTERMOST.send(server.config, address, message)

    assert accepted.provider_id == f"{address['channel_id'] or DIRECT}:{server.last['id']}"
    assert server.paths.count("/api/v4/posts") == 1


def test_its_buttons_act_and_open_leads_to_the_page(server):
    message = make_message(make_brief(paging_round=3, actions=()))
    MATTERMOST.send(server.config, CHANNEL, message)

    found = [(one["name"], one["integration"]["context"]["value"]) for one in server.actions()]
    assert found == [
        ("Acknowledge", "acknowledge 1042:3"),
        ("Resolve", "resolve 1042:3"),
        ("Escalate", "escalate 1042:3"),
        ("Snooze 1 h", "snooze 1042 60:3"),
    ]
    (attachment,) = server.last["props"]["attachments"]
    assert attachment["text"].endswith("[Open](https://ops.example/incidents/1042/)")
    urls = {one["integration"]["url"] for one in server.actions()}
    assert urls == {"https://ops.example/callbacks/x/"}


def test_each_button_has_a_proof_of_its_own_for_each_channel(server):
    for address in (CHANNEL, PERSON):
        MATTERMOST.send(server.config, address, EVENTS["triggered"])

    proofs = [
        action["integration"]["context"]["proof"]
        for post in server.posts.values()
        for action in server.actions(post)
    ]
    assert len(set(proofs)) == len(proofs) == 8
    assert not [proof for proof in proofs if server.config["token"] in proof]


def test_of_several_the_first_five_can_be_acknowledged_each(server):
    MATTERMOST.send(server.config, PERSON, EVENTS["several"])

    names = [one["name"] for one in server.actions()]
    assert names == [f"Acknowledge #{number}" for number in range(30, 25, -1)]


def test_no_word_of_a_title_calls_anybody(server):
    MATTERMOST.send(server.config, CHANNEL, make_message(make_brief(title="@all **x**")))

    assert "@all" not in server.last["message"]
    assert r"\*\*x\*\*" in server.last["message"]


def test_what_follows_stands_in_the_thread_and_is_not_changed_itself(server):
    resolved = make_brief(status="resolved", actions=())
    news = make_message(resolved, event="incident.resolved", in_reply_to=f"{ROOM}:root1")

    accepted = MATTERMOST.send(server.config, CHANNEL, news)

    assert accepted.provider_id == ""
    assert (server.last["root_id"], server.last["message"]) == ("root1", "Resolved.")


@pytest.mark.parametrize(
    ("status", "names"),
    [("acknowledged", ["Resolve", "Escalate", "Snooze 1 h"]), ("resolved", [])],
)
def test_a_post_changes_with_its_incident(server, status, names):
    sent = MATTERMOST.send(server.config, CHANNEL, EVENTS["triggered"]).provider_id

    MATTERMOST.update(server.config, CHANNEL, make_message(make_brief(status=status)), sent)

    assert len(server.posts) == 1
    assert [one["name"] for one in server.actions()] == names
    fields = server.last["props"]["attachments"][0]["fields"]
    assert {"short": True, "title": "Status", "value": status} in fields


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (403, {"permanent", "address_fault"}),
        (404, {"permanent", "address_fault"}),
        (400, {"permanent"}),
        (401, {"permanent", "provider_fault"}),
        (500, {"provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(server, status, wanted):
    server.answers_with(status, {"id": "api.some.error", "message": "No.", "status_code": status})

    found = failure(MATTERMOST, server.config, CHANNEL)

    assert flags(found) == wanted
    assert str(found) == "Mattermost: No. (api.some.error)"


def test_it_waits_as_long_as_the_server_says(server):
    server.answers_with(429, {}, Retry_After="2")

    found = failure(MATTERMOST, server.config, CHANNEL)

    assert (flags(found), found.retry_after) == ({"provider_fault"}, 2)


def test_no_answer_leaves_doubt(receiver, server):
    receiver.behave = hang_up

    found = failure(MATTERMOST, server.config, CHANNEL)

    assert flags(found) == {"ambiguous", "provider_fault"}


def test_a_person_is_found_by_the_address_of_the_login(server):
    assert MATTERMOST.find_address(server.config, "jane@example.com") == {"user_id": JANE}
    with pytest.raises(DeliveryError, match="No"):
        MATTERMOST.find_address(server.config, "bob@example.com")


def test_the_check_names_the_bot(server):
    assert MATTERMOST.check(server.config) == "Mattermost: the bot @ops works."
    server.answers_with(200, {"username": "jane", "is_bot": False})
    assert "who is no bot" in MATTERMOST.check(server.config)


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [(PERSON, True), (CHANNEL, True), ({}, False), ({"user_id": JANE, "channel_id": ROOM}, False)],
)
def test_an_address_is_a_person_or_a_channel(given, is_taken):
    assert all_channels()["mattermost_bot"].Form(given).is_valid() is is_taken
