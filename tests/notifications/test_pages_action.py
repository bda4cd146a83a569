from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.actions import respond
from notifications import action_links
from tests.factories import make_incident, make_service, make_team, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
DELIVERY = "2a858601-0000-4000-8000-000000000000"


def path_for(incident, user, verb="acknowledge", **fields):
    user_id = user.pk if user else None
    url = action_links.action_url(incident.pk, user_id, verb, delivery_id=DELIVERY, **fields)
    return url[url.index("/a/") :]


def stranger():
    """A browser that is not signed in, and that would notice a missing CSRF exemption."""
    return Client(enforce_csrf_checks=True)


def test_opening_the_link_changes_nothing():
    ana, incident = make_user("Ana"), make_incident()

    response = stranger().get(path_for(incident, ana))
    stranger().head(path_for(incident, ana))

    incident.refresh_from_db()
    assert incident.status == "open"
    assert "You act as Ana" in words(response)


def test_the_button_acknowledges_without_a_login():
    ana, incident = make_user("Ana"), make_incident()

    response = stranger().post(path_for(incident, ana))

    incident.refresh_from_db()
    entry = incident.timeline.get(verb="acknowledged")
    assert (incident.status, incident.assignee) == ("acknowledged", ana)
    assert (entry.by, entry.via) == (ana, "mail link")
    assert "You have it." in words(response)


def test_the_button_resolves():
    ana, incident = make_user("Ana"), make_incident()

    stranger().post(path_for(incident, ana, "resolve"))

    incident.refresh_from_db()
    assert incident.is_resolved


def test_pressing_twice_is_pressing_once():
    ana, incident = make_user("Ana"), make_incident()

    stranger().post(path_for(incident, ana))
    response = stranger().post(path_for(incident, ana))

    assert incident.timeline.filter(verb="acknowledged").count() == 1
    assert "You have it already." in words(response)


def test_who_comes_second_learns_who_has_it():
    ana, bo, incident = make_user("Ana"), make_user("Bo"), make_incident()
    respond.acknowledge(incident.pk, by=bo)

    response = stranger().get(path_for(incident, ana))

    assert "Bo has it already." in words(response)


def test_after_the_end_there_is_nothing_to_do():
    ana, incident = make_user("Ana"), make_incident()
    respond.resolve(incident.pk)

    shown = stranger().get(path_for(incident, ana))
    pressed = stranger().post(path_for(incident, ana))

    assert "It is resolved already" in words(shown)
    assert "It is resolved already" in words(pressed)
    assert incident.timeline.filter(verb="rejected_already_resolved").count() == 1


def test_an_old_link_says_that_it_is_too_old():
    incident = make_incident()
    path = path_for(incident, make_user(), now=timezone.now() - timedelta(days=30))

    response = stranger().post(path)

    incident.refresh_from_db()
    assert response.status_code == 410
    assert "This link is too old" in words(response)
    assert incident.status == "open"


@pytest.mark.parametrize("path", ["/a/x/", "/a/a1.2.3.4.5/", "/a/%00/"])
def test_a_forged_link_does_not_work(path):
    response = stranger().post(path)

    assert response.status_code == 404
    assert "This link does not work" in words(response)


def test_the_link_of_somebody_who_left_opens_nothing():
    gone, incident = make_user(is_active=False), make_incident()

    response = stranger().post(path_for(incident, gone))

    incident.refresh_from_db()
    assert response.status_code == 403
    assert incident.status == "open"


def test_a_link_for_many_readers_asks_who_it_is():
    ana = make_person("Responder")
    incident = make_incident(make_service(team=make_team(ana)))
    path = path_for(incident, None)

    unknown = stranger().post(path)
    browser(ana).post(path)

    incident.refresh_from_db()
    assert unknown.status_code == 403
    assert incident.assignee == ana


def test_the_page_keeps_its_address_to_itself():
    response = stranger().get(path_for(make_incident(title="<b>x</b>"), make_user()))

    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert "<b>x</b>" not in response.content.decode()
