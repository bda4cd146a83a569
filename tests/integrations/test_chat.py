"""Chat as a way in: commands of Slack and Teams, signed, and done as a person of ours."""

import re
import time

import pytest
from django_q.models import OrmQ

from escalation.models import Run
from incidents.actions import respond
from incidents.models import Incident
from integrations.chat import reply
from integrations.models import ChatIdentity, InboundMessage
from integrations.setup import replay, security
from tests.api import make_paging_incident
from tests.factories import (
    make_method,
    make_page,
    make_policy,
    make_service,
    make_team,
    make_user,
)
from tests.integrations.chats import (
    FORM,
    make_chat,
    make_member,
    mention,
    post_slack,
    post_teams,
    said,
    shortcut,
    slack_headers,
    slash,
)
from tests.integrations.posting import log, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack():
    return make_chat("slack")


@pytest.fixture
def teams():
    return make_chat("teams")


@pytest.fixture
def dana():
    return make_member("slack")


def reason():
    return InboundMessage.objects.latest("pk").reason


# Opening.


def test_a_slash_command_opens_an_incident_that_pages_and_says_who_and_how(client, slack, dana):
    answer = post_slack(client, slack, slash("The shop is down"))

    incident = Incident.objects.get()
    line = incident.timeline.get(verb="opened")
    assert (incident.title, incident.service) == ("The shop is down", slack.service)
    assert (line.by, line.via) == (dana, "Slack")
    assert Run.objects.filter(incident=incident).exists()
    assert answer.json()["response_type"] == "in_channel"
    assert f"/incidents/{incident.pk}/|#{incident.pk}>" in said(answer)
    assert log() == ["Mapped (opened)"]


def test_the_chat_is_told_that_people_are_paged_only_where_they_are(client, dana):
    paging = make_chat("slack", service=make_service(make_policy(make_user())))

    answer = post_slack(client, paging, slash("open Disk is filling"))

    assert "is open, and people are being told" in said(answer)


def test_the_integrations_rules_and_routing_hold_for_what_is_opened(client, dana):
    delay = {"delay": {"rule": "minutes", "minutes": 10}}
    slack = make_chat("slack", routing=delay)

    answer = post_slack(client, slack, slash("open Disk is filling"))

    assert Incident.objects.get().suppressed_reason
    assert "people are told later" in said(answer)
    assert log() == ["Mapped (delayed)"]


def test_what_slack_sends_again_is_done_once(client, slack, dana):
    """Slack comes again when it has no answer after three seconds."""
    command = slash("The shop is down")

    first = post_slack(client, slack, command)
    again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    second = post_slack(client, slack, command, headers=again)

    assert Incident.objects.count() == 1
    assert said(first) == said(second)
    assert log() == ["Mapped (opened)"]


def test_what_is_sent_again_after_it_was_resolved_opens_nothing(client, slack, dana):
    command = slash("The shop is down")
    post_slack(client, slack, command)
    respond.resolve(Incident.objects.get().pk)

    post_slack(client, slack, command)

    assert Incident.objects.get().is_resolved


def test_the_same_words_twice_are_two_incidents(client, slack, dana):
    for _ in range(2):
        post_slack(client, slack, slash("The shop is down"))

    assert Incident.objects.count() == 2


def test_a_message_action_opens_one_with_the_message_and_its_link(client, slack, dana):
    text = "Checkout answers 500 &amp; <@U9|kim> sees it\nevery third order"

    answer = post_slack(client, slack, shortcut(text))

    incident = Incident.objects.get()
    assert (answer.status_code, answer.content) == (200, b"")
    assert incident.title == "Checkout answers 500 & kim sees it"
    assert "every third order" in incident.alerts.get().long_text
    assert incident.url == "https://example.slack.com/archives/C1/p1764000000123456"


