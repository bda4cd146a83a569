"""Against a fake that checks what a homeserver checks."""

import json
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from tests.notifications.providers.fakes import (
    EVENTS,
    Vendor,
    every_event,
    failure,
    flags,
    provider_of,
)
from tests.notifications.samples import DELIVERY
from tests.notifications.servers import hang_up

MATRIX = provider_of("matrix", "matrix")
ROOM, ALIAS = "!ops:matrix.example", "#ops:matrix.example"
ADDRESS = {"room": ROOM, "mention": "@alice:matrix.example"}
BASE = "/_matrix/client/v3/"


class Homeserver:
    """One room, and the events in it by the id of their transaction."""

    def __init__(self):
        self.events, self.is_encrypted, self.joined = {}, False, True

    def judge(self, method, path, headers, body):
        if headers.get("Authorization") != f"Bearer {MATRIX.example['token']}":
            return refused(401, "M_UNKNOWN_TOKEN", "Invalid access token")
        what = unquote(urlsplit(path).path).removeprefix(BASE)
        known = {
            "account/whoami": {"user_id": "@ops:matrix.example"},
            f"directory/room/{ALIAS}": {"room_id": ROOM},
            f"join/{ROOM}": {"room_id": ROOM},
        }
        self.joined = self.joined or what.startswith("join/")
        if what in known:
            return 200, known[what]
        return self.judge_room(method, what, body)

    def judge_room(self, method, what, body):
        if not what.startswith(f"rooms/{ROOM}/"):
            return refused(404, "M_NOT_FOUND", "No known room")
        if not self.joined:
            return refused(403, "M_FORBIDDEN", "User not in room")
        if method == "GET":
            is_known = what.endswith("m.room.encryption") and self.is_encrypted
            return (200, {}) if is_known else refused(404, "M_NOT_FOUND", "Event not found")
        return self.keep(what.rpartition("/")[2], json.loads(body), len(body))

    def keep(self, transaction, content, size):
        assert content["msgtype"] in ("m.text", "m.notice")
        assert content["body"]
        assert content["format"] == "org.matrix.custom.html"
        if size > 65_000:
            return refused(413, "M_TOO_LARGE", "event too large")
        self.events.setdefault(transaction, content)
        return 200, {"event_id": f"${transaction}"}


def refused(status, code, words, **fields):
    return status, {"errcode": code, "error": words, **fields}


@pytest.fixture
def server():
    return Homeserver()


@pytest.fixture
def vendor(receiver, server):
    return Vendor(receiver, server.judge)


@pytest.fixture
def config(vendor):
    return MATRIX.example | {"homeserver": vendor.url}


@every_event
def test_every_event_is_taken(config, message):
    assert MATRIX.send(config, ADDRESS, message).provider_id == f"${message.delivery_id}"


def test_the_words_of_people_are_escaped_and_links_are_links(config, server):
    MATRIX.send(config, ADDRESS, EVENTS["odd"])

    content = server.events[DELIVERY]
    assert content["body"].startswith("[critical] Incident #1042: <b>*x*")
    assert content["formatted_body"].startswith("<strong>[critical] Incident #1042: &lt;b&gt;*x*")
    link = '<a href="https://ops.example/incidents/1042/">Open #1042</a>'
    assert link in content["formatted_body"]
    assert '<a href="https://ops.example/a/ack1042/">Acknowledge</a>' in content["formatted_body"]


def test_sent_again_it_is_one_message(config, server):
    for _ in range(2):
        MATRIX.send(config, ADDRESS, EVENTS["triggered"])

    assert list(server.events) == [DELIVERY]


@pytest.mark.parametrize(
    ("name", "kind", "mentioned"),
    [
        ("triggered", "m.text", ["@alice:matrix.example"]),
        ("low", "m.text", []),
        ("resolved", "m.notice", []),
        ("verification", "m.text", []),
    ],
)
def test_what_is_urgent_mentions_and_what_is_over_makes_no_sound(
    config, server, name, kind, mentioned
):
    MATRIX.send(config, ADDRESS, EVENTS[name])

    content = server.events[DELIVERY]
    assert (content["msgtype"], content["m.mentions"]) == (kind, {"user_ids": mentioned})


def test_a_message_changes_with_its_incident_and_what_follows_is_its_thread(config, server):
    MATRIX.send(config, ADDRESS, EVENTS["triggered"])
    news = replace(EVENTS["resolved"], in_reply_to=f"${DELIVERY}", delivery_id="another")

    for _ in range(2):
        MATRIX.update(config, ADDRESS, EVENTS["resolved"], f"${DELIVERY}")
    entry = MATRIX.send(config, ADDRESS, news)

    _first, change, answer = server.events.values()
    assert change["m.relates_to"] == {"rel_type": "m.replace", "event_id": f"${DELIVERY}"}
    assert "Status: resolved" in change["m.new_content"]["body"]
    assert answer["m.relates_to"]["event_id"] == f"${DELIVERY}"
    assert entry.provider_id == ""


def test_who_is_asked_again_is_asked_beside_the_thread(config, server):
    again = replace(EVENTS["triggered"], in_reply_to="$first")

    assert MATRIX.send(config, ADDRESS, again).provider_id == f"${DELIVERY}"

    assert "m.relates_to" not in server.events[DELIVERY]


def test_an_alias_is_looked_up(config, server):
    MATRIX.send(config, ADDRESS | {"room": ALIAS}, EVENTS["triggered"])

    assert list(server.events) == [DELIVERY]


def test_the_bot_joins_a_room_that_it_was_invited_to(config, server):
    server.joined = False

    MATRIX.send(config, ADDRESS, EVENTS["triggered"])

    assert list(server.events) == [DELIVERY]


def test_an_encrypted_room_is_refused_and_gets_nothing(config, server):
    server.is_encrypted = True

    error = failure(MATRIX, config, ADDRESS)

    assert flags(error) == {"permanent", "address_fault"}
    assert "encrypted" in str(error)
    assert server.events == {}


def test_an_unknown_room_is_the_address(config):
    error = failure(MATRIX, config, {"room": "!gone:matrix.example", "mention": ""})

    assert flags(error) == {"permanent", "address_fault"}
    assert str(error) == "Matrix: No known room (M_NOT_FOUND)"


def test_a_token_that_ended_is_the_provider(config):
    assert flags(failure(MATRIX, config | {"token": "another"}, ADDRESS)) == {
        "permanent",
        "provider_fault",
    }


@pytest.mark.parametrize(
    ("answered", "wanted", "wait"),
    [
        ((429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}), {"provider_fault"}, 2.5),
        ((502, {}), {"provider_fault"}, None),
        ((413, {"errcode": "M_TOO_LARGE"}), {"permanent"}, None),
    ],
)
def test_a_refusal_says_whose_fault_it_is(config, vendor, answered, wanted, wait):
    vendor.answers = [(404, {"errcode": "M_NOT_FOUND"}), answered]

    error = failure(MATRIX, config, ADDRESS)

    assert (flags(error), error.retry_after) == (wanted, wait)


def test_no_answer_leaves_doubt(config, receiver):
    receiver.behave = hang_up

    assert flags(failure(MATRIX, config, ADDRESS)) == {"ambiguous", "provider_fault"}


def test_the_test_says_who_is_logged_in(config):
    assert MATRIX.check(config) == "Matrix: @ops:matrix.example is logged in."
