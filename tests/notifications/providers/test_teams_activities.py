"""Presses of buttons in Teams, and what is written to the bot: by Microsoft's token, once."""

import json
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from incidents.models import Incident
from notifications.actions import updates
from notifications.address_codes import code_for
from notifications.providers import _published_keys
from notifications.providers.teams_bot import _api, _caller
from tests.factories import make_user
from tests.notifications.providers.fakes import make_page
from tests.notifications.providers.teams_api import (
    CHANNEL,
    CHAT,
    CONFIG,
    JANE,
    PERSON,
    Connector,
    activity_of,
    jwk_of,
    make_bot,
    press_of,
    token_of,
)
from tests.tasks import run_tasks

OTHER = rsa.generate_private_key(65537, 2048)
MESSAGE = "application/vnd.microsoft.activity.message"
IN_CHANNEL = {"id": f"{CHANNEL['to']};messageid=1700", "conversationType": "channel"}


@pytest.fixture
def bot(db, receiver, monkeypatch, client, settings):
    """The account, and what posts an activity to its address with a token of Microsoft."""
    settings.SITE_URL = "https://ops.example"
    vendor = Connector(receiver)
    monkeypatch.setattr(_api, "LOGIN", vendor.url)
    monkeypatch.setattr(_api, "SERVICE", vendor.url)
    monkeypatch.setattr(_caller, "METADATA", f"{vendor.url}/metadata")
    monkeypatch.setattr(_caller, "is_service", lambda url: url == vendor.url)
    _api.TOKENS.kept.clear()
    _caller.KEYS.forget()
    _row, path = make_bot()

    def post(activity, token=None):
        return client.post(
            path,
            activity,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token_of(vendor.url) if token is None else token}"},
        )

    return SimpleNamespace(vendor=vendor, post=post, url=vendor.url)


def value_of(row, verb="acknowledge"):
    return f"{verb} {row.incident_id}:{row.incident.paging_round}"


def status_of(row):
    row.incident.refresh_from_db()
    return row.incident.status


def test_a_press_acts_as_the_person_and_that_one_is_told(bot):
    row = make_page("teams_bot", PERSON)

    answer = bot.post(press_of(bot.url, value_of(row)))

    assert (status_of(row), row.incident.assignee) == ("acknowledged", row.user)
    assert row.incident.timeline.filter(verb="acknowledged", via="Teams bot").count() == 1
    said = f"Yours: #{row.incident_id} acknowledged."
    assert answer.json() == {"statusCode": 200, "type": MESSAGE, "value": said}


def test_the_card_of_everybody_changes(bot):
    row = make_page("teams_bot", PERSON)

    bot.post(press_of(bot.url, value_of(row), conversation=IN_CHANNEL))
    updates.notify_status_updates()
    run_tasks()

    changed = dict(bot.vendor.said)[f"/v3/conversations/{CHAT}/activities/1701"]
    assert {"title": "Status", "value": "acknowledged"} in [
        fact
        for part in changed["attachments"][0]["content"]["body"]
        for fact in part.get("facts", [])
    ]


def test_the_same_press_twice_is_done_once(bot):
    row = make_page("teams_bot", PERSON)

    for _ in range(2):
        assert bot.post(press_of(bot.url, value_of(row, "snooze"))).status_code == 200

    assert row.incident.timeline.filter(verb="snoozed").count() == 1


def test_a_button_of_an_earlier_round_does_nothing(bot):
    row = make_page("teams_bot", PERSON)
    Incident.objects.filter(pk=row.incident_id).update(paging_round=2)

    answer = bot.post(press_of(bot.url, value_of(row, "resolve")))

    assert status_of(row) == "open"
    assert "earlier round" in answer.json()["value"]


def test_somebody_unknown_is_told_how_to_be_known_and_changes_nothing(bot):
    row = make_page("teams_bot", PERSON)
    stranger = "00000000-3f1b-4c59-9d5c-0d6a4f7f8e11"

    answer = bot.post(press_of(bot.url, value_of(row), **{"from": {"aadObjectId": stranger}}))

    assert status_of(row) == "open"
    assert answer.json()["value"].endswith(f"/add/teams_bot/?to={stranger}")


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": OTHER},
        {"kid": "unknown"},
        {"kid": "k2"},
        {"aud": CONFIG["tenant_id"]},
        {"iss": f"https://sts.windows.net/{CONFIG['tenant_id']}/"},
        {"age": 3600 + 301},
        {"serviceurl": "https://smba.trafficmanager.net/teams"},
    ],
    ids=["signature", "key", "endorsement", "audience", "issuer", "expired", "service"],
)
def test_what_is_forged_or_stale_changes_nothing(bot, wrong):
    row = make_page("teams_bot", PERSON)

    answer = bot.post(press_of(bot.url, value_of(row)), token_of(bot.url, **wrong))

    assert (answer.status_code, status_of(row)) == (403, "open")


