import pytest
from django.utils import timezone

from escalation.actions import reconcile, start
from escalation.models import Run
from incidents.actions import ingest, respond
from incidents.models import Incident
from notifications.models import Notification
from tests.factories import (
    make_incident,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)

pytestmark = pytest.mark.django_db


def begin(policy=None):
    return start.open_incident(make_service(policy or make_policy(make_user())), "Disk full")


def run_of(incident):
    incident.refresh_from_db()
    return Run.objects.get(incident=incident, paging_round=incident.paging_round)


@pytest.mark.parametrize(
    ("act", "state"),
    [
        (lambda i: respond.resolve(i.pk), "finished"),
        (lambda i: respond.acknowledge(i.pk), "paused"),
        (lambda i: respond.assign(i.pk, make_user()), "paused"),
        (lambda i: respond.snooze(i.pk, timezone.now() + minutes(5)), "paused"),
        (lambda i: respond.comment(i.pk, "hello"), "escalating"),
    ],
    ids=["resolved", "acknowledged", "assigned", "snoozed", "only commented"],
)
def test_the_sweep_brings_runs_into_line_where_the_signal_was_lost(act, state):
    incident = begin()
    act(incident)

    reconcile.reconcile_runs(now=timezone.now())

    run = run_of(incident)
    assert run.state == state
    assert (run.next_step_at is None) == (state != "escalating")


def test_settling_twice_changes_nothing():
    incident = begin()
    respond.resolve(incident.pk)
    now = timezone.now()
    reconcile.reconcile_run(incident.pk, now=now)

    reconcile.reconcile_run(incident.pk, now=now + minutes(5))

    assert run_of(incident).finished_at == now


def test_an_acknowledged_run_that_stops_at_assigning_goes_on():
    incident = begin(make_policy(make_user(), stops_when="assign"))
    respond.acknowledge(incident.pk, by=make_user())

    reconcile.reconcile_runs(now=timezone.now())

    assert run_of(incident).state == "escalating"


def test_an_open_incident_without_a_run_is_adopted():
    alice = make_user()
    incident = make_incident(make_service(make_policy(alice)))

    adopted = reconcile.start_missing_runs(now=timezone.now())

    assert adopted == 1
    assert Notification.objects.get(incident=incident, channel="email").user == alice


def test_an_incident_whose_new_round_has_no_run_is_adopted_with_the_plan_it_had():
    alice = make_user()
    incident = begin(make_policy(alice))
    Incident.objects.filter(pk=incident.pk).update(paging_round=2)

    reconcile.start_missing_runs(now=timezone.now())

    assert run_of(incident).plan.name == incident.runs.last().plan.name
    assert Notification.objects.filter(incident=incident, user=alice, channel="email").count() == 2


@pytest.mark.parametrize("status", ["acknowledged", "on_hold", "resolved"])
def test_what_does_not_page_is_not_adopted(status):
    make_incident(status=status)

    assert reconcile.start_missing_runs(now=timezone.now()) == 0


def test_what_has_a_run_is_not_adopted():
    begin()

    assert reconcile.start_missing_runs(now=timezone.now()) == 0


def test_worse_than_acknowledged_needs_no_adoption():
    """The report says that it pages again, and its caller starts the run with it."""
    service = make_service(make_policy(make_user()))
    ingest.report([make_report(service, severity="warning")])
    reconcile.start_missing_runs(now=timezone.now())
    incident = Incident.objects.get()
    respond.acknowledge(incident.pk)

    (outcome,) = ingest.report([make_report(service, "update", severity="critical")])

    assert (outcome.starts_run, outcome.incident_id) == (True, incident.pk)
