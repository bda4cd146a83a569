"""The action on messages in Microsoft Teams: proved by a token, done as a person of ours."""

import json

import pytest

from escalation.models import Run
from incidents.actions import respond
from incidents.models import Incident
from integrations.models import InboundMessage
from integrations.signatures.bot_framework_keys import KEYS
from tests.integrations.bots import LINK, action, card_of, make_app, post_action, publish, said_in
from tests.integrations.chats import make_member, mention, post_teams
from tests.integrations.posting import log

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_fetched_yet():
    KEYS.forget()


@pytest.fixture
def microsoft(outside):
    """Its keys, of which it is asked once."""
    publish(outside)
    return outside


@pytest.fixture
def app():
    return make_app()


@pytest.fixture
def dana():
    return make_member("teams")


def reason():
    return InboundMessage.objects.latest("pk").reason


# What it does.


def test_an_action_opens_one_with_the_message_its_author_and_its_link(client, microsoft, app, dana):
    answer = post_action(client, app, action())

    incident = Incident.objects.get()
    alert, line = incident.alerts.get(), incident.timeline.get(verb="opened")
    assert incident.title == "Checkout answers 500 & Lee sees it"
    assert "every third order" in alert.long_text
    assert alert.attributes["custom_fields"]["Written by"] == "Kim Example"
    assert incident.url == LINK
    assert (line.by, line.via) == (dana, "Microsoft Teams")
    assert Run.objects.filter(incident=incident).exists()
    text, links = said_in(answer)
    assert f"#{incident.pk} is open, but nobody could be told" in text
    assert [link.endswith(f"/incidents/{incident.pk}/") for link in links] == [True]
    assert log() == ["Mapped (opened)"]


def test_the_form_comes_filled_with_the_message_and_opens_nothing(client, microsoft, app, dana):
    card = card_of(post_action(client, app, action("fetchTask")))

    title, severity = card["body"]
    assert (title["id"], title["value"]) == ("title", "Checkout answers 500 & Lee sees it")
    assert [choice["value"] for choice in severity["choices"]] == [
        "critical", "error", "warning", "info",
    ]  # fmt: skip
    assert severity["value"] == "critical"
    assert not Incident.objects.exists()
    assert log() == ["Mapped Ignored"]


def test_what_is_filled_into_the_form_is_what_opens(client, microsoft, app, dana):
    card = card_of(post_action(client, app, action("fetchTask")))
    filled = {**card["actions"][0]["data"], "title": "The shop is down", "severity": "warning"}

    post_action(client, app, action(data=filled))

    incident = Incident.objects.get()
    assert (incident.title, incident.severity) == ("The shop is down", "warning")
    assert incident.url == LINK


def test_the_form_brings_the_message_along_where_teams_does_not(client, microsoft, app, dana):
    data = card_of(post_action(client, app, action("fetchTask")))["actions"][0]["data"]
    submitted = action(data=data | {"title": "Down", "severity": ""})
    del submitted["value"]["messagePayload"]

    post_action(client, app, submitted)

    incident = Incident.objects.get()
    assert "every third order" in incident.alerts.get().long_text
    assert (incident.url, incident.severity) == (LINK, "critical")


@pytest.mark.parametrize("data", [{"severity": "none of ours"}, {"severity": ["x"]}, "text", [1]])
def test_what_the_form_never_sends_means_nothing(client, microsoft, app, dana, data):
    post_action(client, app, action(data=data))

    assert Incident.objects.get().severity == "critical"


def test_a_link_to_somewhere_else_than_the_web_is_left_out(client, microsoft, app, dana):
    data = {"title": "Down", "link": "javascript:alert(1)"}

    post_action(client, app, action(data=data, message={"linkToMessage": "file:///etc"}))

    assert Incident.objects.get().url == ""


def test_a_form_without_a_title_says_what_to_write(client, microsoft, app, dana):
    text, _ = said_in(post_action(client, app, action(data={"title": "  "})))

    assert "Write what is wrong" in text
    assert not Incident.objects.exists()


