"""ntfy, against a server that checks what ntfy checks, and answers as it does."""

from functools import partial
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from notifications.actions import page as notification_page
from notifications.channels import all_channels
from notifications.page import Page
from tests.factories import make_incident, make_method, make_user
from tests.notifications.channels.vendors import (
    EVENTS,
    asked,
    failure,
    reply,
    said,
    verdict,
)
from tests.notifications.notices import deliver
from tests.notifications.samples import SITE, make_brief, make_message
from tests.notifications.servers import say_nothing

NTFY = all_channels()["ntfy"]
TOKEN, TOPIC = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2", "ops-Vb3kQ8xw2LmZr7tY"
MAX_JSON_BYTES, MAX_MESSAGE_BYTES, MAX_ACTIONS = 8192, 4096, 3


def refuse(handler, code, error, **headers):
    fields = {"code": code, "http": code // 100, "error": error, "link": "https://ntfy.sh/docs/"}
    reply(handler, code // 100, fields, **headers)


def ntfy(handler):
    """Takes JSON at the root for one topic, with its token."""
    path, headers, fields = asked(handler)
    size = int(headers["Content-Length"])
    if headers.get("Authorization") != f"Bearer {TOKEN}":
        refuse(handler, 40101, "unauthorized")
    elif size > MAX_JSON_BYTES or len(fields["message"].encode()) > MAX_MESSAGE_BYTES:
        refuse(handler, 41303, "JSON body too large")
    elif path != "/" or len(fields.get("actions", [])) > MAX_ACTIONS:
        refuse(handler, 40018, "invalid request: actions invalid")
    else:
        reply(handler, 200, {"id": "hwQ2YpKdmg", "event": "message", "topic": fields["topic"]})


@pytest.fixture
def server(receiver):
    receiver.behave = ntfy
    return receiver


def config(server, **fields):
    url = f"http://127.0.0.1:{server.server_port}"
    return {"server": url, "topic": TOPIC, "token": TOKEN, **fields}


def press(button):
    """What the app does when a button of this kind is tapped."""
    assert button["action"] == "http"
    path = urlsplit(button["url"]).path
    assert Client(enforce_csrf_checks=True).generic(button["method"], path).status_code == 200


def test_an_urgent_page_is_loud_and_is_acknowledged_by_its_button(server):
    provider_id = NTFY.send(config(server), make_message(make_brief()))

    (sent,) = said(server)
    assert provider_id == "hwQ2YpKdmg"
    assert (sent["topic"], sent["priority"], sent["tags"]) == (TOPIC, 5, ["rotating_light"])
    assert sent["title"] == "[critical] Web Application: Incident #1042: High CPU on web-01"
    assert sent["click"] == f"{SITE}/incidents/1042/"
    assert sent["actions"] == [
        {
            "action": "http",
            "label": "Acknowledge",
            "url": f"{SITE}/a/ack1042/",
            "method": "POST",
            "clear": True,
        },
        {"action": "view", "label": "Resolve", "url": f"{SITE}/a/res1042/"},
        {"action": "view", "label": "Open", "url": f"{SITE}/incidents/1042/"},
    ]


@pytest.mark.django_db
def test_the_button_of_a_page_acknowledges_for_the_person_who_was_told(server):
    ana, incident = make_user("Ana"), make_incident()
    make_method(ana, "ntfy", config(server))
    page = Page(incident.pk, "step", "a test", urgent=True, user_id=ana.pk)
    notification_page.page([page], now=timezone.now())

    deliver(incident.notifications.get(channel="ntfy"))
    press(said(server)[0]["actions"][0])

    incident.refresh_from_db()
    assert (incident.status, incident.assignee) == ("acknowledged", ana)


@pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
def test_every_event_is_taken_and_says_what_it_is(server, message):
    NTFY.send(config(server), message)

    (sent,) = said(server)
    assert sent["title"] == message.subject
    assert sent["message"].startswith(message.body)
    assert sent["priority"] == (5 if message.urgent else 3)


def test_of_several_incidents_two_can_be_acknowledged_at_once(server):
    NTFY.send(config(server), make_message(*(make_brief(number) for number in (1, 2, 3))))

    labels = [button["label"] for button in said(server)[0]["actions"]]
    assert labels == ["Acknowledge #3", "Acknowledge #2", "Open"]


def test_who_may_not_act_can_only_open_it(server):
    NTFY.send(config(server), make_message(make_brief(actions=())))

    assert [button["action"] for button in said(server)[0]["actions"]] == ["view"]


def test_the_longest_message_of_the_longest_letters_is_taken(server):
    long = make_brief(title="😀" * 900, summary='"\n<' * 900)

    NTFY.send(config(server), make_message(long))

    assert f"{SITE}/incidents/1042/" in said(server)[0]["message"]


def test_without_a_token_none_is_sent(receiver):
    NTFY.send(config(receiver, token=""), EVENTS["triggered"])

    assert "Authorization" not in receiver.requests[0][1]


@pytest.mark.parametrize(
    ("code", "error", "expected"),
    [
        (40009, "invalid request: topic invalid", {"permanent", "address_fault"}),
        (40010, "topic name is not allowed", {"permanent", "address_fault"}),
        (40101, "unauthorized", {"permanent", "provider_fault"}),
        (40301, "forbidden", {"permanent", "provider_fault"}),
        (41301, "attachment too large", {"permanent"}),
        (42901, "limit reached: too many requests", {"provider_fault"}),
        (42908, "limit reached: daily message quota reached", {"permanent", "provider_fault"}),
        (50001, "internal server error", {"provider_fault"}),
        (50701, "cannot publish to UnifiedPush topic", {"permanent", "address_fault"}),
    ],
)
def test_a_refusal_is_told_in_words_of_the_server_and_judged(receiver, code, error, expected):
    receiver.behave = partial(refuse, code=code, error=error, Retry_After="7")

    refusal = failure(NTFY, config(receiver))

    assert verdict(refusal) == expected
    assert error in str(refusal)
    assert refusal.retry_after == 7
    assert not [secret for secret in (TOKEN, TOPIC) if secret in str(refusal)]


def test_no_answer_leaves_doubt(receiver, settings):
    receiver.behave, settings.OUTGOING_TIMEOUT = say_nothing, 0.3

    assert verdict(failure(NTFY, config(receiver))) == {"ambiguous", "provider_fault"}


@pytest.mark.parametrize(
    ("topic", "token", "is_taken"),
    [
        ("ops", "", False),
        ("ops", TOKEN, True),
        (TOPIC, "", True),
        ("no spaces in a topic", TOKEN, False),
        ("x" * 65, TOKEN, False),
    ],
)
def test_a_topic_that_can_be_guessed_needs_a_token(topic, token, is_taken):
    form = NTFY.Form({"server": "https://ntfy.sh", "topic": topic, "token": token})

    assert form.is_valid() is is_taken


def test_a_server_is_one_lane_that_names_no_secret():
    own = {**NTFY.example, "server": "https://jane:pa55w0rd@push.example:8443/", "topic": "other"}

    assert NTFY.lane(NTFY.example) == "ntfy ntfy.sh"
    assert NTFY.lane(own) == "ntfy push.example:8443"
    assert NTFY.describe(own) == "push.example:8443/…"
