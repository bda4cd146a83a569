"""OpsKnight's guide, Part 2, sentences 32 to 45: outgoing webhooks, their types and their body."""

import hashlib
import hmac
import json
import re
from urllib.parse import urlsplit

import pytest

from notifications.models import Provider, SharedChannel
from notifications.providers import find_provider
from tests.factories import make_shared_channel
from tests.guides.desk import sit_down
from tests.guides.told import opened, owner, paged_service, settings_page
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
FIRST = ("Google Chat", "Microsoft Teams", "Discord", "Telegram", "Generic webhook")
LIST = "/settings/integrations/webhooks/"
WORKFLOW = "https://a1.environment.api.powerplatform.com/workflows/f1/invoke?sig=s1g"
CHATS = [
    pytest.param(
        "Google Chat",
        {"url": "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t"},
        {"name": "spaces/A/messages/1"},
        id="33",
    ),
    pytest.param("Microsoft Teams", {"url": WORKFLOW}, {}, id="34"),
    pytest.param(
        "Discord", {"url": "https://discord.com/api/webhooks/1/t0ken"}, {"id": "7"}, id="35"
    ),
    pytest.param(
        "Telegram",
        {"chat_id": "-100123"},
        {"ok": True, "result": {"message_id": 7, "chat": {"id": -100123}}},
        id="36",
    ),
    pytest.param("Generic", {"url": "https://hooks.example/in"}, {}, id="37"),
]


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def form_of(kind):
    return settings_page("Webhooks").follow("Add Webhook").follow(kind)


def added(kind, **settings):
    """The page of a webhook that was added as the guide goes."""
    fields = {f"config_{name}": value for name, value in settings.items()}
    return form_of(kind).fill(name="Ops", **fields).press("Save")


def test_32_what_happens_is_told_to_external_systems(outside):
    outside.answers_with(200)
    make_shared_channel("https://hooks.example/in", is_default=True)

    incident = opened(paged_service())

    assert outside.requests[0].url == "https://hooks.example/in"
    assert outside.bodies[0]["incident"]["id"] == str(incident.pk)


@pytest.mark.parametrize(("kind", "fields", "answer"), CHATS)
def test_33_to_37_each_type_is_added_and_a_test_arrives(outside, kind, fields, answer):
    if kind == "Telegram":
        config = find_provider("telegram", "telegram").example | {"has_buttons": False}
        Provider.objects.create(channel="telegram", kind="telegram", name="Bot", config=config)
    outside.answers_with(200, answer)

    page = added(kind, **fields).press("Test")
    run_tasks()

    host = urlsplit(fields.get("url", "https://api.telegram.org")).hostname
    assert urlsplit(outside.requests[0].url).hostname == host
    assert re.search(r"Attempt 1( by Bot)?: accepted", sit_down(page.path, page.client).text)


def test_34_the_url_of_a_connector_is_refused_with_what_takes_its_place():
    page = added("Microsoft Teams", url="https://acme.webhook.office.com/webhookb2/1")

    assert "Microsoft has retired the URLs of this host" in page.text
    assert "Workflows" in page.text
    assert not SharedChannel.objects.exists()


def test_38_the_path_leads_to_the_webhooks():
    page = settings_page("Webhooks")

    assert page.path == LIST
    assert "Settings chevron_right Integrations chevron_right Webhooks" in page.text


def test_39_the_button_is_called_add_webhook():
    assert "Add Webhook: which type?" in sit_down(LIST, owner()).follow("Add Webhook").text


def test_40_its_name_is_how_it_is_chosen(outside):
    added("Generic", url="https://hooks.example/in")

    assert str(SharedChannel.objects.get()) == "Ops"
    assert "Ops" in sit_down(LIST, owner()).text


def test_41_the_types_of_the_guide_come_first():
    page = settings_page("Webhooks").follow("Add Webhook")
    cards = page.source.partition('class="o-grid"')[2]

    places = [cards.index(f">{word}<") for word in (*FIRST, "Mattermost")]
    assert places == sorted(places)


def test_42_the_url_is_asked_for_and_kept():
    refused = added("Generic", url="not a url")
    added("Generic", url="https://hooks.example/in")

    assert "Enter a URL that begins with https:" in refused.text
    assert SharedChannel.objects.get().config["url"] == "https://hooks.example/in"


def test_43_a_secret_signs_with_hmac_and_may_be_left_out(outside):
    outside.answers_with(200)
    outside.answers_with(200)
    added("Generic", url="https://hooks.example/in", secret="s3cret").press("Test")
    run_tasks()
    signed = outside.requests[-1]
    page = form_of("Generic").fill(name="Plain", config_url="https://hooks.example/2").press("Save")
    page.press("Test")
    run_tasks()

    stamp = signed.headers["X-OpsPortal-Timestamp"]
    body = signed.body if isinstance(signed.body, bytes) else signed.body.encode()
    digest = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert signed.headers["X-OpsPortal-Signature"] == f"sha256={digest}"
    assert "X-OpsPortal-Signature" not in outside.requests[-1].headers


@pytest.mark.parametrize(
    ("kind", "label"),
    [("Mattermost", "Channel"), ("Rocket.Chat", "Channel"), ("Discord", "Thread"), ("Slack", "")],
)
def test_44_a_channel_is_asked_for_where_the_type_has_one(kind, label):
    form = form_of(kind)

    assert any(label in text for text in form.labels())
    assert not any("Channel" in text for text in form_of("Generic").labels())


def test_45_the_body_has_all_that_the_guide_prints(outside, settings):
    settings.SITE_URL = "https://ops.example"
    outside.answers_with(200)
    make_shared_channel("https://hooks.example/in", is_default=True)
    service = paged_service()

    incident = opened(service)

    (body,) = outside.bodies
    about = body["incident"]
    assert body["event"] == "incident.triggered"
    assert len(body["timestamp"]) == len("2024-01-23T10:30:00Z")
    assert (about["status"], about["urgency"]) == ("OPEN", "HIGH")
    assert about["title"] == "High CPU on web-01"
    assert about["service"] == {"id": str(service.pk), "name": service.name}
    assert about["url"] == f"https://ops.example{incident.get_absolute_url()}"
    assert about["assignee"] is None
    assert json.loads(json.dumps(body)) == body
