"""Whether an incident is within its service level, at risk or past it, and who is told."""

import pytest
from django.utils import timezone

from escalation.actions import start
from incidents.actions import ingest, respond, restart, sla
from incidents.actions import open as incident_open
from incidents.models import Incident
from incidents.sla_targets import targets_from_text
from notifications.actions import updates
from notifications.models import Notification, ServiceNotificationSettings
from tests.factories import make_policy, make_report, make_service, make_team, make_user, minutes

pytestmark = pytest.mark.django_db


def open_one(policy=None, **service):
    service.setdefault("resolve_within_minutes", 60)
    return start.open_incident(make_service(policy, **service), "Disk full")


def state(incident):
    incident.refresh_from_db()
    return incident.sla_state


def test_an_incident_says_whether_it_is_within_its_service_level():
    incident = open_one(acknowledge_within_minutes=10)
    opened = incident.opened_at

    states = [state(incident)]
    for after in (5, 10):
        sla.note_breaches(opened + minutes(after))
        states.append(state(incident))
    respond.resolve(incident.pk)

    assert [*states, state(incident)] == ["within", "at_risk", "breached", "breached"]
    assert state(incident_open.open_incident(make_service(), "No target")) == ""


def test_who_takes_it_after_the_warning_takes_the_risk_away():
    incident = open_one(acknowledge_within_minutes=10)
    sla.note_breaches(incident.opened_at + minutes(5))
    assert state(incident) == "at_risk"

    respond.acknowledge(incident.pk, by=make_user())

    assert state(incident) == "within"


def test_a_target_that_was_past_when_somebody_took_it_is_missed_all_the_same():
    incident = open_one(acknowledge_within_minutes=10)
    Incident.objects.update(acknowledge_by=timezone.now() - minutes(1))

    respond.acknowledge(incident.pk, by=make_user())
    noted = [sla.note_breaches(timezone.now()) for _ in range(2)]

    assert noted == [1, 0]
    assert incident.timeline.filter(verb="sla_breached").count() == 1


def test_the_targets_of_the_policy_come_before_those_of_the_service():
    rows = targets_from_text("critical: acknowledge 5, resolve 30")
    incident = open_one(make_policy(make_user(), sla_targets=rows))
    ingest.report([make_report(service := make_service(resolve_within_minutes=60))])

    incident.refresh_from_db()
    assert incident.resolve_by == incident.told_from + minutes(30)
    assert incident.acknowledge_target_minutes == 5
    other = Incident.objects.get(service=service)
    assert other.resolve_by == other.opened_at + minutes(60)


def test_reopened_it_goes_on_with_what_was_left_to_resolve_it():
    incident = open_one(acknowledge_within_minutes=10)
    respond.resolve(incident.pk)
    Incident.objects.update(resolve_remaining_s=600)

    restart.reopen(incident.pk)

    incident.refresh_from_db()
    now = timezone.now()
    assert now + minutes(9) < incident.resolve_by <= now + minutes(10)
    assert now + minutes(9) < incident.acknowledge_by <= now + minutes(10)


def test_a_snooze_is_counted_as_held_and_pauses_the_clock():
    incident = open_one()
    respond.snooze(incident.pk, timezone.now() + minutes(30), by=make_user())
    Incident.objects.update(held_since=timezone.now() - minutes(20))

    paused = Incident.objects.get().resolve_by
    respond.acknowledge(incident.pk, by=make_user())

    incident.refresh_from_db()
    assert paused is None
    assert incident.held_since is None
    assert 1200 <= incident.held_s < 1260
    assert incident.resolve_by > timezone.now() + minutes(59)


def test_the_assignee_and_the_managers_are_told_where_the_service_says_so():
    boss, ana = make_user(), make_user()
    incident = open_one(team=make_team(boss, is_manager=True))
    ServiceNotificationSettings.objects.create(
        service=incident.service, sla_tells_owner=True, sla_tells_managers=True
    )
    respond.assign(incident.pk, ana)
    updates.notify_status_updates()

    for after in (45, 46, 60, 61):
        sla.note_breaches(incident.opened_at + minutes(after))
        updates.notify_status_updates()

    rows = Notification.objects.filter(channel="email", event__contains="sla").order_by("pk")
    told = [(row.event, row.user) for row in rows]
    assert told == [
        (event, person)
        for event in ("incident.sla_warning", "incident.sla_breached")
        for person in (ana, boss)
    ]
