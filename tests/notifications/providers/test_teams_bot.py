"""What is sent to Teams by the bot, and what its refusals mean."""

import io
import json
import re
import zipfile

import pytest

from notifications.channels import all_channels
from notifications.message.message import PagedPerson
from notifications.providers.teams_bot import _api, _caller
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.providers.fakes import EVENTS, every_event, failure, flags
from tests.notifications.providers.teams_api import (
    CHANNEL,
    CHAT,
    CONFIG,
    GROUP,
    JANE,
    PERSON,
    TEAMS,
    Connector,
    make_bot,
)
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import hang_up
from tests.pages import browser, make_person

THREAD = f"{CHANNEL['to']};messageid=1700"


@pytest.fixture
def vendor(receiver, monkeypatch):
    vendor = Connector(receiver)
    monkeypatch.setattr(_api, "LOGIN", vendor.url)
    monkeypatch.setattr(_api, "SERVICE", vendor.url)
    monkeypatch.setattr(_caller, "METADATA", f"{vendor.url}/metadata")
    _api.TOKENS.kept.clear()
    _caller.KEYS.forget()
    return vendor


def card(vendor):
    _, parts = vendor.said[-1]
    activity = parts.get("activity", parts)
    return activity["attachments"][0]["content"]


@every_event
@pytest.mark.parametrize("address", [PERSON, CHANNEL, GROUP], ids=["person", "channel", "group"])
@pytest.mark.parametrize("url", ["https://ops.example/callbacks/x/", "http://portal/callbacks/x/"])
def test_every_event_is_taken(vendor, message, address, url):
    accepted = TEAMS.send(CONFIG | {"callback_url": url}, address, message)

    conversation, _, sent = accepted.provider_id.rpartition(" ")
    assert conversation in (CHAT, THREAD, GROUP["to"])
    assert sent in ("1700", "1701")


def test_a_person_is_written_to_in_a_chat_with_the_bot(vendor):
    TEAMS.send(CONFIG, PERSON, EVENTS["triggered"])

    (_, made), (path, _) = vendor.said
    assert (made["members"], made["tenantId"]) == ([{"id": JANE}], CONFIG["tenant_id"])
    assert path == f"/v3/conversations/{CHAT}/activities"


def test_the_token_is_kept_and_asked_for_anew_once_it_is_refused(vendor):
    for _ in range(2):
        TEAMS.send(CONFIG, GROUP, EVENTS["triggered"])
    assert vendor.tokens == 1
    vendor.tokens += 1  # what was given out is not valid any more

    error = failure(TEAMS, CONFIG, GROUP)
    TEAMS.send(CONFIG, GROUP, EVENTS["triggered"])

    assert flags(error) == {"permanent", "provider_fault"}
    assert vendor.tokens == 3


def test_its_buttons_act_and_open_leads_to_the_page(vendor):
    TEAMS.send(CONFIG, CHANNEL, make_message(make_brief(paging_round=3, actions=())))

    found = [(one["title"], one.get("data", one.get("url"))) for one in card(vendor)["actions"]]
    assert found == [
        ("Acknowledge", {"value": "acknowledge 1042:3"}),
        ("Resolve", {"value": "resolve 1042:3"}),
        ("Escalate", {"value": "escalate 1042:3"}),
        ("Snooze 1 h", {"value": "snooze 1042 60:3"}),
        ("Open", "https://ops.example/incidents/1042/"),
    ]


def test_without_https_the_buttons_open_pages(vendor):
    TEAMS.send(CONFIG | {"callback_url": "http://portal/x/"}, PERSON, EVENTS["triggered"])

    assert [one["type"] for one in card(vendor)["actions"]] == ["Action.OpenUrl"] * 3


def test_a_channel_mentions_who_is_paged_by_the_id_or_names_them(vendor):
    paged = (PagedPerson("Jane <b>", JANE), PagedPerson("Bob [x](y)"))
    TEAMS.send(CONFIG, CHANNEL, make_message(make_brief(), paged=paged))

    shown = card(vendor)
    assert shown["body"][-1]["text"] == r"Paged: <at>Jane b</at>, Bob \[x\](y)"
    assert shown["msteams"]["entities"] == [
        {
            "type": "mention",
            "text": "<at>Jane b</at>",
            "mentioned": {"id": JANE, "name": "Jane b"},
        }
    ]


