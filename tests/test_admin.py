"""Every page of the admin opens, for whoever may open it."""

import pytest
from django.contrib import admin
from django.urls import reverse

from escalation.models import Play, Policy, Run
from incidents.actions.api_keys import create_key
from incidents.models import Alert, ApiKey, Incident, Service, Team, User
from integrations.models import InboundMessage, Integration
from integrations.setup import replay
from notifications.models import CatchAll, ContactMethod, Notification, SharedChannel
from tests.api import make_paging_incident, make_person
from tests.factories import (
    make_alert,
    make_catch_all,
    make_integration,
    make_policy,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [
    Alert,
    ApiKey,
    CatchAll,
    ContactMethod,
    Incident,
    InboundMessage,
    Integration,
    Notification,
    Play,
    Policy,
    Run,
    Service,
    SharedChannel,
    Team,
    User,
]
# Their rows have pages of their own, which the admin leads to.
ELSEWHERE = {Integration, InboundMessage}


@pytest.fixture
def browser(client):
    client.force_login(User.objects.create_superuser("root@example.com", "a long password 1"))
    return client


@pytest.fixture
def everything():
    """One row of everything that the admin shows."""
    person, channel = make_user(), make_shared_channel()
    policy = make_policy([person, channel])
    service = make_service(policy, team=make_team(person))
    Play.objects.create(name="All hands").tiers.create().users.add(person)
    make_alert(make_paging_incident(service, policy=policy))
    make_catch_all(person)
    create_key(person, "script", ["config:read"])
    integration = make_integration("alertmanager", service=service, policy=policy, users=[person])
    replay.send_sample(integration.pk)
    Notification.objects.create(user=person, channel="email", page_key="for a look")


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_what_is_configured_or_inspected_is_in_the_admin(model):
    assert model in MODELS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_an_empty_list_opens(browser, model):
    assert browser.get(url(model, "changelist"), follow=True).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_each_list_and_each_row_opens(browser, everything, model):
    row = model.objects.first()

    assert browser.get(url(model, "changelist"), {"q": "a"}, follow=True).status_code == 200
    assert browser.get(url(model, "changelist"), follow=True).status_code == 200
    assert browser.get(url(model, "change", row.pk), follow=True).status_code == 200
    if model not in ELSEWHERE:
        assert browser.get(url(model, "history", row.pk), follow=True).status_code == 200


@pytest.mark.parametrize(
    "model",
    [ApiKey, ContactMethod, Integration, Play, Policy, Service, SharedChannel, Team, User],
    ids=lambda model: model.__name__,
)
def test_each_form_for_a_new_row_opens(browser, model):
    assert browser.get(url(model, "add"), follow=True).status_code == 200


def test_a_user_leads_from_each_object_to_what_uses_it(browser, everything):
    policy, service = Policy.objects.get(), Service.objects.get()
    integration = Integration.objects.get()

    page = browser.get(url(Policy, "change", policy.pk)).content.decode()

    assert service.get_absolute_url() in page
    assert integration.get_absolute_url() in page


@pytest.mark.parametrize("model", [Policy, Play, Team, User, Service], ids=lambda m: m.__name__)
def test_responders_may_look_but_not_change(client, everything, model):
    client.force_login(make_person("Responder"))
    row = model.objects.first()
    if model in (Team, Service):
        row = make_team(User.objects.latest("pk"))
        row = row if model is Team else make_service(team=row)

    page = client.get(url(model, "change", row.pk))

    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.post(url(model, "change", row.pk), {"name": "x"}).status_code == 403


def test_strangers_are_led_to_the_login(client):
    answer = client.get(url(Policy, "changelist"))

    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("count", [20])
@pytest.mark.parametrize("model", [Policy, Service, Team, User], ids=lambda m: m.__name__)
def test_a_longer_list_needs_no_more_queries(browser, model, count, django_assert_max_num_queries):
    def make():
        person = make_user()
        make_service(make_policy(person), team=make_team(person))

    def queries():
        browser.get(url(model, "changelist"))  # What is asked for once in a while.
        with django_assert_max_num_queries(80) as captured:
            browser.get(url(model, "changelist"))
        return len(captured)

    make()
    few = queries()
    for _ in range(count):
        make()

    assert queries() == few
