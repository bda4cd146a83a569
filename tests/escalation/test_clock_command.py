"""One turn of the process that keeps the timers."""

import pytest
from django.utils import timezone

from escalation.actions import start
from escalation.management.commands.scheduler import AT_MOST_S, SPIN_S, Command
from escalation.models import ProcessHeartbeat, Run
from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Notification
from tests.factories import make_incident, make_policy, make_service, make_user, minutes
from tests.tasks import queued

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    return Command()


def begin():
    policy = make_policy(make_user(), make_user())
    return start.open_incident(make_service(policy), "Disk full")


def test_a_turn_takes_what_is_due_and_says_that_there_may_be_more(clock):
    incident = begin()
    Run.objects.update(next_step_at=timezone.now())

    busy = clock.turn()

    assert busy
    assert incident.timeline.filter(verb="paged").count() == 2


def test_a_turn_without_anything_due_may_rest(clock):
    make_incident(status="resolved")

    assert not clock.turn()


def test_the_first_turn_sweeps_beats_and_asks_the_workers_for_a_sign(clock):
    orphan = make_incident(make_service(make_policy(make_user())))

    clock.turn()

    assert orphan.runs.count() == 1
    assert ProcessHeartbeat.objects.get(process="scheduler").at <= timezone.now()
    assert ("escalation.tasks.beat_worker", ()) in queued()


def test_missed_targets_are_noted_by_a_turn(clock):
    begin()
    Incident.objects.update(resolve_by=timezone.now())

    clock.turn()

    assert Incident.objects.get().timeline.filter(verb="sla_breached").exists()


def test_a_part_that_fails_does_not_stop_the_others(clock, monkeypatch):
    incident = begin()
    until = timezone.now() + minutes(1)
    respond.snooze(incident.pk, until)
    Incident.objects.update(snoozed_until=timezone.now())
    monkeypatch.setattr("notifications.actions.updates.notify_status_updates", fail)

    clock.turn()

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == ("open", 2)


def fail():
    raise RuntimeError("a defect")


@pytest.mark.parametrize(
    ("due_in", "least", "most"), [(-60, SPIN_S, SPIN_S), (0.5, 0, 0.5), (60, AT_MOST_S, AT_MOST_S)]
)
def test_the_clock_rests_until_the_next_timer_and_never_for_long(clock, due_in, least, most):
    begin()
    Notification.objects.update(next_attempt_at=None)
    Run.objects.update(next_step_at=timezone.now() + minutes(due_in) / 60)

    assert least <= clock.pause() <= most


def test_without_any_timer_the_clock_rests_its_longest(clock):
    assert clock.pause() == AT_MOST_S
