"""What leaves for Slack, and what each of its answers means."""

import json

import pytest

from notifications.channels import all_channels
from notifications.providers import _slack, _slack_blocks, find_provider
from notifications.receipts import Reply
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.fake_slack import (
    SECRET,
    TOKEN,
    FakeSlack,
    buttons_of,
    of_blocks,
)
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import hang_up

SLACK = find_provider("slack", "slack")
CONFIG = {"bot_token": TOKEN, "signing_secret": SECRET, "client_id": "", "client_secret": ""}
BUTTONS = ["acknowledge", "resolve", "assign", "snooze", "escalate", "more"]
SHARED, PERSON = {"to": "C1"}, {"to": "U42"}


@pytest.fixture
def slack(local_network, monkeypatch):
    server = FakeSlack()
    monkeypatch.setattr(_slack, "API", server.api)
    yield server
    server.stop()


def content(message, *, is_interactive=True, is_shared=True):
    return _slack_blocks.content_of(message, is_interactive=is_interactive, is_shared=is_shared)


def said(blocks):
    return json.dumps(blocks, ensure_ascii=False)


def test_an_incident_is_one_message_with_its_facts_and_buttons(slack):
    accepted = SLACK.send(CONFIG, SHARED, make_message(make_brief(paging_round=3)))

    post = slack.posts["C1", "1700000000.000100"]
    assert accepted.provider_id == "C1:1700000000.000100"
    assert post["text"] == "[CRITICAL] #1042 High CPU on web-01 – Web Application – open"
    assert "<https://ops.example/incidents/1042/|[CRITICAL] #1042 High CPU" in said(post["blocks"])
    assert "*Service*\\nWeb Application" in said(post["blocks"])
    assert list(buttons_of(post)) == BUTTONS
    assert buttons_of(post)["acknowledge"]["value"] == "1042.3"
    assert buttons_of(post)["snooze"]["options"][1]["value"] == "1042.3.60"


def test_a_person_gets_it_by_the_member_id_and_its_channel_is_kept(slack):
    accepted = SLACK.send(CONFIG, PERSON, make_message(make_brief()))

    assert accepted.provider_id.startswith("D42:")


@pytest.mark.parametrize(
    ("status", "dot", "buttons"),
    [
        ("open", ":red_circle:", BUTTONS),
        ("acknowledged", ":red_circle:", BUTTONS[1:]),
        ("on_hold", ":red_circle:", BUTTONS),
        ("resolved", ":white_check_mark:", []),
    ],
)
def test_state_and_buttons_are_those_of_the_incident(status, dot, buttons):
    post = content(make_message(make_brief(status=status)))

    assert dot in said(post["blocks"])
    assert list(buttons_of(post)) == buttons


def test_without_a_signing_secret_buttons_lead_to_pages():
    post = content(make_message(make_brief()), is_interactive=False, is_shared=False)

    urls = [one["url"] for one in buttons_of(post).values()]
    assert urls == ["https://ops.example/a/ack1042/", "https://ops.example/a/res1042/"]


def test_by_socket_mode_buttons_act_without_a_signing_secret(slack):
    config = CONFIG | {"signing_secret": "", "app_token": "xapp-1"}

    SLACK.send(config, SHARED, make_message(make_brief()))

    assert list(buttons_of(slack.roots[0])) == BUTTONS


def test_who_may_not_act_sees_no_buttons():
    post = content(make_message(make_brief(actions=())), is_shared=False)

    assert buttons_of(post) == {}


def test_nothing_that_others_wrote_rings_links_or_breaks_the_markup():
    title = "<!here> & <https://evil.example|click> |x> *b*\r\n"
    post = content(make_message(make_brief(title=title, summary="@channel <!everyone>")))

    mrkdwn = [
        b["text"]["text"] for b in post["blocks"] if b.get("text", {}).get("type") == "mrkdwn"
    ]
    assert "<!here>" not in "".join(mrkdwn) + post["text"]
    assert "&lt;!here&gt; &amp; &lt;https://evil.example|click&gt;" in mrkdwn[0]
    assert all(
        b["text"]["verbatim"] for b in post["blocks"] if b.get("text", {}).get("type") == "mrkdwn"
    )
    plain = [b["text"] for b in post["blocks"] if b.get("text", {}).get("type") == "plain_text"]
    assert [one["text"] for one in plain] == ["@channel <!everyone>"]


