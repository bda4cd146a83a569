"""What Slack posts when somebody presses a button, and that it was Slack."""

import time
from urllib.parse import parse_qsl

import pytest

from notifications.errors import CallbackRefused
from notifications.providers import _slack, _slack_blocks, find_provider
from notifications.receipts import Callback
from tests.notifications.fake_slack import SECRET, TOKEN, buttons_of, press_of, signed
from tests.notifications.samples import make_brief, make_message

SLACK = find_provider("slack", "slack")
CONFIG = {"bot_token": TOKEN, "signing_secret": SECRET, "client_id": "", "client_secret": ""}


def callback(body, headers):
    url = "https://ops.example/callbacks/t/"
    return Callback(method="POST", url=url, headers=headers, query={}, body=body.encode())


VECTOR = "payload=%7B%22type%22%3A%22block_actions%22%2C%22action%22%3A%22ack%22%7D"
DIGEST = "v0=ef0f9704bc6125a821c2cc74185657e4a26e731fc19b30a689bb2dacb71c4223"


@pytest.mark.parametrize(
    ("age", "is_taken"), [(10, True), (300, True), (301, False), (-301, False)]
)
def test_the_signature_of_the_vendors_own_library_is_taken_for_five_minutes(
    monkeypatch, age, is_taken
):
    monkeypatch.setattr(_slack.time, "time", lambda: 1764430200 + age)
    headers = {"X-Slack-Request-Timestamp": "1764430200", "X-Slack-Signature": DIGEST}

    if is_taken:
        assert SLACK.read_callback(CONFIG, callback(VECTOR, headers)).replies == ()
    else:
        with pytest.raises(CallbackRefused, match="older than five minutes"):
            SLACK.read_callback(CONFIG, callback(VECTOR, headers))


@pytest.mark.parametrize("config", [CONFIG | {"signing_secret": ""}, CONFIG])
def test_what_is_signed_with_another_secret_or_changed_is_refused(config):
    headers = signed(VECTOR, time.time(), secret=config["signing_secret"])

    with pytest.raises(CallbackRefused, match="does not fit the Signing Secret"):
        SLACK.read_callback(config, callback(VECTOR + "x", headers))


@pytest.mark.parametrize(
    ("action", "option", "text"),
    [
        ("acknowledge", 0, "acknowledge 1042"),
        ("resolve", 0, "resolve 1042"),
        ("assign", 0, "assign 1042"),
        ("snooze", 2, "snooze 1042 240"),
        ("escalate", 0, "escalate 1042"),
    ],
)
def test_a_press_is_a_reply_of_who_pressed(action, option, text):
    post = _slack_blocks.content_of(
        make_message(make_brief(paging_round=3)), is_interactive=True, is_shared=True
    )
    body = press_of(buttons_of(post)[action], "U42", option=option)

    (reply,) = SLACK.read_callback(CONFIG, callback(body, signed(body, time.time()))).replies

    assert (reply.address, reply.text, reply.paging_round) == ("U42", text, 3)
    assert reply.event_id == "U42.1700000000.000100.1700000000.1"
    assert reply.respond_to == "https://hooks.slack.com/actions/1"
    assert dict(parse_qsl(body)).keys() == {"payload"}
