"""OpsKnight's guide, Part 2, sentences 20 to 31: Slack, from its settings to its buttons."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from incidents.models import Incident
from integrations.models import Integration
from notifications.models import Provider, SharedChannel
from notifications.providers import _slack
from tests.factories import make_method, make_service, make_user
from tests.guides.desk import Page, sit_down
from tests.guides.told import opened, owner, paged_service, settings_page, settle
from tests.integrations.chats import SLACK_SECRET, make_member, post_slack, slash
from tests.integrations.posting import work
from tests.notifications.fake_slack import SECRET, TOKEN, FakeSlack, buttons_of, press_of, signed
from tests.outside import local_network

__all__ = ["local_network"]
pytestmark = pytest.mark.django_db
PAGE = "/settings/integrations/slack/"


@pytest.fixture
def slack(local_network, monkeypatch, settings):
    settings.SITE_URL = "https://ops.example"
    server = FakeSlack()
    monkeypatch.setattr(_slack, "API", server.api)
    monkeypatch.setattr(_slack, "RESPONSE_URLS", (server.api.removesuffix("api"),))
    yield server
    server.stop()


def app_saved(client):
    """The page of Slack after the app's credentials are saved."""
    page = settings_page("Slack", client=client)
    credentials = {"signing_secret": SECRET, "client_id": "1.2", "client_secret": "s"}
    return page.fill(**credentials).press("Save")


def pressed_connect(client):
    """What the button asks of Slack."""
    row = Provider.objects.get()
    answer = client.get(f"{PAGE}{row.pk}/connect/")
    return {name: found[0] for name, found in parse_qs(urlsplit(answer["Location"]).query).items()}


def connected(client):
    app_saved(client)
    state = pressed_connect(client)["state"]
    return Page(
        client, client.get(f"{PAGE}connected/", {"code": "c0de", "state": state}, follow=True)
    )


def with_default_channel(client):
    page = connected(client).follow("Choose from the list")
    return page.fill(chosen="C1", is_default="on").press("Add channel")


def in_channel(slack):
    """The message about the incident in the default channel."""
    (post,) = [post for post in slack.roots if post["channel"] == "C1"]
    return post


def press(client, slack, action, user="U42"):
    body = press_of(buttons_of(in_channel(slack))[action], user, at=action)
    client.post(
        f"/callbacks/{Provider.objects.get().token}/",
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers=signed(body, time.time()),
    )
    settle()


@pytest.fixture
def incident(slack):
    """Told to the default channel of Slack, while Jane is paged."""
    jane = make_user("Jane", is_superuser=True)
    make_method(jane, "slack", {"to": "U42"})
    with_default_channel(owner())
    return opened(paged_service(jane))


def test_20_the_path_leads_to_slack():
    assert settings_page("Slack").path == PAGE


def test_21_the_button_is_called_connect_to_slack(slack):
    page = app_saved(owner())

    assert "Saved. Now press Connect to Slack." in page.text
    assert f'href="{PAGE}{Provider.objects.get().pk}/connect/"' in page.source


def test_22_the_workspace_authorizes_the_portal(slack):
    client = owner()
    app_saved(client)

    asked = pressed_connect(client)
    answer = {"code": "c0de", "state": asked["state"]}
    page = Page(client, client.get(f"{PAGE}connected/", answer, follow=True))

    assert asked["redirect_uri"] == f"https://ops.example{PAGE}connected/"
    assert {"chat:write", "channels:read"} <= set(asked["scope"].split(","))
    assert "Slack: Acme is connected. Now choose a channel." in page.text
    assert Provider.objects.filter(name="Slack: Acme").get().config["bot_token"] == TOKEN


def test_23_a_default_channel_is_selected_from_the_list(slack):
    page = connected(owner()).follow("Choose from the list")
    assert page.options("chosen") == ["#ops", "#shop (private)"]

    page = page.fill(chosen="C1", is_default="on").press("Add channel")

    channel = SharedChannel.objects.get()
    assert (channel.name, channel.is_default) == ("#ops", True)
    assert "told of services that have chosen none" in page.text


def test_24_incidents_are_told_in_the_channel(slack, incident):
    assert incident.title in in_channel(slack)["text"]


def test_25_buttons_acknowledge_and_resolve(client, slack, incident):
    press(client, slack, "acknowledge")
    incident.refresh_from_db()
    acknowledged = (incident.status, str(incident.assignee))
    press(client, slack, "resolve")

    incident.refresh_from_db()
    assert acknowledged == ("acknowledged", "Jane")
    assert incident.status == "resolved"


def test_26_the_thread_goes_on_with_the_timeline(client, slack, incident):
    press(client, slack, "acknowledge")
    press(client, slack, "resolve")

    assert "Acknowledged. It is assigned to Jane." in slack.threads
    assert "Resolved." in slack.threads


def test_27_whoever_is_paged_is_mentioned(slack, incident):
    assert "<@U42>" in str(in_channel(slack))


def test_28_slash_commands_are_an_integration_of_their_own(client):
    page = sit_down("/integrations/?channel=chat", owner()).follow("Add Chat")
    page = page.follow("/integrations/add/slack-chat/")
    page = page.fill(service=paged_service().pk).press("SUBMIT")
    page.fill(secret=SLACK_SECRET).press("Save the secret")
    make_member("slack")

    answer = post_slack(client, Integration.objects.get(), slash("The shop is down"))
    work()

    assert answer.json()["response_type"] == "in_channel"
    assert Incident.objects.get().title == "The shop is down"


def test_29_services_have_channels_of_their_own(slack):
    client = owner()
    with_default_channel(client)
    page = settings_page("Slack", client=client).follow("Choose from the list")
    page.fill(chosen="C2", is_default=None).press("Add channel")
    shop, other = paged_service(), paged_service()
    room = SharedChannel.objects.get(name="#shop")
    choose(client, shop, room)

    opened(shop)
    opened(other)

    assert [post["channel"] for post in slack.roots] == ["C2", "C1"]


def choose(client, service, room):
    page = sit_down("/services/", client).follow(service.name).follow("?tab=settings")
    return page.fill(channels=[room.pk]).press("Save", "/notifications/")


def test_30_they_are_under_settings_notifications_of_the_service():
    service = make_service()

    page = sit_down("/services/", owner()).follow(service.name).follow("?tab=settings")

    assert page.button("Save", f"/services/{service.pk}/notifications/")


def test_31_the_channel_of_slack_is_selected_by_its_name():
    service = make_service()
    room = SharedChannel.objects.create(name="#shop", channel="slack", config={"to": "C2"})

    page = choose(owner(), service, room)

    assert "#shop (Slack)" in page.labels()
    assert list(service.notification_settings.channels.all()) == [room]
