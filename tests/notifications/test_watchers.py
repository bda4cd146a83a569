"""Watchers are told of what happens, by what wakes nobody."""

import pytest
from django.utils import timezone

from incidents.actions import edit, respond, sla, watching
from incidents.errors import InvalidRequest
from incidents.models import Incident
from notifications.actions.updates import notify_status_updates
from notifications.models import Notification, ServiceNotificationSettings
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import make_incident, make_page, make_service, make_team, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident():
    return make_incident(make_service())


def told(person):
    """(event, reason) of each mail."""
    notify_status_updates()
    rows = person.notifications.filter(channel="email").order_by("pk")
    return [(row.event, row.reason) for row in rows]


def test_a_watcher_hears_of_comments_changes_and_states_and_not_of_what_they_did(incident):
    ana, bo = make_user("Ana"), make_user("Bo")
    watching.watch(incident.pk, ana, by=ana)
    respond.comment(incident.pk, "Looking", by=bo)
    respond.comment(incident.pk, "Me, too", by=ana)
    edit.edit(incident.pk, priority="P1", by=bo)
    respond.acknowledge(incident.pk, by=bo)
    respond.resolve(incident.pk, by=bo)

    assert told(ana) == [
        ("incident.updated", "you watch it. Bo wrote: Looking"),
        ("incident.updated", "you watch it. Bo changed it: Priority: from none to P1"),
        ("incident.acknowledged", "you watch it"),
        ("incident.resolved", "you watch it"),
    ]
    assert not ana.notifications.filter(urgent=True).exists()
    assert told(ana) == told(ana)


def test_who_was_paged_and_watches_hears_of_the_end_once(incident):
    ana = make_user()
    make_page(incident, ana)
    incident.notifications.update(state="sent")
    watching.watch(incident.pk, ana)

    respond.resolve(incident.pk, by=make_user())

    assert [event for event, _ in told(ana)] == ["incident.triggered", "incident.resolved"]


def test_who_watches_and_is_told_of_the_sla_as_its_assignee_hears_of_it_once(incident):
    ana = make_user("Ana")
    ServiceNotificationSettings.objects.create(service=incident.service, sla_tells_owner=True)
    respond.assign(incident.pk, ana)
    watching.watch(incident.pk, ana)
    watching.watch(incident.pk, bo := make_user("Bo"))
    notify_status_updates()
    Incident.objects.update(resolve_by=timezone.now(), resolve_target_minutes=5)

    sla.note_breaches(timezone.now())
    notify_status_updates()

    rows = Notification.objects.filter(event="incident.sla_breached", channel="email")
    told = sorted(rows.values_list("user", "reason"))
    assert told == [(ana.pk, "the service tells the assignee"), (bo.pk, "you watch it")]


def test_a_stakeholder_may_watch_and_is_told_and_never_paged(incident):
    sam = make_person("Stakeholder", name="Sam")
    watching.watch(incident.pk, sam, by=make_user())

    respond.resolve(incident.pk, by=make_user())

    assert [event for event, _ in told(sam)] == ["incident.resolved"]
    assert not incident.timeline.filter(verb="not_paged").exists()
    assert incident.timeline.get(verb="watcher_added").text == "Sam"


def test_who_watches_no_more_hears_nothing(incident):
    ana = make_user()
    for _ in range(2):
        watching.watch(incident.pk, ana, by=ana)
    for _ in range(2):
        watching.unwatch(incident.pk, ana, by=ana)

    respond.resolve(incident.pk, by=make_user())

    assert told(ana) == []
    assert not incident.timeline.filter(verb="watcher_added").exists()


def test_nobody_who_has_left_watches(incident):
    with pytest.raises(InvalidRequest):
        watching.watch(incident.pk, make_user(is_active=False))


def test_by_the_api_one_watches_or_has_others_watch_as_one_may(incident):
    sam, ana = make_login("Stakeholder"), make_login("Responder")
    incident.service.team = make_team(sam, ana)
    incident.service.save()
    path = f"/api/v1/incidents/{incident.pk}/"

    assert script(sam).post(f"{path}watch/").json()["watchers"] == [sam.pk]
    assert script(sam).post(f"{path}watch/", {"user": ana.pk}).status_code == 403
    found = owner().post(f"{path}watch/", {"user": ana.email}).json()
    assert found["watchers"] == [sam.pk, ana.pk]
    mine = script(ana).get("/api/v1/incidents/?watching=true").json()["results"]
    assert [row["id"] for row in mine] == [incident.pk]
    assert script(sam).post(f"{path}unwatch/").json()["watchers"] == [ana.pk]


def test_on_the_page_one_watches_and_stops(incident):
    ana = make_person("Responder", name="Ana Ferreira")
    bo = make_person("Responder", name="Bo Lind")
    incident.service.team = make_team(ana)
    incident.service.save()
    client, base = browser(ana), f"/incidents/{incident.pk}/"

    assert "Stop watching" in words(client.post(f"{base}watch/", follow=True))
    assert incident.title in words(client.get("/incidents/?watching=1"))
    page = client.post(f"{base}watchers/", {"who": bo.email}, follow=True)
    assert "Bo Lind is told of updates" in words(page)
    page = words(client.post(f"{base}unwatch/", follow=True))
    assert "Stop watching" not in page
