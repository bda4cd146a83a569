from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import start
from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Attempt, Notification
from tests.factories import (
    make_alert,
    make_incident,
    make_policy,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
    minutes,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
ACTIONS = ["acknowledge", "resolve", "escalate", "reopen", "snooze", "assign", "comment"]


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana Ferreira")


@pytest.fixture
def service(ana):
    return make_service(make_policy(ana, make_user("Bo Lind")), team=make_team(ana))


@pytest.fixture
def incident(service):
    return start.open_incident(service, "Disk full")


def post(person, incident, action, **data):
    return browser(person).post(f"/incidents/{incident.pk}/{action}/", data, follow=True)


def test_the_page_of_a_bare_incident_opens(ana, service):
    incident = make_incident(service)

    response = browser(ana).get(f"/incidents/{incident.pk}/")

    assert response.status_code == 200
    assert "Opened by hand: no alert." in words(response)


def test_the_page_says_who_is_next(ana, incident):
    page = words(browser(ana).get(f"/incidents/{incident.pk}/"))

    assert "Step 2 is next, unless somebody takes it Bo Lind" in page
    assert "Paged Ana Ferreira" in page


def test_an_acknowledged_incident_has_nobody_next(ana, incident):
    respond.acknowledge(incident.pk, by=ana)

    page = words(browser(ana).get(f"/incidents/{incident.pk}/"))

    assert "is next" not in page
    assert "Ana Ferreira acknowledged it" in page


def test_the_page_shows_every_attempt(ana, incident):
    row = Notification.objects.exclude(channel="inapp").get()
    Attempt.objects.create(
        notification=row,
        number=1,
        started_at=timezone.now(),
        outcome="failed",
        error="mail.example answered 451",
        may_repeat=True,
    )

    page = words(browser(ana).get(f"/incidents/{incident.pk}/"))

    assert "Attempt 1: failed, to be tried again" in page
    assert "may repeat an earlier one" in page
    assert "mail.example answered 451" in page


def test_the_incident_of_another_team_does_not_exist(ana):
    other = make_incident()

    assert browser(ana).get(f"/incidents/{other.pk}/").status_code == 404
    assert post(ana, other, "acknowledge").status_code == 404


def test_markup_of_a_sender_stays_text(ana, service):
    evil = "<img src=x onerror=alert(1)>"
    incident = make_incident(
        service, title=evil, description=evil, source=evil, url="javascript:alert(1)"
    )
    make_alert(
        incident, title=evil, source_id=evil, attributes={evil: evil}, url="data:text/html,x"
    )
    respond.comment(incident.pk, evil, by=ana, via=evil)

    page = browser(ana).get(f"/incidents/{incident.pk}/").content.decode()

    assert "<img src=x" not in page
    assert 'href="javascript:' not in page
    assert 'href="data:' not in page


def test_looking_changes_nothing(ana, incident):
    client = browser(ana)

    answers = {
        action: client.get(f"/incidents/{incident.pk}/{action}/").status_code for action in ACTIONS
    }

    before, entries = incident.changed_at, incident.timeline.count()
    incident.refresh_from_db()
    assert answers == dict.fromkeys(ACTIONS, 405)
    assert (incident.changed_at, incident.timeline.count()) == (before, entries)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_stakeholder_may_not_act(incident, ana, action):
    ana.groups.clear()

    assert post(ana, incident, action).status_code == 403


def test_acknowledging_twice_is_acknowledging_once(ana, incident):
    post(ana, incident, "acknowledge")
    response = post(ana, incident, "acknowledge")

    incident.refresh_from_db()
    assert (incident.status, incident.assignee) == ("acknowledged", ana)
    assert incident.timeline.filter(verb="acknowledged", via="web").count() == 1
    assert "You have #" in words(response)


def test_whoever_comes_too_late_is_told(ana, incident):
    respond.resolve(incident.pk)

    response = post(ana, incident, "acknowledge")

    assert f"Incident #{incident.pk} is already resolved." in words(response)


def test_resolving_keeps_the_note(ana, incident):
    post(ana, incident, "resolve", note="A full disk, emptied")

    incident.refresh_from_db()
    assert incident.is_resolved
    assert incident.timeline.get(verb="resolved").text == "A full disk, emptied"


def test_cancelling_is_a_resolution_of_its_own(ana, incident):
    response = post(ana, incident, "resolve", cancelled="1")

    incident.refresh_from_db()
    assert incident.resolution == Incident.Resolution.CANCELLED
    assert "Cancelled" in words(response)


def test_snoozing_for_an_hour(ana, incident):
    post(ana, incident, "snooze", choice="1h")

    incident.refresh_from_db()
    left = incident.snoozed_until - timezone.now()
    assert incident.status == "on_hold"
    assert minutes(59) < left <= minutes(60)


def test_a_moment_is_meant_in_ones_own_zone(incident, ana):
    ana.time_zone = "Asia/Tokyo"
    ana.save()
    day = (timezone.now() + timedelta(days=3)).date()

    post(ana, incident, "snooze", until=f"{day}T09:00", reason="Part arrives")

    incident.refresh_from_db()
    assert incident.snoozed_until.isoformat() == f"{day}T00:00:00+00:00"
    assert incident.timeline.get(verb="snoozed").text == "Part arrives"


@pytest.mark.parametrize("data", [{}, {"until": "soon"}, {"until": "2001-01-01T09:00"}])
def test_snoozing_without_a_future_moment_is_refused(ana, incident, data):
    response = post(ana, incident, "snooze", **data)

    incident.refresh_from_db()
    assert incident.status == "open"
    assert "until" in words(response).lower()


@pytest.mark.parametrize("who", ["{name}", "{email}", "{name} <{email}>"])
def test_assigning_by_name_or_address(ana, incident, who):
    eve = make_user("Eve Moreau")

    post(ana, incident, "assign", who=who.format(name=eve.name, email=eve.email))

    incident.refresh_from_db()
    assert incident.assignee == eve


def test_assigning_to_an_unknown_name_is_refused(ana, incident):
    response = post(ana, incident, "assign", who="Nobody Here")

    incident.refresh_from_db()
    assert incident.assignee is None
    assert "No colleague, or more than one, is called “Nobody Here”." in words(response)


def test_escalating_takes_the_next_step_now(ana, incident):
    post(ana, incident, "escalate")

    assert "Bo Lind" in {str(n.user) for n in incident.notifications.exclude(user=ana)}


def test_reopening_pages_again(ana, incident):
    respond.resolve(incident.pk)

    post(ana, incident, "reopen")

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == ("open", 2)


def test_a_comment_stands_on_the_timeline(ana, incident):
    response = post(ana, incident, "comment", text="Rolling back")

    assert "Ana Ferreira wrote · web Rolling back" in words(response)


def test_an_empty_comment_is_refused(ana, incident):
    post(ana, incident, "comment", text="  ")

    assert not incident.timeline.filter(verb="commented").exists()


def test_a_long_history_costs_as_many_queries_as_a_short_one(ana, incident):
    make_alert(incident, key="first")
    fill(incident, ana, "a")
    client = browser(ana)
    one = count_queries(client, incident)

    for n in range(19):
        fill(incident, ana, f"b{n}")

    assert count_queries(client, incident) == one
    assert one <= 41


def fill(incident, person, key):
    """One more alert, comment and notification with an attempt."""
    make_alert(incident, key=key)
    respond.comment(incident.pk, key, by=make_user(), via="web")
    row = Notification.objects.create(
        incident=incident,
        user=person,
        shared_channel=make_shared_channel(),
        channel="email",
        page_key=key,
    )
    Attempt.objects.create(notification=row, number=1, started_at=timezone.now())


def count_queries(client, incident):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/incidents/{incident.pk}/").status_code == 200
    return len(queries)
