"""Opting out of an integration or a service: by the page, by the API, and what it does."""

import pytest

from integrations.models import IntegrationOptOut
from notifications.models import Notification, ServiceOptOut
from tests.api import make_person, script
from tests.factories import (
    make_catch_all,
    make_integration,
    make_policy,
    make_service,
    make_team,
    make_user,
)
from tests.integrations.posting import FAILURE, post, work
from tests.pages import browser, words
from tests.pages import make_person as make_reader

pytestmark = pytest.mark.django_db


def told_of(client, integration):
    """The names of those who are told of an alert, besides the line in the portal."""
    post(client, integration, FAILURE)
    work()
    return [str(row.user) for row in Notification.objects.exclude(channel="inapp").order_by("pk")]


@pytest.mark.parametrize(("urgency", "told"), [("low", ["Bo"]), ("high", ["Ana", "Bo"])])
def test_low_urgency_of_an_integration_is_not_sent_to_who_opted_out(client, urgency, told):
    ana, bo = make_user("Ana"), make_user("Bo")
    service = make_service(make_policy([ana, bo]), urgency_rule=urgency)
    integration = make_integration(service=service)
    IntegrationOptOut.objects.create(user=ana, integration=integration)

    assert told_of(client, integration) == told


def test_the_timeline_names_the_integration(client):
    ana = make_user("Ana")
    make_catch_all(make_user())
    service = make_service(make_policy(ana), urgency_rule="low")
    integration = make_integration(service=service, name="Grafana")
    IntegrationOptOut.objects.create(user=ana, integration=integration)

    told_of(client, integration)

    line = Notification.objects.first().incident.timeline.get(verb="not_paged")
    assert line.text.startswith("Ana has opted out of the integration Grafana: low urgency")


def test_one_opts_out_and_in_again_on_one_s_own_page():
    person = make_reader("Responder")
    service = make_service(name="Checkout", team=make_team(person))
    client = browser(person)

    client.post("/me/opt-outs/", {"what": f"service:{service.pk}"})
    page = words(client.get("/me/"))
    out = ServiceOptOut.objects.filter(user=person).count()
    client.post(f"/me/opt-outs/service/{service.pk}/remove/")

    assert out == 1
    assert "Checkout Service · low urgency and news are lines under the bell" in page
    assert not ServiceOptOut.objects.exists()


def test_what_one_does_not_see_is_not_offered_and_refused():
    person, hidden = make_reader("Responder"), make_service(name="Payroll")
    client = browser(person)

    page = words(client.get("/me/"))
    client.post("/me/opt-outs/", {"what": f"service:{hidden.pk}"})
    by_api = script(person).put("/api/v1/opt-outs/", {"services": [hidden.pk], "integrations": []})

    assert "Payroll" not in page
    assert by_api.status_code == 400
    assert not ServiceOptOut.objects.exists()


def test_the_api_shows_and_takes_the_whole():
    person = make_person("App Admin")
    client, integration = script(person), make_integration()
    service = integration.service
    ServiceOptOut.objects.create(user=person, service=service)

    before = client.get("/api/v1/opt-outs/").json()
    after = client.put("/api/v1/opt-outs/", {"services": [], "integrations": [integration.pk]})

    assert before == {"services": [service.pk], "integrations": []}
    assert after.json() == {"services": [], "integrations": [integration.pk]}
    assert not ServiceOptOut.objects.exists()