def test_a_message_action_is_answered_at_the_address_that_slack_gives(client, slack, dana, outside):
    outside.answers_with(200)
    post_slack(client, slack, shortcut())

    task = OrmQ.objects.get().task
    reply.post(*task["args"])

    [body] = outside.bodies
    assert outside.requests[0].url == "https://hooks.slack.com/app/T1/3/y"
    assert body["response_type"] == "in_channel"
    assert "Checkout answers 500" in body["text"]


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com.evil.example/x",
        "http://hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://user@evil.example/hooks.slack.com",
        "nowhere",
    ],
)
def test_an_answer_goes_to_slack_and_nowhere_else(outside, address):
    assert reply.post(address, {"text": "x"}) is False
    assert outside.requests == []


def test_a_global_shortcut_opens_one_that_says_who_did(client, slack, dana):
    post_slack(client, slack, shortcut(kind="shortcut", message=None, channel=None))

    assert Incident.objects.get().title == "Opened in Slack by dana"


def test_a_mention_in_teams_opens_one_and_links_what_it_replies_to(client, teams):
    dana = make_member("teams")

    answer = post_teams(client, teams, mention("open The shop is down &amp; out"))

    incident = Incident.objects.get()
    line = incident.timeline.get(verb="opened")
    assert (incident.title, line.by, line.via) == (
        "The shop is down & out",
        dana,
        "Microsoft Teams",
    )
    assert incident.url == (
        "https://teams.microsoft.com/l/message/19%3Aabc%40thread.tacv2/1763999999999"
        "?tenantId=tenant-1"
    )
    assert answer.json()["type"] == "message"
    assert f"\\#{incident.pk}" in said(answer)


# What is open already.


def test_acknowledging_takes_it_as_the_person_and_is_logged(client, slack, dana):
    incident = make_paging_incident()

    answer = post_slack(client, slack, slash(f"ack #{incident.pk}"))

    incident.refresh_from_db()
    line = incident.timeline.get(verb="acknowledged")
    assert (incident.assignee, line.by, line.via) == (dana, dana, "Slack")
    assert answer.json()["response_type"] == "ephemeral"
    assert f"has #{incident.pk} now" in said(answer)
    assert log() == ["Mapped (acknowledged)"]
    assert InboundMessage.objects.get().incident == incident


def test_acknowledging_what_somebody_has_says_who(client, slack, dana):
    incident = make_paging_incident()
    other = make_member("teams")
    respond.acknowledge(incident.pk, by=other)

    answer = post_slack(client, slack, slash(f"ack {incident.pk}"))

    assert f"has #{incident.pk} already" in said(answer)
    assert Incident.objects.get().assignee == other
    assert log() == ["Mapped Ignored"]


def test_who_comes_too_late_is_told_and_stands_on_the_timeline(client, slack, dana):
    incident = make_paging_incident()
    respond.resolve(incident.pk)

    answer = post_slack(client, slack, slash(f"ack {incident.pk}"))

    assert "already resolved" in said(answer)
    assert incident.timeline.get(verb="rejected_already_resolved").by == dana


def test_resolving_keeps_the_note(client, slack, dana):
    incident = make_paging_incident()

    answer = post_slack(client, slack, slash(f"resolve #{incident.pk} disk replaced"))

    line = incident.timeline.get(verb="resolved")
    assert (line.text, line.by) == ("disk replaced", dana)
    assert said(answer) == f"#{incident.pk} is resolved."
    assert log() == ["Mapped (closed)"]


def test_the_list_has_what_is_not_resolved_and_counts_the_rest(client, slack, dana):
    titles = [make_paging_incident(title=f"Trouble no. {n}").title for n in range(12)]
    respond.resolve(Incident.objects.first().pk)

    text = said(post_slack(client, slack, slash("list")))

    assert titles[10] in text
    assert titles[11] not in text
    assert "and 1 more" in text
    assert log() == ["Mapped Ignored"]


