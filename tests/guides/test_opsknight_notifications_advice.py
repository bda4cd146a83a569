"""OpsKnight's guide, Part 2, sentences 62 to 86: best practices, troubleshooting, related pages.

Those about signatures, keys and limits are proved by tests of Part 1
(``opsknight_sentences.txt``).
"""

import hmac
import re
from pathlib import Path

import pytest

from incidents.models import Incident
from integrations.models import InboundMessage, Integration
from integrations.setup import security
from notifications.models import Provider, Rule
from notifications.providers import find_provider
from tests.factories import make_integration, make_service, make_shared_channel
from tests.guides.desk import sit_down
from tests.guides.told import (
    announced,
    channels_of,
    opened,
    owner,
    paged_service,
    person_with,
    rows_of,
)
from tests.integrations.posting import work
from tests.notifications.accounts import make_phone

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def _mail(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_65_an_integration_is_tried_before_it_counts():
    client = owner()
    integration = make_integration("generic-webhook", service=paged_service(client.user))

    page = sit_down(f"/integrations/{integration.pk}/", client).press("Test")
    page.press("Tell only me")
    work()

    incident = Incident.objects.get()
    assert incident.is_test
    assert InboundMessage.objects.get().is_test
    assert {row.user for row in rows_of(incident)} <= {client.user}


def test_67_a_service_has_several_channels_at_once():
    rooms = [make_shared_channel(name=name) for name in ("Ops", "Shop", "Other")]
    service = paged_service()
    page = sit_down("/services/", owner()).follow(service.name).follow("?tab=settings")

    page.fill(channels=[rooms[0].pk, rooms[1].pk]).press("Save", "/notifications/")

    assert announced(opened(service)) == ["triggered", "triggered"]


def test_69_a_text_message_for_high_urgency_is_a_rule_of_ones_own():
    client = owner()
    phone = make_phone(user=client.user)

    page = sit_down("/", client).follow("Profile")
    page.fill(after_minutes="2", method=str(phone.pk)).press("Add", "/me/rules/")

    rule = Rule.objects.get()
    assert (rule.user, rule.contact_method) == (client.user, phone)
    assert (rule.urgency, rule.after_minutes) == ("high", 2)
    assert "After 2 min by sms" in sit_down("/me/", client).text


def test_70_an_incident_opened_by_hand_shows_who_is_told():
    client = owner()
    service = paged_service(person_with("email"))
    page = sit_down("/services/", client).follow(service.name).follow("Open an incident")

    page = page.fill(title="Test of the flow").press("Open and page")

    assert channels_of(Incident.objects.get()) == ["email"]
    assert "Ana" in page.text.partition("outgoing_mail Notifications")[2]


def test_71_whether_an_integration_is_enabled_is_shown_and_switched():
    integration = make_integration(is_enabled=False)
    page = sit_down(f"/integrations/{integration.pk}/", owner())
    assert "Disabled" in page.text

    page.press("Enable")

    assert Integration.objects.get().is_enabled


def test_72_and_73_the_url_and_the_key_are_there_to_compare():
    integration = make_integration("datadog")

    page = sit_down(f"/integrations/{integration.pk}/", owner())

    assert page.value("endpoint") == integration.url
    assert page.value("routing-key") == integration.token


def test_74_what_could_not_be_read_is_in_the_inbound_log(client):
    integration = make_integration("datadog")
    client.post(
        f"/api/integrations/datadog?integrationId={integration.public_id}",
        "{broken",
        content_type="application/json",
    )
    work()

    page = sit_down("/", owner()).follow("Inbound Log")

    assert "Mapping Failed" in page.text
    assert integration.name in page.text


def test_77_a_payload_that_was_changed_on_its_way_is_401_and_logged(client):
    integration = make_integration("generic-webhook", service=make_service())
    security.change_signature(integration.pk, "generic", "s3cret of the tool")
    body = '{"id": 1, "summary": "High CPU on web-01"}'
    digest = hmac.new(b"s3cret of the tool", body.encode(), "sha256").hexdigest()
    path = f"/api/integrations/webhook?integrationId={integration.public_id}"

    answers = [
        client.post(
            path, sent, content_type="application/json", headers={"X-Signature": f"sha256={digest}"}
        ).status_code
        for sent in (body, body.replace(": ", ":"))
    ]
    work()

    assert answers == [202, 401]
    assert "Rejected" in sit_down("/inbound-log/", owner()).text


def test_78_a_channel_that_is_not_configured_says_so():
    client = owner()
    before = sit_down("/settings/notifications/", client).text.partition("Not set up yet")[2]
    config = find_provider("sms", "twilio").example
    Provider.objects.create(channel="sms", kind="twilio", name="Main", config=config)

    after = sit_down("/settings/notifications/", client).text.partition("Not set up yet")

    assert "SMS" in before.partition("Without an account")[0]
    assert "Main Twilio" in after[0]
    assert "sms SMS" not in after[2]


def test_79_an_address_that_is_not_verified_says_so_and_that_of_the_login_is_used():
    client = owner()
    assert "pages go to the address of your login" in sit_down("/me/", client).text
    make_phone(user=client.user)
    client.user.contact_methods.update(verified_at=None)

    page = sit_down("/", client).follow("Profile")

    assert "Not verified" in page.text
    told = rows_of(opened(paged_service(client.user)))
    assert [(row.channel, row.address) for row in told] == [("email", client.user.email)]


def test_80_a_service_says_which_default_channel_it_uses():
    make_shared_channel(name="Everything", is_default=True)
    make_shared_channel(name="Shop room", is_enabled=False)
    service = make_service()

    page = sit_down("/services/", owner()).follow(service.name).follow("?tab=settings")

    assert "None is chosen: the default is told (Everything)." in page.text
    assert "Shop room (Generic webhook, disabled)" in page.labels()


def test_81_the_incident_has_each_attempt_and_its_error():
    incident = opened(paged_service(person_with("slack", "email")))

    text = sit_down(incident.get_absolute_url(), owner()).text
    log = text.partition("outgoing_mail Notifications")[2]

    assert re.search(r"Failed Ana \w+", log)
    assert "Connect one under Settings, Integrations, Slack" in log
    assert "Attempt 1" in log
    assert "Ana" in text.partition("Timeline")[2]


@pytest.mark.parametrize(
    ("page", "words"),
    [
        pytest.param("services.md", ["Add an integration", "Notifications"], id="82"),
        pytest.param("escalation-policies.md", ["Ladder", "Open an incident"], id="83"),
        pytest.param("events-api.md", ["event_action", "dedup_key", "429"], id="84"),
        pytest.param("notifications.md", ["Best practices", "Troubleshooting"], id="85"),
        pytest.param("slack.md", ["Connect to Slack", "Troubleshooting"], id="86"),
    ],
)
def test_82_to_86_the_related_pages_are_there(page, words):
    text = (DOCS / page).read_text()

    assert [word for word in words if word not in text] == []
    assert f"docs/{page}" in (DOCS.parent / "README.md").read_text()
