"""Due steps become tasks of Django-Q: leased for a moment, and fenced by where their runs stand."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from escalation import tasks
from escalation.actions import escalate, leases, scheduler, start
from escalation.models import Run
from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Notification
from opsportal.lib.task_queues import SENDERS, TIMERS
from tests.factories import make_incident, make_policy, make_service, make_user, minutes
from tests.threads import race
from tests.timers import leased_steps

pytestmark = pytest.mark.django_db
MOMENT = timedelta(milliseconds=1)


def begin(*people, **policy):
    policy = make_policy(*people or (make_user(), make_user()), **policy)
    return start.open_incident(make_service(policy), "Disk full")


def due_of(incident):
    return Run.objects.get(incident=incident).next_step_at


def paged(incident):
    return incident.timeline.filter(verb="paged").count()


def test_a_due_step_becomes_one_task_of_the_timers_queue_that_names_where_its_run_stands():
    incident = begin()
    run = Run.objects.get()

    assert leases.lease_due(run.next_step_at) == 1

    [row] = OrmQ.objects.exclude(key=SENDERS)
    assert row.key == TIMERS
    assert row.func() == "escalation.tasks.step"
    assert row.task["args"] == ([(run.pk, 1, 0, 1, 0)], run.next_step_at)
    assert paged(incident) == 1


def test_a_step_is_leased_a_moment_before_it_is_due_and_no_earlier():
    due = due_of(begin())

    assert leases.lease_due(due - leases.AHEAD - MOMENT) == 0
    assert leases.lease_due(due - leases.AHEAD) == 1


def test_what_is_leased_is_not_leased_again_until_the_lease_is_over():
    due = due_of(begin())
    leases.lease_due(due)

    again = leases.lease_due(due + leases.LEASE - MOMENT)
    later = leases.lease_due(due + leases.LEASE)

    assert (again, later) == (0, 1)


def test_a_lease_leaves_the_timer_as_it_is():
    incident = begin()
    due = due_of(incident)

    leases.lease_due(due)

    assert due_of(incident) == due


def test_a_task_and_its_lease_are_one_transaction():
    due = due_of(begin())

    with transaction.atomic():
        leases.lease_due(due)
        transaction.set_rollback(True)

    assert leased_steps() == []
    assert leases.lease_due(due) == 1


def test_at_most_a_batch_is_leased_at_once_and_the_earliest_first():
    begin()
    run = Run.objects.get()
    runs = [Run.objects.get(incident=begin()) for _ in range(2)]
    many = [
        Run(incident=make_incident(), plan=run.plan, position=1, next_step_at=run.next_step_at)
        for _ in range(leases.BATCH)
    ]
    Run.objects.bulk_create(many)
    Run.objects.filter(pk=runs[1].pk).update(next_step_at=run.next_step_at - minutes(1))

    leased = leases.lease_due(run.next_step_at + minutes(1))

    [(cursors, _)] = leased_steps()
    assert leased == len(cursors) == leases.BATCH
    assert runs[1].pk in {cursor[0] for cursor in cursors}


def test_a_task_that_comes_twice_takes_its_step_once():
    incident = begin()
    due = due_of(incident)
    leases.lease_due(due)
    [(cursors, _)] = leased_steps()

    taken = [scheduler.take_steps(cursors, now=due) for _ in range(2)]

    assert taken == [1, 0]
    assert paged(incident) == 2


def test_a_task_that_comes_so_late_that_the_next_step_is_due_takes_none():
    incident = begin(make_user(), make_user(), make_user())
    leases.lease_due(due_of(incident))
    [(cursors, _)] = leased_steps()
    scheduler.take_steps(cursors, now=due_of(incident))

    late = scheduler.take_steps(cursors, now=due_of(incident) + minutes(5))

    assert late == 0
    assert paged(incident) == 2


def test_a_task_whose_step_a_person_has_taken_meanwhile_takes_none():
    incident = begin(make_user(), make_user(), make_user())
    due = due_of(incident)
    leases.lease_due(due)
    [(cursors, _)] = leased_steps()
    escalate.escalate(incident.pk)

    assert scheduler.take_steps(cursors, now=due) == 0
    assert paged(incident) == 2


def test_a_task_for_an_incident_that_was_resolved_meanwhile_pages_nobody():
    incident = begin()
    due = due_of(incident)
    leases.lease_due(due)
    [(cursors, _)] = leased_steps()
    respond.resolve(incident.pk)

    scheduler.take_steps(cursors, now=due)

    assert paged(incident) == 1
    assert Run.objects.get().state == "finished"


def test_a_task_that_comes_before_its_time_takes_nothing():
    incident = begin()
    due = due_of(incident)
    leases.lease_due(due)
    [(cursors, _)] = leased_steps()

    assert scheduler.take_steps(cursors, now=due - MOMENT) == 0
    assert paged(incident) == 1


def test_the_task_waits_for_the_moment_at_which_its_step_is_due():
    incident = begin()
    due = timezone.now() + timedelta(milliseconds=80)
    Run.objects.update(next_step_at=due)
    leases.lease_due(due)
    [(cursors, due_at)] = leased_steps()

    tasks.step(cursors, due_at)

    line = incident.timeline.filter(verb="paged").last()
    assert line.facts["late_ms"] >= 0
    assert paged(incident) == 2


def test_a_step_that_follows_at_once_need_not_wait_for_the_lease():
    incident = begin(make_user(), make_user(), make_user())
    due = due_of(incident)
    leases.lease_due(due)
    [(cursors, _)] = leased_steps()
    scheduler.take_steps(cursors, now=due)
    Run.objects.update(next_step_at=due + MOMENT)

    assert leases.lease_due(due + MOMENT) == 1


@pytest.mark.django_db(transaction=True)
def test_a_task_that_two_workers_have_takes_its_step_once():
    incidents = [begin() for _ in range(10)]
    due = max(map(due_of, incidents))
    leases.lease_due(due)
    [(cursors, _)] = leased_steps()

    taken = race(*[lambda: scheduler.take_steps(cursors, now=due)] * 2)

    assert sum(taken) == 10
    assert [paged(incident) for incident in incidents] == [2] * 10


@pytest.mark.django_db(transaction=True)
def test_two_clusters_that_both_think_they_lead_lease_each_step_once():
    due = max(due_of(begin()) for _ in range(10))

    leased = race(*[lambda: leases.lease_due(due)] * 2)

    cursors = [cursor for batch, _ in leased_steps() for cursor in batch]
    assert sum(leased) == len(cursors) == len(set(cursors)) == 10


def test_a_look_finds_the_first_of_each_kind_of_timer():
    now = timezone.now()
    begin()
    Run.objects.update(next_step_at=now - minutes(1))
    Notification.objects.update(next_attempt_at=now - minutes(2))
    snoozed, watched = make_incident(), make_incident()
    respond.snooze(snoozed.pk, now + minutes(1))
    Incident.objects.filter(pk=snoozed.pk).update(snoozed_until=now - minutes(3))
    Incident.objects.filter(pk=watched.pk).update(acknowledge_by=now - minutes(4))
    line = watched.timeline.create(verb="unreachable", is_announced=False)

    due = leases.look(now).due

    assert due["step"] == now - minutes(1)
    assert due["dispatch"] == now - minutes(2)
    assert due["end_due_snoozes"] == now - minutes(3)
    assert due["note_breaches"] == now - minutes(4)
    assert due["notify_status_updates"] > 0
    assert due["escalate_undelivered"] == line.pk


@pytest.mark.parametrize("state", ["paused", "suppressed"])
def test_what_is_over_for_a_run_that_rests_is_no_step(state):
    begin()
    now = timezone.now()
    Run.objects.update(next_step_at=now, state=state)

    due = leases.look(now).due

    assert due["resume_due"] == now
    assert "step" not in due
    assert leases.lease_due(now) == 0


def test_the_next_look_is_at_the_earliest_of_all_timers():
    now = timezone.now()
    begin()
    soon = now + minutes(1)
    snoozed, watched = make_incident(), make_incident(resolve_by=soon)
    respond.snooze(snoozed.pk, soon + minutes(1))
    Notification.objects.update(next_attempt_at=None)

    assert leases.look(now).next_at == soon
    Incident.objects.filter(pk=watched.pk).update(resolve_by=None)
    assert leases.look(now).next_at == soon + minutes(1)
    Incident.objects.filter(pk=snoozed.pk).update(snoozed_until=None)
    assert leases.look(now).next_at == Run.objects.get().next_step_at - leases.AHEAD


def test_without_any_timer_there_is_no_next_look():
    make_incident()

    assert leases.look(timezone.now()).next_at is None


def test_tasks_wait_while_nobody_has_claimed_them_or_has_just_done_so():
    now = timezone.now()
    for claimed in (None, now - timedelta(seconds=1), now - timedelta(seconds=3)):
        lock = claimed + timedelta(seconds=Conf.RETRY) if claimed else now
        OrmQ.objects.create(key=TIMERS, payload="", lock=lock)
    OrmQ.objects.create(key=SENDERS, payload="", lock=now)

    assert leases.look(now).tasks_waiting == 2


@pytest.mark.django_db(transaction=True)
def test_a_look_at_a_long_history_reads_no_table_from_end_to_end():
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan TO off")  # As the cluster that leads does.
        now = timezone.now()
        values = {"now": now, "soon": now, "fresh": now}
        cursor.execute("EXPLAIN " + leases.LOOK, values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")

    scanned = {line.split(" on ")[1].split()[0] for line in plan.splitlines() if "Seq Scan" in line}
    assert scanned <= {"django_q_ormq"}
