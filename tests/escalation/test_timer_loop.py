"""One turn of what looks for due timers: it makes tasks, and says when to look again."""

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from escalation.actions import leases, process_health, start
from escalation.models import ProcessHeartbeat, Run
from escalation.timer_loop import MAX_PAUSE_S, MAX_STEP_TASKS, SPIN_S, SWEEP_IS_LOST_S, TimerLoop
from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Notification
from opsportal.lib.task_queues import FIRST, SENDERS, TIMERS, of_node
from tests.factories import make_incident, make_policy, make_service, make_user, minutes
from tests.tasks import queued, run_tasks

pytestmark = pytest.mark.django_db
SECOND = minutes(1) / 60


@pytest.fixture
def loop():
    return TimerLoop()


@pytest.fixture
def quiet_loop(loop):
    """One that has asked already for what it asks for every few seconds."""
    loop.turn()
    run_tasks()
    return loop


def begin():
    policy = make_policy(make_user(), make_user())
    return start.open_incident(make_service(policy), "Disk full")


def names(queue):
    return [name.removeprefix("escalation.tasks.") for name, _ in queued(queue)]


def test_a_turn_makes_tasks_of_what_is_due_and_looks_again_soon(quiet_loop):
    incident = begin()
    run_tasks()
    Run.objects.update(next_step_at=timezone.now())

    pause_s = quiet_loop.turn()

    assert names(TIMERS) == ["step", "notify_status_updates"]
    assert pause_s <= SPIN_S
    run_tasks()
    assert incident.timeline.filter(verb="paged").count() == 2


def test_a_turn_without_anything_due_may_rest(quiet_loop):
    make_incident(status="resolved")

    assert quiet_loop.turn() == MAX_PAUSE_S
    assert queued() == []


def test_the_first_turn_asks_for_a_sweep_and_for_a_sign_of_each_kind_of_worker(loop):
    orphan = make_incident(make_service(make_policy(make_user())))

    loop.turn()

    assert (names(of_node(FIRST)), names(SENDERS)) == (["record_heartbeat"], ["sweep"])
    assert names(of_node(TIMERS)) == ["record_heartbeat"]
    run_tasks()
    assert orphan.runs.count() == 1
    processes = set(ProcessHeartbeat.objects.values_list("process", flat=True))
    assert processes == {"scheduler", "worker", "sweep"}
    assert ProcessHeartbeat.objects.get(process="scheduler").at <= timezone.now()


def test_one_that_does_not_lead_asks_for_the_signs_of_its_own_node_alone(loop):
    begin()
    OrmQ.objects.all().delete()

    loop.stand_by()
    loop.stand_by()

    assert names(of_node(FIRST)) == names(of_node(TIMERS)) == ["record_heartbeat"]
    assert OrmQ.objects.count() == 2


def test_where_nobody_gives_a_sign_one_is_asked_for_and_no_more(loop):
    for _ in range(3):
        loop.heartbeat_at = loop.worker_heartbeat_at = 0.0
        loop.stand_by()

    assert OrmQ.objects.count() == 2


def test_a_sign_that_a_worker_took_and_never_gave_is_asked_for_again(loop):
    loop.stand_by()
    OrmQ.objects.update(lock=timezone.now() + minutes(1))
    loop.heartbeat_at = loop.worker_heartbeat_at = 0.0

    loop.stand_by()

    assert OrmQ.objects.count() == 4


def test_missed_targets_are_noted(quiet_loop):
    begin()
    Incident.objects.update(resolve_by=timezone.now())

    quiet_loop.turn()
    run_tasks()

    assert Incident.objects.get().timeline.filter(verb="sla_breached").exists()


def test_a_snooze_that_is_over_ends(quiet_loop):
    incident = begin()
    respond.snooze(incident.pk, timezone.now() + minutes(1))
    Incident.objects.update(snoozed_until=timezone.now())

    quiet_loop.turn()
    run_tasks()

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == ("open", 2)


def test_an_acknowledgement_that_expires_pages_again(quiet_loop):
    alice = make_user()
    policy = make_policy(alice, acknowledgement_expires_minutes=30)
    incident = start.open_incident(make_service(policy), "Disk full")
    respond.acknowledge(incident.pk, by=alice)
    long_ago = timezone.now() - minutes(31)
    Incident.objects.update(acknowledged_at=long_ago, active_at=long_ago)
    Run.objects.update(state="paused", next_step_at=long_ago + minutes(30))

    quiet_loop.turn()
    run_tasks()

    assert incident.timeline.filter(verb="acknowledgement_expired").count() == 1


