import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import ServicePolicy
from incidents.models import Service
from notifications.models import ServiceNotificationSettings
from tests.factories import (
    make_incident,
    make_integration,
    make_policy,
    make_service,
    make_shared_channel,
    make_team,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_person("Owner", name="Olga Owner")


def test_without_a_service_the_list_says_what_one_is(owner):
    assert "No services yet" in words(browser(owner).get("/services/"))


def test_a_responder_sees_the_services_of_their_teams():
    ana = make_person("Responder")
    mine, other = make_service(team=make_team(ana)), make_service()
    client = browser(ana)

    assert [s for s, _ in client.get("/services/").context["services"]] == [mine]
    assert client.get(f"/services/{mine.pk}/").status_code == 200
    assert client.get(f"/services/{other.pk}/").status_code == 404


def test_a_service_without_a_policy_is_marked(owner):
    service = make_service()

    assert "No policy" in words(browser(owner).get("/services/"))
    page = words(browser(owner).get(f"/services/{service.pk}/"))
    assert "if it breaks, only the catch-all is told" in page


def test_the_page_says_who_is_told_first(owner):
    service = make_service(make_policy([], owner))

    page = words(browser(owner).get(f"/services/{service.pk}/"))

    assert "If it breaks now: Olga Owner" in page


@pytest.mark.parametrize("tab", ["incidents", "integrations", "settings", "no-such"])
def test_each_tab_opens(owner, tab):
    service = make_service(make_policy(owner))
    make_incident(service)
    make_integration(service=service)

    response = browser(owner).get(f"/services/{service.pk}/?tab={tab}")

    assert response.status_code == 200


def test_the_tab_of_integrations_lists_them(owner):
    service = make_service()
    make_integration(service=service, name="Prometheus prod")

    page = words(browser(owner).get(f"/services/{service.pk}/?tab=integrations"))

    assert "Prometheus prod" in page


def test_settings_are_saved(owner):
    service, team = make_service(), make_team()
    wanted = {"name": "Shop", "team": team.pk, "acknowledge_within_minutes": 5}

    browser(owner).post(f"/services/{service.pk}/change/", wanted)

    service.refresh_from_db()
    found = (service.name, service.team, service.acknowledge_within_minutes)
    assert found == ("Shop", team, 5)


def test_a_taken_name_is_refused_beside_its_field(owner):
    service, other = make_service(), make_service()

    response = browser(owner).post(f"/services/{service.pk}/change/", {"name": other.name})

    assert response.status_code == 422
    assert "Service with this Name already exists." in words(response)


def test_a_new_service_is_made(owner):
    response = browser(owner).post("/services/new/", {"name": "Shop"})

    service = Service.objects.get(name="Shop")
    assert response["Location"] == f"/services/{service.pk}/?tab=settings"


def test_the_default_policy_is_chosen_and_taken_away(owner):
    service, policy = make_service(), make_policy(owner)
    client = browser(owner)

    client.post(f"/services/{service.pk}/policy/", {"policy": policy.pk})
    chosen = ServicePolicy.objects.get(service=service).policy
    client.post(f"/services/{service.pk}/policy/", {"policy": ""})

    assert chosen == policy
    assert not ServicePolicy.objects.exists()


def test_shared_channels_are_chosen(owner):
    service, channel = make_service(), make_shared_channel()

    wanted = {"channels": [channel.pk], "on_resolved": "on"}
    browser(owner).post(f"/services/{service.pk}/notifications/", wanted)

    notice = ServiceNotificationSettings.objects.get(service=service)
    assert list(notice.channels.all()) == [channel]
    assert (notice.on_triggered, notice.on_resolved) == (False, True)


@pytest.mark.parametrize("action", ["change", "policy", "notifications"])
def test_a_responder_changes_no_settings(action):
    ana = make_person("Responder")
    service = make_service(team=make_team(ana))

    assert browser(ana).post(f"/services/{service.pk}/{action}/", {}).status_code == 403


def test_twenty_services_cost_as_many_queries_as_one(owner):
    client = browser(owner)
    make_incident(make_service(make_policy(owner)))
    client.get("/services/")
    one = count_queries(client)

    for _ in range(19):
        make_incident(make_service(make_policy(owner)))

    assert count_queries(client) == one


def test_services_are_paged_with_the_worst_first(owner):
    client = browser(owner)
    quiet = [make_service(make_policy(owner), name=f"Quiet {n:03}") for n in range(65)]
    broken = make_service(make_policy(owner), name="Zebra")
    make_incident(broken)

    first = [s for s, _ in client.get("/services/").context["services"]]
    second = [s for s, _ in client.get("/services/?page=2").context["services"]]

    assert first[0] == broken
    assert [*first[1:], *second] == quiet


def count_queries(client):
    with CaptureQueriesContext(connection) as queries:
        client.get("/services/")
    return len(queries)