def test_an_empty_list_says_so(client, slack, dana):
    assert said(post_slack(client, slack, slash("list"))) == "Nothing is open."


def test_the_status_of_one_says_how_it_stands(client, slack, dana):
    incident = make_paging_incident(title="Disk full")

    text = said(post_slack(client, slack, slash(f"status {incident.pk}")))

    assert re.search(r"Disk full \(open, critical, Service", text)


@pytest.mark.parametrize("line", ["", "help", "HELP", "?"])
def test_help_names_every_command(client, slack, dana, line):
    text = said(post_slack(client, slack, slash(line)))

    for command in ("open", "list", "status", "ack", "resolve", "help"):
        assert f"`/incident {command}" in text
    assert "<" not in text  # Slack would take it for a link.
    assert not Incident.objects.exists()


@pytest.mark.parametrize("line", ["ack", "resolve the DNS problem", "status page is down"])
def test_a_command_without_a_number_says_how_to_write_it_and_opens_nothing(
    client, slack, dana, line
):
    text = said(post_slack(client, slack, slash(line)))

    assert "#1042" in text
    assert log() == ["Mapped Ignored"]
    assert not Incident.objects.exists()


def test_titles_of_others_can_neither_call_a_channel_nor_forge_a_link(client, slack, dana):
    incident = make_paging_incident(title="<!channel> <https://evil.example|ok> & co")

    text = said(post_slack(client, slack, slash(f"status {incident.pk}")))

    assert "&lt;!channel&gt; &lt;https://evil.example|ok&gt; &amp; co" in text


def test_titles_mean_nothing_in_teams_either(client, teams):
    make_member("teams")
    incident = make_paging_incident(title="[ok](https://evil.example) <b>x</b>")

    text = said(post_teams(client, teams, mention(f"status {incident.pk}")))

    assert r"\[ok\]\(https://evil.example\) &lt;b&gt;x&lt;/b&gt;" in text


# Who it is.


def test_a_stranger_is_refused_with_a_link_and_that_is_kept(client, slack):
    answer = post_slack(client, slack, slash("The shop is down"))

    assert answer.json()["response_type"] == "ephemeral"
    assert "/me/chat/link/" in said(answer)
    assert log() == ["Rejected"]
    assert reason() == "Nobody here is linked to dana (U1) of Slack."
    assert not Incident.objects.exists()


@pytest.mark.parametrize("other", [{"team_id": "T2"}, {"user_id": "U2"}])
def test_the_same_name_in_another_place_is_another_user(client, slack, dana, other):
    post_slack(client, slack, slash("The shop is down", **other))

    assert log() == ["Rejected"]


def test_a_person_who_left_is_a_stranger(client, slack, dana):
    dana.is_active = False
    dana.save()

    assert "/me/chat/link/" in said(post_slack(client, slack, slash("The shop is down")))
    assert log() == ["Rejected"]


def test_who_may_not_open_incidents_in_the_portal_may_not_here(client, slack):
    make_member("slack", "Stakeholder")

    answer = post_slack(client, slack, slash("The shop is down"))

    assert "Messages_Send_GlobalAccess" in said(answer).replace("\\", "")
    assert log() == ["Rejected"]
    assert not Incident.objects.exists()


@pytest.mark.parametrize("command", ["ack", "resolve"])
def test_who_may_not_respond_in_the_portal_may_not_here(client, slack, command):
    make_member("slack", "Stakeholder")
    incident = make_paging_incident()

    post_slack(client, slack, slash(f"{command} {incident.pk}"))

    incident.refresh_from_db()
    assert incident.is_open
    assert log() == ["Rejected"]


@pytest.mark.parametrize(("command", "status"), [("ack", "acknowledged"), ("resolve", "resolved")])
def test_whoever_is_paged_without_a_role_may_act_here_as_well(client, slack, command, status):
    person = make_member("slack", "Group Admin")
    person.groups.clear()
    incident = make_paging_incident()
    make_method(person)
    make_page(incident, person)

    post_slack(client, slack, slash(f"{command} {incident.pk}"))

    incident.refresh_from_db()
    assert incident.status == status


