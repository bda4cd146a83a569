"""Settings, Integrations, Slack: the app is saved, connected, and told its channels."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing

from incidents.actions import open as incident_open
from notifications.actions import updates
from notifications.models import Notification, Provider, ServiceNotificationSettings, SharedChannel
from notifications.providers import _slack
from tests.factories import make_service, make_shared_channel
from tests.notifications.fake_slack import SECRET, TOKEN, FakeSlack
from tests.pages import make_person, words
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
PAGE = "/settings/integrations/slack/"
BACK = f"{PAGE}connected/"
APP = {"client_id": "1.2", "client_secret": "cl13nt", "signing_secret": SECRET, "bot_token": ""}


@pytest.fixture
def slack(local_network, monkeypatch):
    server = FakeSlack()
    monkeypatch.setattr(_slack, "API", server.api)
    yield server
    server.stop()


@pytest.fixture
def owner(client):
    person = make_person("Owner")
    client.force_login(person)
    return person


def save(client, **fields):
    client.post(PAGE, APP | fields)
    return Provider.objects.get()


def connect(client, row):
    """Where the browser is led, and what Slack is to send back."""
    answer = client.get(f"{PAGE}{row.pk}/connect/")
    parts = urlsplit(answer["Location"])
    return parts, {name: values[0] for name, values in parse_qs(parts.query).items()}


def told(client, answer):
    return words(client.get(answer["Location"]))


def test_the_manifest_has_the_addresses_that_the_app_will_have(client, owner, settings):
    settings.SITE_URL = "https://ops.example"
    page = client.get(PAGE).content.decode()
    made = json.loads(html.unescape(re.search(r'id="manifest"[^>]*>(.*?)</pre>', page, re.S)[1]))

    row = save(client)

    url = made["settings"]["interactivity"]["request_url"]
    assert url == f"https://ops.example/callbacks/{row.token}/"
    assert made["oauth_config"]["redirect_urls"] == [f"https://ops.example{BACK}"]
    assert "chat:write" in made["oauth_config"]["scopes"]["bot"]
    assert f"/callbacks/{row.token}/" not in client.get(PAGE).content.decode()
    assert f"/callbacks/{row.token}/" in client.get(PAGE, {"app": row.pk}).content.decode()


def test_the_manifest_names_all_that_the_app_uses_and_for_socket_mode_no_address(
    client, owner, settings
):
    settings.SITE_URL = "https://ops.example"
    page = client.get(PAGE).content.decode()

    def manifest(name):
        found = re.search(rf'id="{name}"[^>]*>(.*?)</pre>', page, re.DOTALL)
        return json.loads(html.unescape(found[1]))

    made, by_socket = manifest("manifest"), manifest("socket-manifest")

    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/opsportal", True)
    shortcuts = {one["type"]: one["callback_id"] for one in made["features"]["shortcuts"]}
    assert shortcuts == {"global": "new_incident_global", "message": "new_incident_message"}
    assert made["features"]["unfurl_domains"] == ["ops.example"]
    assert made["settings"]["event_subscriptions"]["bot_events"] == ["link_shared"]
    scopes = set(made["oauth_config"]["scopes"]["bot"])
    assert {"commands", "links:read", "links:write", "usergroups:write"} <= scopes
    address = made["settings"]["interactivity"]["request_url"]
    assert command["url"] == made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["message_menu_options_url"] == address
    assert by_socket["settings"]["socket_mode_enabled"] is True
    assert "/callbacks/" not in json.dumps(by_socket)


def test_a_token_for_socket_mode_is_kept_and_one_of_another_kind_is_refused(client, owner):
    refused = client.post(PAGE, APP | {"bot_token": TOKEN, "app_token": "xoxb-1"})
    row = save(client, bot_token=TOKEN, app_token="xapp-1")

    assert "Enter a token that begins with xapp-." in words(refused)
    assert row.config["app_token"] == "xapp-1"
    page = client.get(PAGE)
    assert "Socket Mode" in words(page)
    assert "xapp-1" not in page.content.decode()


def test_what_is_missing_is_said_and_no_secret_is_shown(client, owner):
    answer = client.post(PAGE, {"client_id": "1.2"})
    assert answer.status_code == 422
    assert "Enter the bot token, or Client ID and Client Secret" in words(answer)

    save(client, bot_token=TOKEN)

    page = client.get(PAGE).content.decode()
    assert not [one for one in (TOKEN, SECRET, APP["client_secret"]) if one in page]


def test_connect_to_slack_leads_there_and_back_with_a_token(client, owner, slack, settings):
    row = save(client)
    assert "Connect to Slack" in words(client.get(PAGE))

    place, asked = connect(client, row)
    answer = client.get(BACK, {"code": "c0de", "state": asked["state"]})

    assert f"{place.scheme}://{place.netloc}{place.path}" == "https://slack.com/oauth/v2/authorize"
    assert asked["client_id"] == "1.2"
    assert asked["redirect_uri"] == settings.SITE_URL + BACK
    assert "chat:write" in asked["scope"].split(",")
    assert "Slack: Acme is connected" in told(client, answer)
    row.refresh_from_db()
    assert (row.name, row.config["bot_token"]) == ("Slack: Acme", TOKEN)


def test_an_answer_is_good_once(client, owner, slack):
    _, asked = connect(client, save(client))
    client.get(BACK, {"code": "c0de", "state": asked["state"]})

    again = client.get(BACK, {"code": "c0de", "state": asked["state"]})

    assert "was used already" in told(client, again)


def test_an_answer_of_another_session_connects_nothing(client, owner, slack):
    row = save(client)
    _, asked = connect(client, row)
    client.force_login(make_person("Owner"))

    answer = client.get(BACK, {"code": "c0de", "state": asked["state"]})

    assert "was used already" in told(client, answer)
    row.refresh_from_db()
    assert row.config["bot_token"] == ""


@pytest.mark.parametrize("state", ["", "x", "old"])
def test_an_answer_that_is_forged_or_older_than_ten_minutes_connects_nothing(
    client, owner, slack, monkeypatch, state
):
    row = save(client)
    if state == "old":
        _, asked = connect(client, row)
        state, now = asked["state"], signing.time.time()
        monkeypatch.setattr(signing.time, "time", lambda: now + 601)

    answer = client.get(BACK, {"code": "c0de", "state": state})

    assert "too old, or not one of ours" in told(client, answer)
    row.refresh_from_db()
    assert row.config["bot_token"] == ""


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"error": "access_denied"}, "Slack was not connected: access_denied."),
        ({"code": "other"}, "Slack: invalid_code, the code has been used, or is too old"),
    ],
)
def test_what_slack_refuses_is_said_in_its_words(client, owner, slack, sent, said):
    _, asked = connect(client, save(client))

    answer = client.get(BACK, {**sent, "state": asked["state"]})

    assert said in told(client, answer)


def test_test_says_in_slacks_words_what_is_wrong(client, owner, slack):
    row = save(client, bot_token=TOKEN)
    good = told(client, client.post(f"{PAGE}{row.pk}/test/"))
    Provider.objects.update(config={**row.config, "bot_token": "xoxb-other"})

    bad = told(client, client.post(f"{PAGE}{row.pk}/test/"))

    assert "Slack: connected to “Acme” as @opsportal." in good
    assert "Slack: invalid_auth, the bot token is wrong" in bad


def test_a_channel_is_picked_from_the_list_and_is_the_default(client, owner, slack):
    row = save(client, bot_token=TOKEN)
    page = words(client.get(PAGE, {"channels": row.pk}))
    assert "#ops" in page
    assert "#shop (private)" in page

    answer = client.post(f"{PAGE}{row.pk}/channel/", {"chosen": "C2", "is_default": "on"})

    made = SharedChannel.objects.get()
    assert (made.name, made.config, made.is_default) == ("#shop", {"to": "C2"}, True)
    assert "#shop can be chosen by services" in told(client, answer)


def test_the_list_is_read_once_in_ten_minutes_unless_it_is_asked_for_anew(client, owner, slack):
    row = save(client, bot_token=TOKEN)
    for _ in range(2):
        client.get(PAGE, {"channels": row.pk})
    assert len(slack.calls) == 2  # its two pages

    client.get(PAGE, {"channels": row.pk, "anew": ""})

    assert len(slack.calls) == 4


def test_an_id_can_be_entered_and_a_name_is_refused(client, owner, slack):
    row = save(client, bot_token=TOKEN)

    refused = told(client, client.post(f"{PAGE}{row.pk}/channel/", {"other": "#ops"}))
    client.post(f"{PAGE}{row.pk}/channel/", {"other": "C09"})

    assert "Enter an ID such as" in refused
    assert SharedChannel.objects.get().name == "Slack C09"


def test_a_person_is_found_by_the_address_of_the_login_and_confirms_it_by_a_code(
    client, owner, slack
):
    path = "/me/contact-methods/add/slack/"
    assert f"Find me by {owner.email}" in words(client.get(path))
    assert "No account of Slack is set up yet" in words(client.get(path, {"find": ""}))
    save(client, bot_token=TOKEN)
    slack.people = {owner.email: "U42"}

    assert 'value="U42"' in client.get(path, {"find": ""}).content.decode()

    client.post(path, {"to": "U42"})
    run_tasks()
    assert owner.contact_methods.get(channel="slack").verified_at is None
    (post,) = slack.posts.values()
    assert (post["channel"], "is your OpsPortal code" in post["text"]) == ("U42", True)
    slack.people = {}
    assert "users_not_found, nobody has this" in words(client.get(path, {"find": ""}))


def announced(service):
    incident_open.open_incident(service, "Disk full")
    updates.notify_status_updates()
    rows = Notification.objects.filter(incident__service=service, shared_channel__isnull=False)
    return [str(row.shared_channel) for row in rows]


def test_the_default_channel_is_told_of_services_that_have_chosen_none():
    make_shared_channel(name="Default", is_default=True)
    make_shared_channel(name="Off", is_default=True, is_enabled=False)
    own, silent, bare = make_service(), make_service(), make_service()
    notices = ServiceNotificationSettings.objects.create(service=own)
    notices.channels.set([make_shared_channel(name="Own")])
    ServiceNotificationSettings.objects.create(service=silent, on_triggered=False)

    assert announced(own) == ["Own"]
    assert announced(silent) == []
    assert announced(bare) == ["Default"]
