"""OpsKnight's guide, Part 2, sentences 1 to 19: channels, and what a service notifies of."""

import pytest

from notifications.models import Rule, ServiceNotificationSettings
from tests.factories import make_service, make_shared_channel
from tests.guides.desk import has, sit_down, text_of
from tests.guides.told import (
    announced,
    channels_of,
    live,
    opened,
    owner,
    paged_service,
    person_with,
    rows_of,
    settings_page,
)

pytestmark = pytest.mark.django_db
REACHED = ("push", "slack", "sms", "email")
SWITCHES = {
    "on_triggered": ("Notify on triggered", "triggered"),
    "on_acknowledged": ("Notify on acknowledged", "acknowledged"),
    "on_resolved": ("Notify on resolved", "resolved"),
    "on_sla_breach": ("Notify on SLA breach", "sla_breached"),
}


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def settings_of(service, client=None):
    """The settings of a service, as one gets there from the menu."""
    page = sit_down("/services/", client or owner()).follow(service.name)
    return page.follow("?tab=settings")


def save(service, **fields):
    return settings_of(service).fill(**fields).press("Save", "/notifications/")


def test_01_responders_are_told_through_several_channels():
    person = person_with("email", "sms", "push", "slack", "whatsapp")

    incident = opened(paged_service(person))

    assert set(channels_of(incident)) == {"email", "sms", "push", "slack", "whatsapp"}


@pytest.mark.parametrize(
    ("channel", "providers"),
    [
        pytest.param("email", ["SMTP", "SendGrid", "Resend"], id="02"),
        pytest.param("sms", ["Twilio", "Amazon SNS"], id="03"),
        pytest.param("onesignal", ["OneSignal"], id="04"),
        pytest.param("slack", ["Slack workspace"], id="05"),
        pytest.param("whatsapp", ["Meta Cloud API"], id="07"),
    ],
)
def test_02_to_07_each_channel_is_set_up_by_these_providers(channel, providers):
    page = sit_down(f"/settings/notifications/{channel}/", owner())

    for provider in providers:
        form = page.follow(provider)
        assert form.path == "/admin/notifications/provider/add/"
        assert provider in form.text


def test_04_push_to_browsers_and_phones_needs_no_account():
    page = settings_page("Providers")

    assert "Push" in page.text.partition("Without an account")[2]
    assert "Use this device" in page.follow("/me/").text


def test_06_a_webhook_goes_to_google_chat_teams_discord_or_telegram():
    page = settings_page("Webhooks").follow("Add Webhook")

    for kind in ("Google Chat", "Teams", "Discord", "Telegram"):
        assert kind in page.follow(kind).text


def test_08_each_service_has_notification_settings_of_its_own():
    channel = make_shared_channel(name="Ops room")
    one, other = make_service(), make_service()

    save(one, channels=[channel.pk], on_acknowledged=None)

    saved = ServiceNotificationSettings.objects.get()
    assert (saved.service, list(saved.channels.all())) == (one, [channel])
    assert not saved.on_acknowledged
    assert has(settings_of(other).element("id_on_acknowledged"), "checked")


def test_09_a_service_has_them_under_its_settings():
    service = make_service()

    page = settings_of(service)

    assert page.path == service.get_absolute_url()
    assert text_of(page.element("notifications")).startswith("hub Notifications")


def test_10_the_chosen_channels_alone_are_used():
    room, other = make_shared_channel(name="Ops room"), make_shared_channel(name="Shop room")
    service = paged_service()
    assert {"Ops room (Generic webhook)", "Shop room (Generic webhook)"} <= set(
        settings_of(service).labels()
    )

    save(service, channels=[room.pk])

    told = rows_of(opened(service), shared_channel__isnull=False)
    assert [row.shared_channel for row in told] == [room]
    assert other not in [row.shared_channel for row in told]


@pytest.mark.parametrize(
    "switch", [pytest.param(name, id=f"{11 + at}") for at, name in enumerate(SWITCHES)]
)
def test_11_to_14_each_switch_decides_about_its_event_alone(switch):
    label, event = SWITCHES[switch]
    service, channel = paged_service(), make_shared_channel()
    others = dict.fromkeys(set(SWITCHES) - {switch}, "on")
    assert label in settings_of(service).labels()

    save(service, channels=[channel.pk], **others, **{switch: "on"})
    with_it = announced(live(service))
    save(service, channels=[channel.pk], **others, **{switch: None})
    without = announced(live(service))

    assert with_it == ["triggered", "sla_breached", "acknowledged", "resolved"]
    assert without == [one for one in with_it if one != event]


def test_15_a_persons_rules_decide_about_the_order():
    person = person_with(*REACHED)
    for after, channel in enumerate(("email", "sms", "slack")):
        method = person.contact_methods.get(channel=channel)
        Rule.objects.create(user=person, contact_method=method, urgency="high", after_minutes=after)

    assert channels_of(opened(paged_service(person))) == ["email", "sms", "slack"]


def test_16_without_rules_push_comes_first():
    person = person_with(*reversed(REACHED))

    assert channels_of(opened(paged_service(person))) == ["push", "slack", "sms", "email"]


def test_17_slack_is_used_where_a_workspace_is_connected_and_holds_up_nothing_else():
    incident = opened(paged_service(person_with("slack", "email")))

    slack, mail = (rows_of(incident, channel=channel).get() for channel in ("slack", "email"))
    assert (slack.state, mail.state) == ("failed", "sent")
    assert "Connect one under Settings, Integrations, Slack" in slack.error


@pytest.mark.parametrize(("severity", "is_used"), [("critical", True), ("info", False)])
def test_18_text_messages_are_for_high_urgency(severity, is_used):
    incident = opened(paged_service(person_with(*REACHED)), severity)

    assert ("sms" in channels_of(incident)) is is_used


@pytest.mark.parametrize("severity", ["critical", "info"])
def test_19_mail_is_always_sent(severity):
    incident = opened(paged_service(person_with(*REACHED)), severity)

    assert rows_of(incident, channel="email", event="incident.triggered").get().state == "sent"