@pytest.mark.parametrize("command", ["ack", "resolve", "status"])
def test_an_incident_that_one_may_not_see_is_not_there(client, slack, command):
    make_member("slack", "Responder")
    incident = make_paging_incident(make_service(team=make_team()), title="Secret")

    answer = post_slack(client, slack, slash(f"{command} {incident.pk}"))

    assert "There is no incident" in said(answer)
    assert "Secret" not in said(answer)
    assert log() == ["Rejected"]


# What proves the chat.


def test_slacks_own_example_of_a_signature_is_what_these_tests_compute():
    """From its documents: Verifying requests from Slack."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015"
        b".47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )

    headers = slack_headers(body, secret="8f742231b10e8888abcd99yyyzzz85a5", at=1531420618)

    assert headers["X-Slack-Signature"] == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


@pytest.mark.parametrize(
    ("signing", "why"),
    [
        ({"secret": "another"}, "does not match"),
        ({"ago": 360}, "6 minutes old"),
        ({"ago": -3600}, "in the future"),
        ({"headers": {"X-Slack-Signature": ""}}, "X-Slack-Signature is missing"),
    ],
)
def test_what_slack_did_not_sign_now_is_401_and_kept_as_rejected(client, slack, dana, signing, why):
    signing = dict(signing)
    if ago := signing.pop("ago", 0):
        signing["at"] = time.time() - ago
    answer = post_slack(client, slack, slash("The shop is down"), **signing)

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert log() == ["Rejected"]
    assert why in reason()


def test_what_teams_did_not_sign_is_401_and_kept_as_rejected(client, teams):
    make_member("teams")

    answer = post_teams(client, teams, mention("The shop is down"), key=b"another")

    assert answer.status_code == 401
    assert log() == ["Rejected"]


def test_a_message_of_teams_that_is_replayed_later_is_401(client, teams):
    make_member("teams")
    old = mention("The shop is down", timestamp="2026-01-02T10:00:00.1234567Z")

    assert post_teams(client, teams, old).status_code == 401
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "path", ["/chat/slack/{0.token}/", "/POSTAlert/{0.token}/x", "/v2/enqueue"]
)
def test_while_no_secret_is_set_nothing_gets_in_by_any_door(client, dana, path):
    integration = security.change_signature(make_chat().pk, "", "")
    body = {"routing_key": integration.token, "trigger": "x", "title": "forged"}

    answer = client.post(path.format(integration), body, content_type="application/json")

    assert answer.status_code == 401
    assert not Incident.objects.exists()


def test_a_header_of_ours_cannot_be_sent_from_outside(client, slack, dana):
    forged = {"X-OpsPortal-Person": str(dana.pk), "X-OpsPortal-Chat": "slack"}

    post_slack(client, slack, slash("x", user_id="U7"), headers=forged)
    post(client, slack, {"trigger": "x", "title": "y"}, headers=forged)

    assert log() == ["Rejected", "Rejected"]


@pytest.mark.parametrize("path", ["slack", "teams"])
def test_an_unknown_token_is_404_and_nothing_is_kept(client, path):
    answer = client.post(f"/chat/{path}/nope/", {}, content_type="application/json")

    assert answer.status_code == 404
    assert not InboundMessage.objects.exists()


def test_the_door_of_the_other_chat_is_404(client, slack):
    answer = client.post(f"/chat/teams/{slack.token}/", {}, content_type="application/json")

    assert answer.status_code == 404


def test_slacks_look_at_the_certificate_is_answered_and_kept_nowhere(client, slack):
    url = f"/chat/slack/{slack.token}/"

    for answer in (
        client.get(url, {"ssl_check": "1", "token": "x"}),
        client.post(url, "ssl_check=1&token=x", content_type=FORM),
    ):
        assert (answer.status_code, answer.content) == (200, b"")
    assert not InboundMessage.objects.exists()


def test_a_challenge_is_answered_to_who_has_the_secret_alone(client, slack):
    body = b'{"type": "url_verification", "challenge": "3eZbrw1aB"}'
    url = f"/chat/slack/{slack.token}/"

    def ask(**signing):
        headers = slack_headers(body, **signing)
        return client.post(url, body, content_type="application/json", headers=headers)

    assert ask().content == b"3eZbrw1aB"
    assert ask(secret="another").status_code == 401


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"payload": "{broken"},
        {"payload": "[]"},
        {"payload": '{"type": "block_actions"}'},
        {"command": "/incident"},
        {"command": "/incident", "team_id": "T1", "user_id": "", "trigger_id": "x"},
        shortcut(callback_id="of somebody else"),
        shortcut(user="U1"),
        shortcut(team=None, user=None),
    ],
)
def test_signed_garbage_is_400_and_kept(client, slack, dana, fields):
    answer = post_slack(client, slack, fields)

    assert answer.status_code == 400
    assert log() == ["Mapping Failed"]


@pytest.mark.parametrize(
    "activity", [[], {}, {"type": "invoke"}, {"type": "message", "from": [], "channelData": "x"}]
)
def test_signed_garbage_of_teams_is_400_and_kept(client, teams, activity):
    assert post_teams(client, teams, activity).status_code == 400
    assert log() == ["Mapping Failed"]


def test_nul_and_half_characters_open_all_the_same(client, slack, dana):
    answer = post_slack(client, slack, shortcut("db\x00 is \ud83d down", response_url=None))

    assert answer.status_code == 200
    assert Incident.objects.get().title.startswith("db")


def test_past_the_rate_it_is_kept_and_the_person_is_told(client, dana):
    slack = make_chat("slack", rate_limit=1)

    answers = [post_slack(client, slack, slash(f"Trouble {n}")) for n in range(2)]

    assert "kept and worked off later" in said(answers[1])
    assert InboundMessage.objects.count() == 2


def test_a_replay_by_an_admin_says_that_it_is_one(client, slack, dana):
    incident = make_paging_incident()
    post_slack(client, slack, slash(f"resolve {incident.pk}"))
    message = InboundMessage.objects.get()

    again = replay.replay(message.pk)

    assert "resolved already" in again.reason
    assert replay.dry_run(message.pk)[0].result == "ignored"


def test_a_person_who_is_deleted_breaks_no_replay(client, slack, dana):
    post_slack(client, slack, slash("The shop is down"))
    message = InboundMessage.objects.get()
    respond.resolve(message.incident_id)
    ChatIdentity.objects.all().delete()
    dana.delete()

    again = replay.replay(message.pk)

    assert again.action == "opened"
    assert again.incident.timeline.get(verb="opened").by is None


@pytest.mark.parametrize("junk", [None, 7, "x", [], ["x"], {}, {"id": ["x"]}, "\ud800\x00"])
@pytest.mark.parametrize("name", ["user", "team", "channel", "message", "trigger_id", "type"])
def test_no_part_of_a_shortcut_of_an_odd_type_breaks_anything(client, slack, dana, name, junk):
    answer = post_slack(client, slack, shortcut(**{name: junk}))

    assert answer.status_code in (200, 400)
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("junk", [None, 7, "x", [], ["x"], {}, {"id": ["x"]}, "<at><at>\x00"])
@pytest.mark.parametrize("name", ["from", "channelData", "conversation", "text", "id"])
def test_no_part_of_a_mention_of_an_odd_type_breaks_anything(client, teams, name, junk):
    make_member("teams")

    answer = post_teams(client, teams, mention("The shop is down") | {name: junk})

    assert answer.status_code in (200, 400)
    assert InboundMessage.objects.count() == 1
