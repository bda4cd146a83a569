from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from escalation.actions import restart
from incidents.actions import respond
from notifications import action_links
from tests.factories import make_incident, make_page, make_service, make_team, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
DELIVERY = "2a858601-0000-4000-8000-000000000000"


def path_for(incident, user, verb="acknowledge", **fields):
    user_id = user.pk if user else None
    url = action_links.action_url(incident.pk, user_id, verb, delivery_id=DELIVERY, **fields)
    return url[url.index("/a/") :]


def paged(name="", incident=None):
    """Somebody without a role, and the incident that they are paged for."""
    person, incident = make_user(name), incident or make_incident()
    make_page(incident, person)
    return person, incident


def stranger():
    """A browser that is not signed in, and that would notice a missing CSRF exemption."""
    return Client(enforce_csrf_checks=True)


def test_opening_the_link_changes_nothing():
    ana, incident = paged("Ana")

    response = stranger().get(path_for(incident, ana))
    stranger().head(path_for(incident, ana))

    incident.refresh_from_db()
    assert incident.status == "open"
    assert "You act as Ana" in words(response)


def test_the_button_acknowledges_without_a_login():
    ana, incident = paged("Ana")

    response = stranger().post(path_for(incident, ana))

    incident.refresh_from_db()
    entry = incident.timeline.get(verb="acknowledged")
    assert (incident.status, incident.assignee) == ("acknowledged", ana)
    assert (entry.by, entry.via) == (ana, "mail link")
    assert "You have it." in words(response)


def test_the_button_resolves():
    ana, incident = paged("Ana")

    stranger().post(path_for(incident, ana, "resolve"))

    incident.refresh_from_db()
    assert incident.is_resolved


def test_pressing_twice_is_pressing_once():
    ana, incident = paged("Ana")

    stranger().post(path_for(incident, ana))
    response = stranger().post(path_for(incident, ana))

    assert incident.timeline.filter(verb="acknowledged").count() == 1
    assert "You have it already." in words(response)


def test_who_comes_second_learns_who_has_it():
    (ana, incident), bo = paged("Ana"), make_user("Bo")
    respond.acknowledge(incident.pk, by=bo)

    response = stranger().get(path_for(incident, ana))

    assert "Bo has it already." in words(response)


def test_after_the_end_there_is_nothing_to_do():
    ana, incident = paged("Ana")
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
    ana, incident = paged(incident=make_incident(title="<b>x</b>"))

    response = stranger().get(path_for(incident, ana))

    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert "<b>x</b>" not in response.content.decode()


# Whoever is paged can act, and nobody else --------------------------------------------------


def link_of(mail, verb="acknowledge"):
    """The path of the link in this very mail."""
    url = action_links.action_url(
        mail.incident_id, mail.user_id, verb, delivery_id=str(mail.delivery_id)
    )
    return url[url.index("/a/") :]


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_whoever_is_paged_without_a_role_acts_by_the_link(verb):
    ana, incident = make_user("Ana"), make_incident()
    mail = make_page(incident, ana)

    stranger().post(link_of(mail, verb))

    incident.refresh_from_db()
    assert incident.timeline.get(verb=f"{verb}d").by == ana


def test_who_was_not_paged_and_has_no_role_does_not_act():
    ana, incident = make_user("Ana"), make_incident()

    response = stranger().post(path_for(incident, ana))

    incident.refresh_from_db()
    assert (response.status_code, incident.status) == (403, "open")


def test_a_page_for_one_incident_is_no_right_for_another():
    ana, _ = paged("Ana")
    other = make_incident()

    response = stranger().post(path_for(other, ana))

    other.refresh_from_db()
    assert (response.status_code, other.status) == (403, "open")


@pytest.mark.parametrize(
    ("roles", "why"), [(["Stakeholder"], "is a Stakeholder"), ([], "has no role any more")]
)
def test_the_link_of_who_lost_the_role_since_says_why_it_does_not_act(roles, why):
    ana = make_person("Responder", name="Ana")
    incident = make_incident(make_service(team=make_team(ana)))
    mail = make_page(incident, ana)
    ana.groups.set(Group.objects.filter(name__in=roles))

    shown, pressed = stranger().get(link_of(mail)), stranger().post(link_of(mail))

    incident.refresh_from_db()
    assert (shown.status_code, pressed.status_code, incident.status) == (403, 403, "open")
    assert f"Nothing was changed. Ana {why}" in words(shown)
    assert "<button" not in shown.content.decode()


@pytest.mark.parametrize("role", ["", "Responder"])
def test_the_link_of_the_round_before_says_that_paging_began_anew(role):
    ana = make_person(role, name="Ana")
    incident = make_incident(make_service(team=make_team(ana)))
    mail = make_page(incident, ana)
    respond.resolve(incident.pk)
    restart.reopen(incident.pk)

    response = stranger().post(link_of(mail))

    incident.refresh_from_db()
    assert (response.status_code, incident.status) == (403, "open")
    assert "aging has started anew" in words(response)


def test_who_is_paged_anew_acts_by_the_new_link():
    ana, incident = make_user("Ana"), make_incident()
    make_page(incident, ana)
    respond.resolve(incident.pk)
    restart.reopen(incident.pk)
    incident.refresh_from_db()
    mail = make_page(incident, ana)

    stranger().post(link_of(mail))

    incident.refresh_from_db()
    assert incident.assignee == ana
