"""A private incident is seen by who responds to it, its team, its watchers, and who sees all."""

import pytest
from django.utils import timezone

from escalation.actions import add_responders, assign_team, merging, start
from incidents.actions import edit, respond, sla, watching
from incidents.errors import InvalidRequest
from incidents.models import Alert, Incident, Membership
from integrations.models import InboundMessage
from notifications.actions import build_message, page, updates
from notifications.choices import NotificationEvent
from notifications.models import Notification, ServiceNotificationSettings
from notifications.page import Page
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import (
    make_alert,
    make_incident,
    make_integration,
    make_page,
    make_policy,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
SECRET = "Intruder in the vault"


@pytest.fixture
def ana():
    """In the team of the service, and with nothing to do with the incident."""
    return make_person("Responder", name="Ana Ferreira")


@pytest.fixture
def private(ana):
    service = make_service(team=make_team(ana), name="Vault")
    incident = make_incident(service, title=SECRET, is_private=True, tags=["burglary"])
    make_alert(incident, title=SECRET)
    return incident


def sees(person, incident):
    return Incident.objects.visible_to(person).filter(pk=incident.pk).exists()


def test_the_team_of_its_service_does_not_see_it_anywhere(ana, private):
    integration = make_integration(service=private.service)
    message = InboundMessage.objects.create(
        integration=integration, service=private.service, incident=private, body=SECRET.encode()
    )
    client, api = browser(ana), script(ana)

    number = private.pk
    lists = ["/", "/incidents/?status=all", f"/incidents/?status=all&q={number}", "/alerts/"]
    lists += ["/incidents/?status=all&tag=burglary", f"/services/{private.service_id}/"]
    lists += ["/inbound-log/", f"/alerts/?status=all&incident={number}"]
    for path in lists:
        assert SECRET not in words(client.get(path)), path
    assert client.get(f"/incidents/{number}/").status_code == 404
    assert client.get(f"/inbound-log/{message.pk}/").status_code == 404
    assert "1 open" not in words(client.get("/services/"))
    for path in ("incidents", "alerts", "inbound-messages", "notifications"):
        assert api.get(f"/api/v1/{path}/").json()["results"] == [], path
    assert api.get(f"/api/v1/incidents/?search=vault&id={number}").json()["results"] == []
    assert api.get(f"/api/v1/incidents/{number}/timeline/").status_code == 404
    [service] = api.get("/api/v1/services/").json()["results"]
    assert service["open_incidents"] == 0
    assert api.post(f"/api/v1/incidents/{number}/acknowledge/").status_code == 404


def test_who_sees_everything_sees_it(private):
    found = owner().get(f"/api/v1/incidents/{private.pk}/").json()

    assert (found["title"], found["is_private"]) == (SECRET, True)


def test_who_is_paged_asked_or_assigned_sees_it_and_so_do_its_team_and_watchers(private):
    paged, asked, owner_, member, watcher = (make_person("Responder") for _ in range(5))
    make_page(private, paged)
    add_responders.ask(private.pk, users=[asked])
    respond.assign(private.pk, owner_)
    assign_team.assign_team(private.pk, make_team(member, is_primary=False))
    watching.watch(private.pk, watcher)

    assert all(sees(one, private) for one in (paged, asked, owner_, member, watcher))
    assert Alert.objects.visible_to(watcher).exists()
    assert script(watcher).get("/api/v1/alerts/").json()["results"][0]["title"] == SECRET
    assert not sees(make_person("Responder"), private)


def test_who_watches_no_more_sees_it_no_more(private):
    watcher = make_person("Responder")
    watching.watch(private.pk, watcher)
    Notification.objects.create(
        user=watcher, incident=private, channel="inapp", page_key="w", is_announcement=True
    )

    watching.unwatch(private.pk, watcher)

    assert not sees(watcher, private)


def test_who_makes_it_private_goes_on_seeing_it(ana):
    incident = make_incident(make_service(team=make_team(ana)))

    answer = script(ana).patch(f"/api/v1/incidents/{incident.pk}/", {"is_private": True})

    assert (answer.status_code, answer.json()["watchers"]) == (200, [ana.pk])
    assert incident.timeline.get().text == "Private from now on"
    edit.edit(incident.pk, is_private=False)
    assert incident.timeline.last().text == "No longer private"


def test_one_is_opened_as_private_and_seen_by_who_opened_it():
    bea = make_login("Group Admin")
    service = make_service(team=make_team(bea, colleague := make_login("Responder")))
    body = {"title": SECRET, "service": service.name, "is_private": True}

    made = script(bea).post("/api/v1/incidents/", body)

    incident = Incident.objects.get(pk=made.json()["id"])
    assert made.json()["is_private"]
    assert not sees(colleague, incident)


def test_a_shared_channel_is_told_that_there_is_one_and_no_more(ana):
    channel, service = make_shared_channel(), make_service(team=make_team(ana))
    incident = start.open_incident(
        service, SECRET, policy=make_policy([ana, channel]), description=SECRET, is_private=True
    )

    to_channel = incident.notifications.get(shared_channel=channel)
    to_person = incident.notifications.get(user=ana, channel="email")

    told = {
        row: build_message.summary_of(incident, row, may_act=False)
        for row in (to_channel, to_person)
    }
    assert (told[to_channel].title, told[to_channel].summary) == ("A private incident", "")
    assert told[to_person].title == SECRET


def test_the_words_of_a_workflow_do_not_say_in_a_shared_channel_what_is_private(private):
    channel, reader = make_shared_channel(), make_person("Responder")
    watching.watch(private.pk, watcher := make_person("Responder"))
    common = {
        "incident_id": private.pk,
        "page_key": "w",
        "reason": "",
        "urgent": False,
        "event": NotificationEvent.WORKFLOW,
        "is_announcement": True,
        "subject": SECRET,
        "text": SECRET,
    }
    whom = [{"shared_channel_id": channel.pk}, {"user_id": reader.pk}, {"user_id": watcher.pk}]
    page.page([Page(**common, **one) for one in whom], now=timezone.now())

    told = {
        row.shared_channel or row.user: build_message.build_message(
            [row], now=timezone.now(), may_repeat=False
        )
        for row in private.notifications.exclude(channel="inapp")
    }

    assert told[channel].title == told[reader].title == f"About #{private.pk}: A private incident"
    assert SECRET not in told[channel].body + told[reader].body
    assert told[watcher].title == SECRET


def test_managers_who_do_not_see_it_are_told_that_there_is_one_and_no_more(ana, private):
    ServiceNotificationSettings.objects.create(service=private.service, sla_tells_managers=True)
    Membership.objects.update(is_manager=True)
    Incident.objects.update(resolve_by=timezone.now(), resolve_target_minutes=5)

    sla.note_breaches(timezone.now())
    updates.notify_status_updates()

    row = private.notifications.get(user=ana, channel="email")
    message = build_message.build_message([row], now=timezone.now(), may_repeat=False)
    assert SECRET not in message.title + message.body
    bell = words(browser(ana).get("/"))
    assert f"#{private.pk} A private incident" in bell
    assert SECRET not in bell


def test_the_alerts_of_a_private_one_do_not_become_public_by_a_merge_or_a_split(ana, private):
    public = make_incident(private.service)

    with pytest.raises(InvalidRequest, match="is private"):
        merging.merge(public.pk, [private.pk])
    alert = make_alert(private, "other")
    watcher = make_person("Responder")
    watching.watch(private.pk, watcher)
    new = merging.split(private.pk, [alert.pk], by=make_user())
    assert new.is_private
    assert sees(watcher, new)
    merging.merge(private.pk, [public.pk])
    page = words(browser(ana).get(f"/incidents/{public.pk}/"))
    assert f"Merged into #{private.pk}" in page
    assert SECRET not in page
    assert SECRET in words(browser(make_login("Owner")).get(f"/incidents/{public.pk}/"))


def test_a_link_to_it_is_shown_to_who_sees_it_alone(ana, private):
    public = make_incident(private.service)
    owner().post(f"/api/v1/incidents/{public.pk}/link/", {"incident": private.pk})

    assert script(ana).get(f"/api/v1/incidents/{public.pk}/").json()["links"] == []
    assert SECRET not in words(browser(ana).get(f"/incidents/{public.pk}/"))
    assert len(owner().get(f"/api/v1/incidents/{public.pk}/").json()["links"]) == 1