def test_a_message_of_a_machine_is_read_out_of_its_card(client, microsoft, app, dana):
    blocks = [{"type": "TextBlock", "text": "Disk full"}, {"type": "TextBlock", "text": "db-1"}]
    card = {"type": "AdaptiveCard", "body": [{"type": "Container", "items": blocks}]}
    message = {
        "body": {"contentType": "html", "content": '<attachment id="1"></attachment>'},
        "attachments": [{"contentType": "x", "content": json.dumps(card)}, {"content": "{no"}],
        "from": {"application": {"displayName": "Monitor"}},
    }

    post_action(client, app, action(message=message))

    incident = Incident.objects.get()
    assert incident.title == "Disk full"
    assert incident.alerts.get().long_text == "Disk full\ndb-1"
    assert incident.alerts.get().attributes["custom_fields"]["Written by"] == "Monitor"


def test_a_message_without_words_says_who_opened(client, microsoft, app, dana):
    post_action(client, app, action(message={"body": {"content": "<img src='x'>"}}))

    assert Incident.objects.get().title == "Opened in Microsoft Teams by Dana Example"


def test_what_teams_sends_again_is_done_once(client, microsoft, app, dana):
    """Teams comes again twice when it has no answer after five seconds."""
    activity = action()

    first = post_action(client, app, activity)
    again = post_action(client, app, activity)
    post_action(client, app, activity | {"timestamp": "2026-01-02T10:00:00Z"})

    assert Incident.objects.count() == 1
    assert said_in(first) == said_in(again)


def test_what_is_sent_again_after_it_was_resolved_opens_nothing(client, microsoft, app, dana):
    activity = action()
    post_action(client, app, activity)
    respond.resolve(Incident.objects.get().pk)

    post_action(client, app, activity)

    assert Incident.objects.get().is_resolved


def test_words_of_others_stand_in_the_card_as_they_are(client, microsoft, app, dana):
    text, _ = said_in(post_action(client, app, action(data={"title": "[ok](https://x.example)"})))

    assert "[ok](https://x.example)" in text  # A text run shows it, and makes no link of it.


@pytest.mark.parametrize(
    "other",
    [
        {"name": "composeExtension/query"},
        {"name": ["x"]},
        {"type": "message", "text": "open x"},
        {"value": {"commandId": "another"}},
        {"value": None},
        {"from": {}},
    ],
)
def test_another_activity_is_no_command_and_opens_nothing(client, microsoft, app, dana, other):
    answer = post_action(client, app, action(**other))

    assert (answer.status_code, log()) == (400, ["Mapping Failed"])
    assert not Incident.objects.exists()


# Who it is.


@pytest.mark.parametrize("name", ["fetchTask", "submitAction"])
def test_a_stranger_gets_a_card_with_the_link_and_that_is_kept(client, microsoft, app, name):
    text, [link] = said_in(post_action(client, app, action(name)))

    assert "I do not know who you are here" in text
    assert "/me/chat/link/" in link
    assert log() == ["Rejected"]
    assert "Dana Example (aad-1) of Microsoft Teams" in reason()
    assert not Incident.objects.exists()


def test_who_is_linked_by_a_command_is_the_same_person_in_an_action(client, microsoft, app, dana):
    post_teams(client, app, mention("help"))

    post_action(client, app, action())

    assert Incident.objects.get().timeline.get(verb="opened").by == dana


def test_the_same_user_of_another_tenant_is_a_stranger(client, microsoft, app, dana):
    other = {"channelData": {"tenant": {"id": "tenant-2"}}}

    post_action(client, app, action(**other))

    assert log() == ["Rejected"]


@pytest.mark.parametrize("name", ["fetchTask", "submitAction"])
def test_who_may_not_open_incidents_in_the_portal_may_not_here(client, microsoft, app, name):
    make_member("teams", "Stakeholder")

    text, _ = said_in(post_action(client, app, action(name)))

    assert "Messages_Send_GlobalAccess" in text
    assert log() == ["Rejected"]
    assert not Incident.objects.exists()
