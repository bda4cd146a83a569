import pytest
from django.utils import timezone

from incidents.actions import ingest, respond, restart, sla
from incidents.actions import open as incident_open
from incidents.models import Incident
from tests.factories import make_report, make_service, make_user, minutes

pytestmark = pytest.mark.django_db


def open_one(**targets):
    service = make_service(**targets)
    return incident_open.open_incident(service, "Disk full")


def breaches(incident):
    return [e.facts["target"] for e in incident.timeline.filter(verb="sla_breached")]


def test_a_missed_target_is_noted_once():
    incident = open_one(acknowledge_within_minutes=5)
    late = incident.opened_at + minutes(5)

    first, second = sla.note_breaches(late), sla.note_breaches(late + minutes(1))

    assert (first, second) == (1, 0)
    assert breaches(incident) == ["acknowledge"]


def test_nothing_is_missed_before_its_time():
    incident = open_one(acknowledge_within_minutes=5, resolve_within_minutes=60)

    sla.note_breaches(incident.opened_at + minutes(4))

    assert breaches(incident) == []


def test_each_target_is_missed_by_itself():
    incident = open_one(acknowledge_within_minutes=5, resolve_within_minutes=60)

    sla.note_breaches(incident.opened_at + minutes(60))

    assert sorted(breaches(incident)) == ["acknowledge", "resolve"]


@pytest.mark.parametrize("take", ["acknowledge", "assign"])
def test_who_takes_it_in_time_keeps_that_target_and_not_the_other(take):
    incident = open_one(acknowledge_within_minutes=5, resolve_within_minutes=60)
    alice = make_user()
    if take == "assign":
        respond.assign(incident.pk, alice)
    else:
        respond.acknowledge(incident.pk, by=alice)

    sla.note_breaches(incident.opened_at + minutes(61))

    assert breaches(incident) == ["resolve"]


def test_what_is_resolved_in_time_misses_nothing():
    incident = open_one(acknowledge_within_minutes=5, resolve_within_minutes=60)
    respond.resolve(incident.pk)

    assert sla.note_breaches(incident.opened_at + minutes(61)) == 0


def test_alerts_start_and_stop_the_same_timers():
    service = make_service(acknowledge_within_minutes=5, resolve_within_minutes=60)
    now = timezone.now()
    ingest.report([make_report(service, at=now)])
    incident = Incident.objects.get()
    started = (incident.acknowledge_by, incident.resolve_by)

    ingest.report([make_report(service, "acknowledge"), make_report(service, "resolve")])

    incident.refresh_from_db()
    assert started == (now + minutes(5), now + minutes(60))
    assert (incident.acknowledge_by, incident.resolve_by) == (None, None)


def test_reopening_starts_the_timers_again_but_a_missed_target_stays_missed():
    incident = open_one(acknowledge_within_minutes=5, resolve_within_minutes=60)
    sla.note_breaches(incident.opened_at + minutes(5))
    respond.resolve(incident.pk)

    restart.reopen(incident.pk)

    incident.refresh_from_db()
    assert incident.acknowledge_by is None
    assert incident.resolve_by > timezone.now() + minutes(59)


def test_a_service_without_targets_sets_no_timers():
    incident = open_one()

    assert (incident.acknowledge_by, incident.resolve_by) == (None, None)