@pytest.mark.parametrize(
    "changed",
    [
        {"channelData": {"tenant": {"id": CONFIG["app_id"]}}},
        {"channelData": {}},
        {"channelId": "webchat"},
        {"serviceUrl": "https://evil.example"},
    ],
)
def test_what_is_of_another_tenant_channel_or_service_changes_nothing(bot, changed):
    row = make_page("teams_bot", PERSON)

    answer = bot.post(press_of(bot.url, value_of(row)) | changed)

    assert (answer.status_code, status_of(row)) == (403, "open")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x.y.z",
        jwt.encode({"aud": CONFIG["app_id"]}, "s" * 32, headers={"kid": "k1"}),
        jwt.encode({"aud": CONFIG["app_id"]}, None, algorithm="none", headers={"kid": "k1"}),
    ],
)
def test_a_token_of_another_kind_is_refused(bot, token):
    row = make_page("teams_bot", PERSON)

    assert bot.post(press_of(bot.url, value_of(row)), token).status_code == 403
    assert status_of(row) == "open"


def test_the_keys_are_fetched_once_and_again_for_one_that_is_new(bot, monkeypatch):
    row = make_page("teams_bot", PERSON)
    for _ in range(2):
        bot.post(press_of(bot.url, value_of(row)))
    bot.vendor.keys.append(jwk_of(OTHER, "k3"))
    monkeypatch.setattr(_published_keys, "AGAIN_S", 0.0)

    answer = bot.post(press_of(bot.url, value_of(row)), token_of(bot.url, key=OTHER, kid="k3"))

    assert answer.status_code == 200
    assert bot.vendor.paths.count("/keys") == 2


def test_a_stranger_cannot_have_the_keys_fetched_again_and_again(bot):
    for _ in range(5):
        bot.post(press_of(bot.url, "ack 1:1"), token_of(bot.url, kid="guessed"))

    assert bot.vendor.paths.count("/keys") == 1


def test_without_the_keys_microsoft_is_asked_to_come_again(bot):
    row = make_page("teams_bot", PERSON)
    bot.vendor.answers_with(500)

    assert bot.post(press_of(bot.url, value_of(row))).status_code == 503
    assert status_of(row) == "open"


def written(url, text, **fields):
    return activity_of(url, type="message", text=text, **fields)


def test_a_command_is_done_and_answered_by_a_message(bot):
    row = make_page("teams_bot", PERSON)

    bot.post(written(bot.url, f"ack {row.incident_id}"))
    run_tasks()

    assert status_of(row) == "acknowledged"
    said = {"type": "message", "text": f"Yours: #{row.incident_id} acknowledged."}
    assert (f"/v3/conversations/{CHAT}/activities", said) in bot.vendor.said


def test_in_a_channel_the_mention_of_the_bot_is_no_part_of_the_command(bot):
    row = make_page("teams_bot", PERSON)

    bot.post(
        written(
            bot.url, f"<at>OpsPortal</at>&nbsp;resolve {row.incident_id}", conversation=IN_CHANNEL
        )
    )

    assert status_of(row) == "resolved"


@pytest.mark.parametrize(
    ("conversation", "told"),
    [
        ({"id": CHAT, "conversationType": "personal"}, f"Your ID is {JANE}."),
        (IN_CHANNEL, f"The ID of this place is {CHANNEL['to']}."),
    ],
)
def test_the_bot_tells_the_id_to_enter(bot, conversation, told):
    bot.post(written(bot.url, "<at>OpsPortal</at> id", conversation=conversation))
    run_tasks()

    path, parts = bot.vendor.said[-1]
    assert path == f"/v3/conversations/{conversation['id']}/activities"
    assert parts["text"].startswith(told)


def test_who_installs_the_app_is_told_it_too(bot):
    bot.post(activity_of(bot.url, type="installationUpdate", action="add"))
    run_tasks()

    assert f"?to={JANE}" in bot.vendor.said[-1][1]["text"]


def test_the_link_of_the_page_adds_ones_own_chat_verified(bot, client):
    user = make_user(email=False)
    client.force_login(user)
    page = client.get("/me/contact-methods/add/teams_bot/").content.decode()
    assert f"users=28%3A{CONFIG['app_id']}" in page

    bot.post(written(bot.url, f"link {code_for(user.pk, 'teams_bot')}"))
    run_tasks()

    method = user.contact_methods.get(channel="teams_bot")
    assert (method.config, method.is_verified) == ({"to": JANE}, True)


def test_a_code_in_a_channel_adds_nothing(bot):
    user = make_user(email=False)

    bot.post(written(bot.url, f"link {code_for(user.pk, 'teams_bot')}", conversation=IN_CHANNEL))

    assert not user.contact_methods.filter(channel="teams_bot").exists()


@pytest.mark.parametrize(
    "fields", [{"type": "typing"}, {"type": "invoke", "name": "task/fetch"}, {"type": "message"}]
)
def test_other_activities_are_answered_and_do_nothing(bot, fields):
    assert bot.post(activity_of(bot.url, **fields)).status_code == 200


@pytest.mark.parametrize("body", ["[]", "{", json.dumps({"channelId": 5})])
def test_nonsense_is_no_error_of_ours(bot, body):
    assert bot.post(body).status_code == 403
