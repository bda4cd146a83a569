import pytest
from django.utils import timezone

from escalation.actions import leases, reconcile, scheduler, start
from escalation.errors import StepsFailed
from escalation.models import Run
from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Notification
from tests.factories import make_policy, make_service, make_user, minutes
from tests.threads import race
from tests.timers import advance_due


def begin(policy, **fields):
    return start.open_incident(make_service(policy), "Disk full", **fields)


def run_of(incident):
    incident.refresh_from_db()
    return Run.objects.get(incident=incident, paging_round=incident.paging_round)


def told(incident):
    rows = Notification.objects.filter(incident=incident, channel="email").order_by("pk")
    return [row.user for row in rows]


@pytest.mark.django_db
def test_nothing_is_taken_before_its_time():
    incident = begin(make_policy(make_user(), make_user()))

    moved = advance_due(run_of(incident).next_step_at - minutes(1))

    assert moved == 0


@pytest.fixture
def broken_and_well():
    """Two runs that are due, of which the first cannot be moved; and when."""
    broken = begin(make_policy(make_user(), make_user()))
    run = run_of(broken)
    run.plan_json = {"version": 99}
    run.save()
    well = begin(make_policy(make_user(), make_user()))
    return broken, well, run_of(well).next_step_at


@pytest.mark.django_db
def test_a_run_that_cannot_move_holds_nobody_up_and_fails_its_task(broken_and_well):
    broken, well, due = broken_and_well

    with pytest.raises(StepsFailed, match="1 of 2 runs could not advance"):
        advance_due(due)

    assert len(told(well)) == 2
    assert len(told(broken)) == 1


@pytest.mark.django_db
def test_a_run_that_cannot_move_is_tried_again_in_a_minute(broken_and_well):
    broken, _, due = broken_and_well
    with pytest.raises(StepsFailed):
        advance_due(due)

    before = leases.lease_due(due + minutes(1) - 2 * leases.AHEAD)
    after = leases.lease_due(due + minutes(1))

    assert (before, after) == (0, 1)
    assert run_of(broken).next_step_at <= due


@pytest.mark.django_db
def test_a_snooze_that_is_over_starts_from_the_first_step_at_once():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob, make_user()))
    advance_due(run_of(incident).next_step_at)
    until = timezone.now() + minutes(30)
    respond.snooze(incident.pk, until)
    reconcile.reconcile_run(incident.pk, now=timezone.now())

    woken = scheduler.end_due_snoozes(until)

    assert woken == 1
    assert told(incident) == [alice, bob, alice]
    assert run_of(incident).next_step_at == until + minutes(5)


@pytest.mark.django_db
def test_a_snooze_before_the_first_step_wakes_with_the_first_step():
    alice = make_user()
    incident = begin(make_policy(alice))
    until = timezone.now() + minutes(30)
    respond.snooze(incident.pk, until)

    scheduler.end_due_snoozes(until)

    assert told(incident) == [alice, alice]


@pytest.mark.django_db
def test_an_incident_on_hold_is_left_alone():
    incident = begin(make_policy(make_user(), make_user()))
    due = run_of(incident).next_step_at
    respond.snooze(incident.pk, due + minutes(30))

    advance_due(due)
    scheduler.end_due_snoozes(due)

    assert len(told(incident)) == 1
    assert run_of(incident).state == "paused"


@pytest.mark.django_db
def test_an_acknowledgement_without_a_resolution_expires_and_pages_from_the_start():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob, acknowledgement_expires_minutes=30))
    respond.acknowledge(incident.pk, by=alice)
    reconcile.reconcile_run(incident.pk, now=timezone.now())
    due = run_of(incident).next_step_at
    taken_at = incident.acknowledged_at

    advance_due(due - minutes(1) / 60)
    before = told(incident)
    advance_due(due)

    assert due == taken_at + minutes(30)
    assert before == [alice]
    assert told(incident) == [alice, alice]
    assert incident.timeline.filter(verb="acknowledgement_expired").count() == 1


@pytest.mark.django_db
def test_an_acknowledgement_that_was_renewed_expires_later():
    alice = make_user()
    incident = begin(make_policy(alice, acknowledgement_expires_minutes=30))
    respond.acknowledge(incident.pk, by=alice)
    reconcile.reconcile_run(incident.pk, now=timezone.now())
    due = run_of(incident).next_step_at
    Incident.objects.filter(pk=incident.pk).update(acknowledged_at=due - minutes(10))

    advance_due(due)

    assert told(incident) == [alice]
    assert run_of(incident).next_step_at == due + minutes(20)


@pytest.mark.django_db
def test_what_was_acknowledged_on_hold_expires_too():
    alice = make_user()
    incident = begin(make_policy(alice, acknowledgement_expires_minutes=30))
    respond.snooze(incident.pk, timezone.now() + minutes(60))
    reconcile.reconcile_runs(now=timezone.now())
    respond.acknowledge(incident.pk, by=alice)

    reconcile.reconcile_runs(now=timezone.now())

    incident.refresh_from_db()
    assert run_of(incident).next_step_at == incident.acknowledged_at + minutes(30)


@pytest.mark.django_db(transaction=True)
def test_two_clusters_take_each_step_once():
    policy = make_policy(make_user(), make_user())
    incidents = [begin(policy) for _ in range(20)]
    due = max(run_of(incident).next_step_at for incident in incidents)

    first, second = race(lambda: advance_due(due), lambda: advance_due(due))
    advance_due(due)

    assert first + second <= 20
    for incident in incidents:
        assert incident.timeline.filter(verb="paged").count() == 2
        assert len(told(incident)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_callers_wake_a_snoozed_incident_once():
    incident = begin(make_policy(make_user()))
    until = timezone.now() + minutes(1)
    respond.snooze(incident.pk, until)

    race(lambda: scheduler.end_due_snoozes(until), lambda: scheduler.end_due_snoozes(until))

    incident.refresh_from_db()
    assert incident.paging_round == 2
    assert incident.timeline.filter(verb="snooze_expired").count() == 1
