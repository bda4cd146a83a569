"""Whoever sees nothing is told so, and what to ask for: an empty page is not a quiet one."""

import pytest
from django.contrib.auth.models import Permission

from tests.factories import make_incident, make_service, make_team
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
PAGES = ["/", "/incidents/", "/incidents/?status=resolved", "/services/", "/changes/"]
PAGES += ["/inbound-log/", "/integrations/", "/integrations/?channel=heartbeat", "/maintenance/"]
NO_TEAM = "You are in no team"


def seen(person, path):
    return words(browser(person).get(path))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", ["Responder", "Stakeholder"])
def test_who_is_in_no_team_is_told_on_every_page(path, role):
    make_incident()

    page = seen(make_person(role), path)

    assert NO_TEAM in page
    assert "Ask whoever administers people and teams to add you to one." in page
    assert "Nothing needs you right now" not in page
    assert "No open incidents" not in page


@pytest.mark.parametrize("path", PAGES)
def test_the_parts_that_refresh_themselves_say_it_as_well(path):
    client = browser(make_person("Responder"))

    assert NO_TEAM in words(client.get(path, headers={"HX-Request": "true"}))


@pytest.mark.parametrize("path", PAGES)
def test_whose_team_has_no_service_is_told(path):
    person = make_person("Responder")
    team = make_team(person)
    make_service(team=make_team())

    page = seen(person, path)

    assert f"No service belongs to your team {team}, so you see no incidents" in page
    assert "No open incidents" not in page


@pytest.mark.parametrize("path", PAGES)
def test_whose_team_has_a_service_is_told_what_is(path):
    person = make_person("Responder")
    make_service(team=make_team(person))

    page = seen(person, path)

    assert "You see" not in page
    assert "belongs to your team" not in page


@pytest.mark.parametrize("path", PAGES)
def test_who_sees_everything_of_a_new_portal_is_told_what_is(path):
    page = seen(make_person("Owner"), path)

    assert NO_TEAM not in page
    assert "You see nothing" not in page


def test_who_sees_only_what_pages_them_is_told_that_it_is_not_all():
    person = make_person("Responder")
    make_incident(assignee=person)

    for path in ("/", "/incidents/"):
        assert NO_TEAM in seen(person, path)


def who_changes_services():
    """Sees every service, and the incidents of none."""
    person = make_person("Responder")
    person.user_permissions.add(Permission.objects.get(codename="change_service"))
    return person


def test_a_service_without_a_team_says_that_its_incidents_are_not_seen():
    service = make_service(name="Checkout")
    make_incident(service)

    page = seen(who_changes_services(), f"/services/{service.pk}/")

    assert "Checkout has no team, so you see none of its incidents" in page
    assert "No open incidents" not in page


def test_a_service_of_another_team_says_whose_it_is():
    service = make_service(name="Checkout", team=make_team())
    make_incident(service)

    page = seen(who_changes_services(), f"/services/{service.pk}/")

    assert f"Checkout belongs to {service.team}, which you are not in" in page
    assert "This service has no open incident" not in page


def test_the_list_of_services_marks_those_without_a_team():
    make_service(name="Checkout")

    assert "No team" in seen(make_person("Owner"), "/services/")
    assert "No owner team yet: no team sees its incidents" in seen(
        make_person("Owner"), f"/services/{make_service().pk}/"
    )


def test_the_list_of_services_calls_none_quiet_whose_incidents_are_not_seen():
    make_service(name="Checkout")

    page = seen(who_changes_services(), "/services/")

    assert "Not seen" in page
    assert "Quiet" not in page


def test_the_chart_of_the_home_page_shows_no_zero_to_who_sees_no_service():
    page = seen(make_person("Responder"), "/")

    assert "0 in the last hour" not in page
