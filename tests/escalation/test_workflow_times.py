"""Workflows that a time starts, and workflows that repeat."""

import pytest
from django.utils import timezone

from escalation.actions.edit import edit
from escalation.models import WorkflowRun
from incidents.actions import respond, restart
from incidents.models import Incident
from tests.escalation.workflows import begin, make_workflow, ran, run_due
from tests.factories import make_user, minutes

pytestmark = pytest.mark.django_db


def test_minutes_after_the_opening_it_runs_once_if_it_still_is_so():
    make_workflow("after_opening", minutes=5, conditions=[("status", "is", "open")])
    late, taken = begin(), begin()
    respond.acknowledge(taken.pk)
    now = timezone.now()

    run_due(now + minutes(4))
    early = ran(late)
    for after in (6, 7):
        run_due(now + minutes(after))
    restart.start_again(late.pk)
    run_due(now + minutes(20))

    assert early == []
    assert (len(ran(late)), ran(taken)) == (1, [])


def test_what_a_time_starts_moves_with_the_sla_and_ends_with_the_incident():
    make_workflow("before_sla", minutes=60)
    make_workflow("after_sla", minutes=10)
    incident = begin(resolve_within_minutes=120)
    before, after = WorkflowRun.objects.order_by("workflow")
    opened = incident.opened_at
    first = (before.due_at, after.due_at)

    respond.snooze(incident.pk, timezone.now() + minutes(30))
    held = WorkflowRun.objects.filter(due_at__isnull=False).count()
    Incident.objects.update(resolve_remaining_s=7200)
    respond.acknowledge(incident.pk)
    before.refresh_from_db()
    resumed = before.due_at
    respond.resolve(incident.pk)

    assert first == (opened + minutes(60), opened + minutes(130))
    assert held == 0
    assert resumed >= opened + minutes(60)
    assert set(WorkflowRun.objects.values_list("state", "due_at")) == {("cancelled", None)}


def test_activity_of_a_person_postpones_it_and_each_round_counts_anew():
    make_workflow("without_activity", minutes=10)
    incident = begin()
    respond.comment(incident.pk, "on it", by=make_user())
    incident.refresh_from_db()
    seen = incident.active_at

    run_due(seen + minutes(9))
    early = ran(incident)
    run_due(seen + minutes(10))
    run_due(seen + minutes(30))

    assert (early, len(ran(incident))) == ([], 1)


def test_after_an_acknowledgement_it_waits_for_the_newest():
    make_workflow("after_acknowledgement", minutes=10)
    incident = begin()
    respond.acknowledge(incident.pk)
    now = timezone.now()
    restart.unacknowledge(incident.pk)
    run_due(now + minutes(20))
    given_back = ran(incident)
    respond.acknowledge(incident.pk)

    run_due(timezone.now() + minutes(11))

    assert given_back == []
    assert len(ran(incident)) == 1


def test_it_repeats_while_it_holds_until_a_condition_stops_it():
    until = ("priority", "is", "p1", True)
    make_workflow("opened", repeat_minutes=5, conditions=[("status", "is", "open"), until])
    incident = begin()
    now = timezone.now()
    run_due(now)
    run_due(now + minutes(6))
    edit(incident.pk, priority="P1")
    run_due(now + minutes(12))

    assert len(ran(incident)) == 2
    assert WorkflowRun.objects.get().state == "stopped"


def test_a_repetition_ends_with_the_incident():
    make_workflow("opened", repeat_minutes=5)
    incident = begin()
    run_due(timezone.now())
    respond.resolve(incident.pk)

    run_due(timezone.now() + minutes(10))

    assert len(ran(incident)) == 1
    assert WorkflowRun.objects.get().state == "cancelled"