ODD = "&<>" * 2000
MESSAGES = {
    "triggered": make_message(make_brief()),
    "odd": make_message(make_brief(title=ODD, summary=ODD, service=ODD, assignee=ODD)),
    "storm": make_message(*(make_brief(n, title=ODD, service=ODD) for n in range(1000))),
    "resolved": make_message(make_brief(status="resolved"), event="incident.resolved"),
    "merged": make_message(make_brief(merged_into=7), event="incident.merged"),
    "late": make_message(make_brief(), delayed_by_s=700, may_repeat=True),
    "workflow": make_message(
        make_brief(), event="incident.workflow", own_title="Hi", own_text="Ho"
    ),
    "test": make_message(event="test"),
    "verification": make_message(event="verification", code="123456"),
    "notice": make_message(event="notice", title="A gap", text="Nobody on Sunday", url="https://x"),
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_every_kind_of_message_keeps_to_the_limits(message):
    post = content(message)

    assert of_blocks(post["blocks"]) == ""
    assert 0 < len(post["text"]) <= 4000
    texts = [one["text"]["text"] for one in post["blocks"] if "text" in one]
    assert sum(map(len, texts)) <= 10_000


def test_several_are_a_list_each_with_its_button_and_how_many_more():
    post = content(make_message(*(make_brief(n) for n in range(1, 31))))

    assert len([b for b in post["blocks"] if "accessory" in b]) == 20
    assert "|and 10 more>" in said(post["blocks"])


def test_a_code_and_a_notice_say_it_in_the_line_that_a_phone_shows():
    assert content(MESSAGES["verification"])["text"] == "123456 is your OpsPortal code"
    assert content(MESSAGES["notice"])["text"] == "A gap"


def test_what_follows_is_an_entry_of_the_thread_without_blocks(slack):
    first = SLACK.send(CONFIG, SHARED, make_message(make_brief()))
    done = make_brief(status="acknowledged", assignee="Jane <Doe>")

    accepted = SLACK.send(
        CONFIG,
        SHARED,
        make_message(done, event="incident.acknowledged", in_reply_to=first.provider_id),
    )

    entry = list(slack.posts.values())[1]
    assert accepted.provider_id == ""
    assert entry["thread_ts"] == "1700000000.000100"
    assert entry["text"] == "Acknowledged. It is assigned to Jane &lt;Doe&gt;."
    assert "blocks" not in entry


def test_a_second_page_is_shown_to_all_below_the_first_and_can_be_found_again(slack):
    first = SLACK.send(CONFIG, SHARED, make_message(make_brief()))
    again = make_message(make_brief(), in_reply_to=first.provider_id)

    second = SLACK.send(CONFIG, SHARED, again)

    entry = list(slack.posts.values())[1]
    assert (entry["thread_ts"], entry["reply_broadcast"]) == ("1700000000.000100", True)
    assert second.provider_id == "C1:1700000001.000100:1700000000.000100"
    assert "acknowledge" in buttons_of(entry)


def test_where_the_first_message_was_deleted_it_is_written_anew(slack):
    message = make_message(make_brief(), event="incident.resolved", in_reply_to="C1:1.1")

    accepted = SLACK.send(CONFIG, SHARED, message)

    assert len(slack.roots) == 1
    assert accepted.provider_id.startswith("C1:17")


def test_an_update_rewrites_the_message(slack):
    first = SLACK.send(CONFIG, SHARED, make_message(make_brief()))

    SLACK.update(CONFIG, SHARED, make_message(make_brief(status="resolved")), first.provider_id)

    assert len(slack.posts) == 1
    assert "[RESOLVED] #1042" in slack.posts["C1", "1700000000.000100"]["text"]


def test_blocks_that_slack_does_not_take_become_a_text(slack):
    slack.fail = [(200, {"ok": False, "error": "invalid_blocks"}, {})]

    SLACK.send(CONFIG, SHARED, make_message(make_brief()))

    assert "blocks" not in slack.roots[0]


# error: permanent, provider_fault, address_fault, ambiguous
ERRORS = {
    "channel_not_found": (True, False, True, False),
    "is_archived": (True, False, True, False),
    "user_not_found": (True, False, True, False),
    "restricted_action_read_only_channel": (True, False, True, False),
    "invalid_auth": (True, True, False, False),
    "account_inactive": (True, True, False, False),
    "missing_scope": (True, True, False, False),
    "internal_error": (False, True, False, True),
    "fatal_error": (False, True, False, True),
    "service_unavailable": (False, True, False, False),
    "request_timeout": (False, True, False, False),
    "ratelimited": (False, True, False, False),
    "": (False, True, False, True),
}


def failure(slack, status=200, fields=None, **headers):
    slack.fail = [(status, fields or {}, headers)]
    with pytest.raises(DeliveryError) as found:
        SLACK.send(CONFIG, SHARED, make_message(make_brief()))
    assert TOKEN not in str(found.value)
    return found.value


@pytest.mark.parametrize(("code", "meaning"), ERRORS.items(), ids=ERRORS)
def test_an_answer_with_200_that_means_no_is_classified(slack, code, meaning):
    error = failure(slack, 200, {"ok": False, "error": code})

    assert (error.permanent, error.provider_fault, error.address_fault, error.ambiguous) == meaning
    assert code in str(error)


def test_a_missing_scope_names_it(slack):
    error = failure(slack, 200, {"ok": False, "error": "missing_scope", "needed": "chat:write"})

    assert str(error).endswith("install the app again (chat:write)")


@pytest.mark.parametrize(("said", "wait"), [("30", 30.0), ("", _slack.BUSY_S)])
def test_busy_says_when_to_come_again(slack, said, wait):
    error = failure(slack, 429, {"ok": False, "error": "ratelimited"}, Retry_After=said)

    assert (error.permanent, error.retry_after, error.provider_fault) == (False, wait, True)


def test_no_answer_leaves_doubt_and_a_server_error_passes(slack):
    assert failure(slack, 503).permanent is False
    slack.behave = hang_up

    error = failure(slack)

    assert (error.permanent, error.ambiguous, error.provider_fault) == (False, True, True)


def test_without_a_token_it_says_what_to_press():
    with pytest.raises(DeliveryError, match="press Connect to Slack") as error:
        SLACK.send({**CONFIG, "bot_token": ""}, SHARED, make_message(make_brief()))

    assert (error.value.permanent, error.value.provider_fault) == (True, True)


def test_the_check_names_the_workspace_or_what_is_wrong(slack):
    assert SLACK.check(CONFIG) == "Slack: connected to “Acme” as @opsportal."
    with pytest.raises(DeliveryError, match="invalid_auth, the bot token is wrong"):
        SLACK.check({**CONFIG, "bot_token": "xoxb-other"})


@pytest.mark.parametrize(
    ("config", "is_valid"),
    [
        (CONFIG, True),
        ({"client_id": "1.2", "client_secret": "s"}, True),
        ({"client_id": "1.2"}, False),
        ({"bot_token": "xoxp-1"}, False),
        ({}, False),
    ],
)
def test_a_token_or_what_connects_is_needed(config, is_valid):
    assert SLACK.Form(config).is_valid() is is_valid


@pytest.mark.parametrize("to", ["#ops", "ops", "C", "https://x", "u42abc", "D0123"])
def test_an_address_is_an_id_and_no_name(to):
    form = all_channels()["slack"].Form({"to": to})

    assert "Enter an ID such as" in form.errors["to"][0]


def test_an_answer_goes_to_slack_and_nowhere_else(slack, monkeypatch):
    place = f"{slack.api.removesuffix('/api')}/actions/1"
    reply = Reply(address="U1", text="", event_id="1", respond_to=place)
    SLACK.tell(CONFIG, reply, "Done.")
    assert slack.requests == []
    monkeypatch.setattr(_slack, "RESPONSE_URLS", (place,))

    SLACK.tell(CONFIG, reply, "Done.")

    sent = json.loads(slack.requests[0][2])
    assert sent == {"response_type": "ephemeral", "replace_original": False, "text": "Done."}