def test_what_follows_stands_in_the_thread_and_is_not_changed_itself(vendor):
    resolved = make_brief(status="resolved", actions=())
    news = make_message(resolved, event="incident.resolved", in_reply_to=f"{THREAD} 1700")

    accepted = TEAMS.send(CONFIG, CHANNEL, news)

    assert accepted.provider_id == ""
    entry = {"type": "message", "text": "Resolved."}
    assert vendor.said == [(f"/v3/conversations/{THREAD}/activities", entry)]


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        ("acknowledged", ["Resolve", "Escalate", "Snooze 1 h", "Open"]),
        ("resolved", ["Open"]),
    ],
)
def test_a_card_changes_with_its_incident(receiver, vendor, status, labels):
    TEAMS.update(CONFIG, CHANNEL, make_message(make_brief(status=status)), f"{THREAD} 1700")

    path, parts = vendor.said[-1]
    assert path == f"/v3/conversations/{THREAD}/activities/1700"
    assert parts["id"] == "1700"
    assert [one["title"] for one in card(vendor)["actions"]] == labels


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (403, "BotNotInConversationRoster", {"permanent", "address_fault"}),
        (404, "ConversationNotFound", {"permanent", "address_fault"}),
        (412, "PreconditionFailed", {"provider_fault"}),
        (429, "TooManyRequests", {"provider_fault"}),
        (413, "MessageSizeTooBig", {"permanent"}),
        (502, "BadGateway", {"provider_fault"}),
    ],
)
def test_a_refusal_says_whose_fault_it_is(vendor, status, code, wanted):
    _api.token_of(CONFIG)
    vendor.answers_with(status, {"error": {"code": code, "message": "No."}})

    error = failure(TEAMS, CONFIG, GROUP)

    assert flags(error) == wanted
    assert str(error) == f"Teams: No. ({code})"


def test_a_wrong_secret_is_a_fault_of_the_account_in_microsofts_words(vendor):
    error = failure(TEAMS, CONFIG | {"app_secret": "Ex8Q~another.secret"}, GROUP)

    assert flags(error) == {"permanent", "provider_fault"}
    assert "Invalid client secret provided" in str(error)


def test_no_answer_leaves_doubt(receiver, vendor):
    _api.token_of(CONFIG)
    receiver.behave = hang_up

    assert flags(failure(TEAMS, CONFIG, GROUP)) == {"ambiguous", "provider_fault"}


def test_the_check_asks_for_a_token_and_for_the_keys(vendor):
    assert "the credentials of the bot work" in TEAMS.check(CONFIG)
    assert vendor.paths[-1] == "/keys"
    vendor.keys = []
    with pytest.raises(DeliveryError):
        TEAMS.check(CONFIG | {"tenant_id": CONFIG["app_id"]})


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://smba.trafficmanager.net/emea", True),
        ("https://smba.infra.gcc.teams.microsoft.com/gcc", True),
        ("https://evil.trafficmanager.net/teams", False),
        ("http://smba.trafficmanager.net/teams", False),
        ("https://smba.trafficmanager.net@evil.example/", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://evilbotframework.com/", False),
    ],
)
def test_tokens_go_to_services_of_teams_only(url, is_taken):
    assert TEAMS.Form(TEAMS.example | {"service_url": url}).is_valid() is is_taken


@pytest.mark.parametrize(
    ("to", "is_taken"), [(JANE, True), (CHANNEL["to"], True), (GROUP["to"], True), ("Jane", False)]
)
def test_an_address_is_a_person_a_channel_or_a_group(to, is_taken):
    assert all_channels()["teams_bot"].Form({"to": to}).is_valid() is is_taken


@pytest.mark.django_db
def test_the_app_package_is_downloaded_from_the_settings_page(settings):
    settings.SITE_URL = "https://ops.example"
    make_bot()
    client = browser(make_person("Owner"))
    page = client.get("/settings/notifications/teams_bot/").content.decode()
    url = re.search(r'href="([^"]+)" download', page)[1]

    answer = client.get(url)

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    found = json.loads(archive.read("manifest.json"))
    assert answer["Content-Type"] == "application/zip"
    assert (found["id"], found["bots"][0]["botId"]) == (CONFIG["app_id"],) * 2
    assert found["bots"][0]["scopes"] == ["personal", "team", "groupChat"]
    assert len(found["description"]["short"]) <= 80
    assert found["developer"]["websiteUrl"] == "https://ops.example"
    sizes = {name: archive.read(name)[16:24] for name in found["icons"].values()}
    assert sizes["color.png"] == (192).to_bytes(4) * 2
    assert sizes["outline.png"] == (32).to_bytes(4) * 2


@pytest.mark.django_db
def test_an_account_without_one_has_none():
    answer = browser(make_person("Owner")).get("/settings/notifications/slack/package/?account=1")

    assert answer["Location"] == "/settings/notifications/slack/"
