"""Against a fake that checks what Zulip checks."""

import base64
import html
import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from tests.notifications.providers.fakes import (
    EVENTS,
    Vendor,
    every_event,
    failure,
    flags,
    make_account,
    make_page,
    provider_of,
)
from tests.notifications.servers import hang_up
from tests.tasks import run_tasks

ZULIP = provider_of("zulip", "zulip")
CHANNEL, PERSON = {"to": "incidents"}, {"to": "alice@example.com"}
LOGIN = base64.b64encode(f"{ZULIP.example['email']}:{ZULIP.example['key']}".encode()).decode()


def judge(method, path, headers, body):
    if headers.get("Authorization") != f"Basic {LOGIN}":
        return refused(401, "UNAUTHORIZED", "Invalid API key")
    if path == "/api/v1/users/me" or method == "PATCH":
        return 200, {"result": "success", "full_name": "Ops bot"}
    form = dict(parse_qsl(body.decode()))
    if len(form["content"]) > 10_000 or len(form.get("topic", "t")) > 60:
        return refused(400, "BAD_REQUEST", "too long")
    if form["type"] == "stream" and (form["to"] != "incidents" or not form["topic"]):
        words = f"Channel '{form['to']}' does not exist"
        return refused(400, "STREAM_DOES_NOT_EXIST", words)
    if form["type"] == "direct" and json.loads(form["to"]) != ["alice@example.com"]:
        return refused(400, "BAD_REQUEST", f"Invalid email '{json.loads(form['to'])[0]}'")
    return 200, {"result": "success", "msg": "", "id": 42}


def refused(status, code, words, **fields):
    return status, {"result": "error", "code": code, "msg": words, **fields}


@pytest.fixture
def vendor(receiver):
    return Vendor(receiver, judge)


@pytest.fixture
def config(vendor):
    return ZULIP.example | {"site": vendor.url}


@every_event
@pytest.mark.parametrize("address", [CHANNEL, PERSON])
def test_every_event_is_taken(config, message, address):
    assert ZULIP.send(config, address, message).provider_id == "42"


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("triggered", "#1042 High CPU on web-01"),
        ("resolved", "#1042 High CPU on web-01"),
        ("several", "Several incidents"),
        ("notice", "OpsPortal"),
    ],
)
def test_all_about_an_incident_is_one_topic(config, vendor, name, topic):
    ZULIP.send(config, CHANNEL, EVENTS[name])

    assert vendor.forms[0]["topic"] == topic


def test_nobody_is_mentioned_and_nothing_marked_by_the_words_of_people(config, vendor):
    ZULIP.send(config, CHANNEL, EVENTS["odd"])

    content = vendor.forms[0]["content"]
    title = content.splitlines()[0]
    assert not set("*@[]<`") & set(title.removeprefix("**").removesuffix("**"))
    assert html.unescape(title).startswith("**[critical] Incident #1042: <b>*x* @all & ")
    assert "[Acknowledge](https://ops.example/a/ack1042/)" in content
    assert content.endswith("[Open #1042](https://ops.example/incidents/1042/)")


def test_a_message_changes_with_its_incident(config, vendor):
    ZULIP.update(config, CHANNEL, EVENTS["resolved"], "42")

    assert vendor.paths == ["/api/v1/messages/42"]
    assert "Status: resolved" in vendor.forms[0]["content"]


def test_what_follows_is_not_changed_itself(config):
    news = replace(EVENTS["resolved"], in_reply_to="42")

    assert ZULIP.send(config, CHANNEL, news).provider_id == ""


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"to": "gone"}, "Zulip: Channel 'gone' does not exist (STREAM_DOES_NOT_EXIST)"),
        ({"to": "bob@example.com"}, "Zulip: Invalid email 'bob@example.com' (BAD_REQUEST)"),
    ],
)
def test_who_is_not_there_is_the_address(config, address, words):
    error = failure(ZULIP, config, address)

    assert (flags(error), str(error)) == ({"permanent", "address_fault"}, words)


def test_a_wrong_key_is_the_provider(config):
    error = failure(ZULIP, config | {"key": "another"}, CHANNEL)

    assert flags(error) == {"permanent", "provider_fault"}


@pytest.mark.parametrize(
    ("answered", "wanted", "wait"),
    [
        ((429, {"code": "RATE_LIMIT_HIT", "retry-after": 28.7}), {"provider_fault"}, 28.7),
        ((503, {}), {"provider_fault"}, None),
        ((400, {"code": "BAD_REQUEST", "msg": "Message too long"}), {"permanent"}, None),
    ],
)
def test_a_refusal_says_whose_fault_it_is(config, vendor, answered, wanted, wait):
    vendor.answers_with(*answered)

    error = failure(ZULIP, config, CHANNEL)

    assert (flags(error), error.retry_after) == (wanted, wait)


def test_no_answer_leaves_doubt(config, receiver):
    receiver.behave = hang_up

    assert flags(failure(ZULIP, config, CHANNEL)) == {"ambiguous", "provider_fault"}


def test_the_test_names_the_bot(config):
    assert ZULIP.check(config) == "Zulip: the bot Ops bot works."


@pytest.fixture
def bot(db, config, client):
    """What posts a message to the address of the account's callbacks."""
    _, path = make_account("zulip", "zulip", config)

    def post(text, *, token=ZULIP.example["hook_token"], sender="alice@example.com", **more):
        message = {"id": 7, "sender_email": sender, "content": text, **more}
        body = {"token": token, "data": text, "trigger": "mention", "message": message}
        answered = client.post(path, body, content_type="application/json")
        run_tasks()
        return answered

    return post


def test_a_mention_acts_as_the_person_and_is_answered(bot):
    row = make_page("zulip", PERSON)

    answer = bot(f"@**Ops bot** ack {row.incident_id}")

    row.incident.refresh_from_db()
    assert (row.incident.status, row.incident.assignee) == ("acknowledged", row.user)
    assert answer.json() == {"content": f"Yours: #{row.incident_id} acknowledged."}


@pytest.mark.parametrize(("kind", "shown"), [("stream", False), ("private", True)])
def test_a_private_incident_is_told_where_nobody_else_reads(bot, kind, shown):
    row = make_page("zulip", PERSON)
    type(row.incident).objects.update(is_private=True)

    said = bot(f"status {row.incident_id}", type=kind).json()["content"]

    assert (row.incident.title in said) is shown


def test_somebody_unknown_is_not_answered(bot):
    row = make_page("zulip", PERSON)

    assert bot(f"ack {row.incident_id}", sender="eve@example.com").json() == {
        "response_not_required": True
    }


@pytest.mark.parametrize("token", ["guessed", ""])
def test_another_token_is_refused(bot, token):
    row = make_page("zulip", PERSON)

    assert bot(f"ack {row.incident_id}", token=token).status_code == 403

    row.incident.refresh_from_db()
    assert row.incident.status == "open"