def test_what_has_happened_is_announced(quiet_loop):
    incident = begin()
    respond.resolve(incident.pk)

    quiet_loop.turn()
    run_tasks()

    assert not incident.timeline.filter(is_announced=False).exists()


def test_notifications_that_are_due_are_given_to_the_senders(quiet_loop):
    begin()
    run_tasks()
    Notification.objects.update(
        state="waiting", next_attempt_at=timezone.now(), channel="email", attempts_made=0
    )

    quiet_loop.turn()

    assert "notifications.tasks.deliver" in names(SENDERS)


def test_a_part_that_fails_does_not_stop_the_others(quiet_loop, monkeypatch):
    incident = begin()
    respond.snooze(incident.pk, timezone.now() + minutes(1))
    Incident.objects.update(snoozed_until=timezone.now())
    Notification.objects.update(next_attempt_at=timezone.now())
    monkeypatch.setattr("escalation.timer_loop.dispatch_due", fail)

    quiet_loop.turn()

    assert "end_due_snoozes" in names(TIMERS)


def test_a_part_of_the_sweep_that_fails_stops_no_other_and_fails_the_task(loop, monkeypatch):
    orphan = make_incident(make_service(make_policy(make_user())))
    monkeypatch.setattr("escalation.actions.reconcile.reconcile_runs", fail)
    loop.turn()

    with pytest.raises(RuntimeError, match="a defect"):
        run_tasks()

    assert orphan.runs.count() == 1
    assert ProcessHeartbeat.objects.filter(process="sweep").exists()


def fail(*args, **kwargs):
    raise RuntimeError("a defect")


def test_of_a_flood_only_so_many_tasks_wait_and_the_rest_waits_in_its_rows(quiet_loop):
    run = Run.objects.get(incident=begin())
    run_tasks()
    flood = [
        Run(incident=make_incident(), plan=run.plan, position=1, next_step_at=timezone.now())
        for _ in range((MAX_STEP_TASKS + 1) * leases.BATCH)
    ]
    Run.objects.bulk_create(flood)

    for _ in range(3):
        quiet_loop.turn()

    assert names(TIMERS).count("step") == MAX_STEP_TASKS
    assert Run.objects.filter(leased_until=None).count() == leases.BATCH + 1


def test_what_was_asked_for_is_not_asked_for_at_every_turn(quiet_loop):
    begin()

    for _ in range(3):
        quiet_loop.turn()

    assert names(TIMERS).count("notify_status_updates") == 1


def test_what_was_asked_for_and_done_is_asked_for_again_when_there_is_more(quiet_loop):
    for _ in range(2):
        begin()
        quiet_loop.turn()
        run_tasks()

    assert not Incident.objects.filter(timeline__is_announced=False).exists()


def test_a_sweep_is_asked_for_once_while_it_waits_for_a_worker(loop):
    loop.turn()
    loop.sweep_at = 0.0

    loop.turn()

    assert names(SENDERS).count("sweep") == 1


def test_a_sweep_that_was_lost_is_asked_for_again(loop):
    loop.turn()
    OrmQ.objects.all().delete()
    loop.sweep_at, loop.sweep_asked_at = 0.0, timezone.now() - SECOND * (SWEEP_IS_LOST_S + 1)

    loop.turn()

    assert "sweep" in names(SENDERS)


@pytest.mark.parametrize(("took_s", "asked"), [(0.02, True), (1.0, False)])
def test_a_sweep_that_took_long_is_done_again_later(loop, took_s, asked):
    process_health.record_heartbeat("sweep", now=timezone.now() - 10 * SECOND, seconds=took_s)

    loop.turn()

    assert ("sweep" in names(SENDERS)) is asked


@pytest.mark.parametrize(
    ("due_in", "least", "most"), [(-60, 0, SPIN_S), (0.5, 0, 0.5), (60, MAX_PAUSE_S, MAX_PAUSE_S)]
)
def test_it_rests_until_the_next_timer_and_never_for_long(loop, due_in, least, most):
    begin()
    Incident.objects.all()
    loop.turn()
    run_tasks()
    Notification.objects.update(next_attempt_at=None)
    Run.objects.update(next_step_at=timezone.now() + SECOND * due_in)

    assert least <= loop.turn() <= most
