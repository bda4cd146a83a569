"""The steps of docs/services.md, escalation-policies.md, events-api.md and slack.md, each tried."""

import re
from pathlib import Path

import pytest

from escalation.models import Policy, ServicePolicy
from incidents.models import Incident, Service
from integrations.models import Integration
from notifications.models import ServiceNotificationSettings, SharedChannel
from notifications.providers import _slack
from tests.factories import make_integration, make_policy, make_service, make_shared_channel
from tests.guides.desk import sit_down
from tests.guides.told import announced, opened, owner, paged_service, rows_of
from tests.integrations.posting import work
from tests.notifications.fake_slack import TOKEN, FakeSlack
from tests.opsportal.test_api_docs import commands, run
from tests.outside import local_network

__all__ = ["local_network"]
pytestmark = pytest.mark.django_db
DOCS = Path(__file__).parents[2] / "docs"
STEP = re.compile(r"^\d\. (?:.+\n)(?: {3}.+\n)*", re.MULTILINE)


def buttons_in_steps(page):
    """What the numbered steps of a page say to press: their bold words."""
    steps = "".join(STEP.findall((DOCS / page).read_text()))
    return set(re.findall(r"\*\*(.+?)\*\*", steps))


def test_a_service_is_made_as_its_page_says():
    assert buttons_in_steps("services.md") == {
        *("New service", "Create", "Save", "Add an integration", "SUBMIT", "Tell only me"),
    }
    client = owner()
    policy = make_policy(client.user, name="Shop policy")

    page = sit_down("/services/", client).follow("New service").fill(name="Shop").press("Create")
    page = page.fill(policy=str(policy.pk)).press("Save", "/policy/")
    page = page.follow("?tab=integrations").follow("Add an integration").follow("Datadog")
    page = page.fill(name="Datadog of the shop").press("SUBMIT")
    page.press("Test").press("Tell only me")
    work()

    service = Service.objects.get(name="Shop")
    assert ServicePolicy.objects.get(service=service).policy == policy
    assert Integration.objects.get().service == service
    assert {row.user for row in rows_of(Incident.objects.get())} == {client.user}


def test_a_service_tells_the_ticked_channels_alone_else_the_default():
    everything = make_shared_channel(name="Everything", is_default=True)
    room, service = make_shared_channel(name="Room"), paged_service()
    by_default = rows_of(opened(service), shared_channel=everything).count()
    page = sit_down("/services/", owner()).follow(service.name).follow("?tab=settings")

    page.fill(channels=[room.pk], on_triggered=None).press("Save", "/notifications/")

    assert by_default == 1
    assert announced(opened(service)) == []
    assert list(ServiceNotificationSettings.objects.get().channels.all()) == [room]


def test_the_page_of_a_service_names_what_troubleshooting_looks_at():
    service = make_service()

    page = sit_down("/services/", owner()).follow("Archived services")
    incidents = sit_down(service.get_absolute_url(), page.client)

    assert "Nothing reports" in sit_down("/services/", page.client).text
    assert "No policy: if it breaks, only the catch-all is told." in incidents.text


def test_the_pages_of_a_policy_have_what_its_steps_name():
    steps = {
        *("Add escalation policy", "Save", "Add service", "Open an incident"),
    }
    assert buttons_in_steps("escalation-policies.md") == steps
    client, service = owner(), make_service(name="Shop")
    policy = make_policy(client.user, name="Shop policy")

    page = sit_down("/", client).follow("Policies")
    assert "Stock policies" in page.follow("Stock policies").text
    form = page.follow("Add escalation policy")
    steps_of_policy = form.text.partition("Steps Wait")[2]
    assert all(
        word in steps_of_policy for word in ("Notify", "Only when", "Retries", "Add another")
    )
    form.button("Save")
    own = page.follow("Shop policy")
    ladder = own.follow("Ladder").fill(service=str(service.pk)).press("Add service")
    opening = own.follow("Open an incident")
    opening.fill(service=str(service.pk), title="A test").press("Open and page")

    assert "Shop policy is told of Shop from now on." in ladder.text
    assert "Drills" in own.text
    assert {row.user for row in rows_of(Incident.objects.get())} == {client.user}
    assert (
        "Why was somebody (not) paged?"
        in sit_down(f"/incidents/{Incident.objects.get().pk}/", client).text
    )
    assert Policy.objects.get() == policy


def test_each_command_of_the_events_page_does_what_it_says(client):
    text = (DOCS / "events-api.md").read_text()
    integration = make_integration("events-api-v2")
    values = {"KEY": lambda: integration.token, "PORTAL": lambda: ""}

    answers = [run(client, command, values).json() for command in commands(text)]

    actions = [answer["result"]["action"] for answer in answers]
    assert actions == ["triggered", "acknowledged", "resolved"]
    incident = Incident.objects.get()
    assert (incident.title, incident.status) == ("High CPU on web-1", "resolved")
    assert incident.alerts.get().attributes["custom_fields"]["cpu_percent"] == 95


def test_the_steps_of_slack_name_buttons_that_are_there(local_network, monkeypatch, settings):
    settings.SITE_URL = "https://ops.example"
    server = FakeSlack()
    monkeypatch.setattr(_slack, "API", server.api)
    client = owner()
    server.people = {client.user.email: "U42"}

    page = sit_down("/settings/", client).follow("Slack").fill(bot_token=TOKEN).press("Save")
    page = page.press("Test")
    assert "Slack: connected to “Acme” as @opsportal." in page.text
    page = page.follow("Choose from the list").fill(chosen="C2", is_default=None)
    page = page.press("Add channel")
    found = sit_down("/me/contact-methods/add/slack/", client).follow("Find me by")
    server.stop()

    assert buttons_in_steps("slack.md") == {
        *("Save", "Connect to Slack", "Choose from the list", "Add channel", "Test"),
        *("Notifications", "Add", "Find me by", "Add Chat", "SUBMIT", "Save the secret"),
    }
    assert not SharedChannel.objects.get().is_default
    assert found.value("id_to") == "U42"
    found.button("Add")
