"""Calls, buttons of bots, and what answers are answered, in the language of their reader."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from notifications import response_options
from notifications.actions import replies
from notifications.actions.build_message import build_message
from notifications.channels import _teams
from notifications.choices import ChannelKind, NotificationEvent
from notifications.message.buttons import buttons_of
from notifications.message.card import card_of
from notifications.message.thread_entry import thread_entry
from notifications.providers import find_provider
from notifications.providers.voice import _menu, _ncco, _twiml
from notifications.providers.voice._menu import Menu
from notifications.receipts import Reply
from opsportal.lib.languages import written_in
from opsportal.lib.sentences import translated
from tests.factories import make_incident, make_user
from tests.notifications.notices import tell
from tests.notifications.samples import make_brief, make_message
from tests.notifications.test_team_contacts import PHONE, paged, reached, team
from tests.rows import each

__all__ = ["team"]
URL = "https://ops.example/keys/"
GERMAN = Menu(text="OpsPortal.", acts=1, barred="9", language="de")


@pytest.fixture
def german():
    with written_in("de"):
        yield


def test_vonage_reads_a_german_menu_of_the_keys_that_are_not_barred():
    talk, listen = _ncco.ask(GERMAN, URL)

    assert talk["language"] == "de-DE"
    assert talk["text"] == (
        "OpsPortal. Drücken Sie die 7 zum Quittieren, die 8 zum Übernehmen, "
        "die 6 zum Eskalieren, die 1, um dies noch einmal zu hören."
    )
    query = parse_qs(urlsplit(listen["eventUrl"][0]).query)
    assert query["language"] == ["de"]
    assert _ncco.menu_of(query["menu"][0]) == GERMAN


@pytest.mark.usefixtures("german")
def test_a_german_call_ends_with_german_words():
    last = Menu(text="OpsPortal.", acts=1, tries=_menu.MAX_TRIES - 1, language="de")

    words = _menu.press(last, "").words

    assert words == "Auf Wiederhören."
    assert '<Say language="de-DE">Auf Wiederhören.</Say>' in _twiml.goodbye(words)


def test_the_menu_of_a_message_has_the_language_of_its_reader():
    assert _menu.opening(make_message(make_brief(), language="de")).language == "de"


@pytest.mark.usefixtures("german")
def test_bots_have_german_buttons_that_act_as_the_english_ones_do():
    buttons = buttons_of(make_message(make_brief(), language="de"), is_shared=True)

    assert [(one.label, one.value.split(" ")[0]) for one in buttons] == [
        ("Quittieren", "acknowledge"),
        ("Lösen", "resolve"),
        ("Eskalieren", "escalate"),
        ("1 h zurückstellen", "snooze"),
    ]


@pytest.mark.usefixtures("german")
def test_a_line_of_a_thread_is_german():
    message = make_message(
        make_brief(assignee="Ada", status="acknowledged"), event=NotificationEvent.ACKNOWLEDGED
    )

    assert thread_entry(message) == "Quittiert. Sie ist Ada zugewiesen."


@pytest.mark.usefixtures("german")
def test_links_of_a_list_in_a_chat_are_german():
    card = card_of(make_message(make_brief(1), make_brief(2)))

    assert "[Öffnen](" in str(_teams.activity_of(card, []))


@pytest.mark.usefixtures("german")
def test_who_presses_in_teams_without_effect_is_told_so_in_german():
    teams = find_provider("teams_bot", "teams_bot")

    nothing, _ = teams.answer([])
    later, _ = teams.answer_later()

    assert json.loads(nothing)["value"] == "Es wurde nichts geändert."
    assert json.loads(later)["value"].startswith("Das dauert einen Moment.")


@each("verb kind", [(verb, kind) for verb in response_options.ALL for kind in ChannelKind.values])
@pytest.mark.usefixtures("german")
def test_a_refusal_of_the_policy_is_german_in_all_its_words(monkeypatch, verb, kind):
    channel = next((key for key, one in response_options.KINDS.items() if one == kind), "slack")
    monkeypatch.setattr(
        response_options, "READERS", [lambda incidents: {one: {verb: ()} for one in incidents}]
    )

    said = translated(response_options.refusal(7, channel, verb))

    assert said.startswith("#7: Die Richtlinie nimmt „")
    assert verb not in said


@pytest.mark.django_db
def test_an_answer_for_a_team_is_answered_in_the_language_of_its_channel(team):
    row = reached(paged(team)[0])
    row.shared_channel.language = "de"
    row.shared_channel.save()

    reply = Reply(address=PHONE, text=f"ack {row.incident_id}", event_id="E1")
    said = replies.answer("sms", "1", reply)

    assert said == f"#{row.incident_id} quittiert."


@pytest.mark.django_db
def test_a_stranger_is_told_in_the_language_of_the_portal(settings):
    settings.MESSAGE_LANGUAGE = "de"
    make_user("Ada")

    said = replies.answer("discord_bot", "1", Reply(address="77", text="ack 1", event_id="E1"))

    assert said.startswith("OpsPortal weiß nicht, wer Sie hier sind")
    assert "Discord bot" in said


@pytest.mark.django_db
def test_a_private_incident_is_named_so_in_german(outside):
    row = tell(incident=make_incident(title="Secret", is_private=True))
    row.shared_channel.language = "de"

    message = build_message([row], now=timezone.now(), may_repeat=False)

    assert message.incidents[0].title == "Eine private Störung"
