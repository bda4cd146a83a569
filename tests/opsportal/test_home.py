import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.actions import start
from incidents.models import Service
from integrations.setup import integrations, replay
from tests.factories import make_incident, make_integration, make_policy, make_service, make_team
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counts():
    cache.clear()


def test_an_empty_portal_is_quiet():
    page = words(browser(make_person("Owner")).get("/"))

    assert "No open incidents" in page
    assert "No services yet" in page


@pytest.mark.parametrize("path", ["/", "/incidents/"])
def test_where_no_tool_can_report_quiet_is_not_called_well(path):
    client = browser(make_person("Owner"))

    deaf = words(client.get(path))
    integration = make_integration()
    hearing = words(client.get(path))
    integrations.set_enabled(integration.pk, False)
    disabled = words(client.get(path))

    for page in (deaf, disabled):
        assert "no tool can report here, whatever breaks" in page
        assert "Nothing needs you right now" not in page
    assert "Nothing needs you right now" in hearing


def test_a_service_about_which_nothing_reports_is_not_called_quiet():
    client = browser(make_person("Owner"))
    for name in ("Heard", "Deaf", "Disabled"):
        make_service(name=name)
    make_integration(service=Service.objects.get(name="Heard"))
    off = make_integration(service=Service.objects.get(name="Disabled"))
    integrations.set_enabled(off.pk, False)

    page = words(client.get("/services/"))

    assert page.count("Nothing reports") == 2
    assert page.count("Quiet") == 1
    assert "Heard check_circle Quiet" in page


def test_what_is_open_comes_before_what_somebody_has():
    owner = make_person("Owner")
    taken = make_incident(severity="critical", status="acknowledged")
    low, high = make_incident(severity="info"), make_incident(severity="error")

    response = browser(owner).get("/")

    assert response.context["incidents"] == [high, low, taken]
    assert "2 open incidents" in words(response)


def test_a_responder_sees_only_the_own_teams():
    ana = make_person("Responder")
    mine, other = make_incident(make_service(team=make_team(ana))), make_incident()

    response = browser(ana).get("/")

    assert response.context["incidents"] == [mine]
    assert other.service.name not in words(response)


def test_it_says_who_is_told_first_and_where_nobody_is():
    owner = make_person("Owner", name="Olga Owner")
    make_service(make_policy(owner), name="Alpha")
    make_service(name="Beta")

    page = words(browser(owner).get("/"))

    assert "Alpha Olga Owner" in page
    assert "Beta warning No policy" in page


def test_a_silent_part_shows_in_words():
    assert "has not reported yet" in words(browser(make_person("Owner")).get("/"))


def test_the_last_hours_messages_are_counted():
    integration = make_integration()
    replay.send_sample(integration.pk)

    page = words(browser(make_person("Owner")).get("/"))

    assert "1 in the last hour: 1 mapped 0 ignored 0 failed or rejected 0 waiting" in page


def test_a_refresh_brings_only_the_changing_part():
    page = browser(make_person("Owner")).get("/", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in page
    assert "On call by service" in page


def test_a_full_portal_costs_as_many_queries_as_a_small_one():
    owner = make_person("Owner")
    client = browser(owner)
    fill(owner)
    client.get("/")
    one = count_queries(client)

    for _ in range(19):
        fill(owner)

    assert count_queries(client) == one
    assert one <= 40


def fill(person):
    policy = make_policy(person)
    start.open_incident(make_service(policy), "Trouble")
    make_integration(service=make_service(policy))


def count_queries(client):
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    return len(queries)
