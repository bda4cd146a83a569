"""Workflows: what starts them, for which incidents, and that each runs once."""

from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from escalation.actions import ingest, start
from escalation.actions.edit import edit
from escalation.models import Workflow, WorkflowRun
from escalation.workflows import execute, starting
from incidents.actions import respond
from incidents.actions.timeline import STARTERS
from incidents.errors import InvalidRequest
from incidents.models import Incident
from incidents.report import Group
from tests.escalation.workflows import begin, make_workflow, notes, ran, run_due
from tests.factories import (
    add_step,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.threads import race
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


CHANGES = {
    "opened": None,
    "status": lambda i: respond.acknowledge(i.pk),
    "owner": lambda i: respond.assign(i.pk, make_user()),
    "severity": lambda i: edit(i.pk, severity="warning"),
    "urgency": lambda i: edit(i.pk, urgency="low"),
    "priority": lambda i: edit(i.pk, priority="P1"),
    "note": lambda i: respond.comment(i.pk, "hm"),
    "paged": None,
}


@pytest.mark.parametrize("trigger", CHANGES)
def test_a_change_starts_it_once(trigger):
    make_workflow(trigger, {"kind": "note", "text": "seen {title}"})
    incident = begin()
    if change := CHANGES[trigger]:
        change(incident)

    run_due(timezone.now())
    run_due(timezone.now())

    assert notes(incident).count("seen Disk full") == 1


def test_what_is_of_no_concern_starts_nothing():
    for trigger in ("severity", "priority", "alert", "unreachable", "sla_missed", "manual"):
        make_workflow(trigger)
    make_workflow("status", is_enabled=False)
    incident = begin()
    respond.acknowledge(incident.pk)
    run_due(timezone.now())

    assert ran(incident) == []


def test_an_alert_that_joins_and_gets_worse_starts_those_that_wait_for_it():
    make_workflow("alert")
    make_workflow("severity")
    service = make_service(make_policy(make_user()))
    for key, severity in (("a", "info"), ("b", "critical")):
        report = make_report(service, key=key, severity=severity, group=Group("g"))
        ingest.report([report], now=timezone.now())

    run_due(timezone.now())

    assert len(ran(Incident.objects.get())) == 2


def test_a_change_that_is_rolled_back_starts_nothing():
    make_workflow()
    incident = begin()

    with transaction.atomic():
        respond.acknowledge(incident.pk)
        transaction.set_rollback(True)

    assert not WorkflowRun.objects.exists()


def test_conditions_are_those_of_the_moment_of_the_change():
    make_workflow("status", conditions=[("status", "is", "acknowledged")])
    incident = begin()
    respond.acknowledge(incident.pk)
    respond.resolve(incident.pk)

    run_due(timezone.now())

    assert len(ran(incident)) == 1


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (("severity", "at_least", "error"), True),
        (("severity", "at_least", "critical"), False),
        (("severity", "at_most", "error"), True),
        (("severity", "is", "info, error"), True),
        (("severity", "is_not", "error"), False),
        (("urgency", "is", "high"), True),
        (("priority", "is", ""), True),
        (("priority", "at_least", "P2"), False),
        (("owner", "is", ""), True),
        (("owner", "is_not", ""), False),
        (("title", "contains", "DISK"), True),
        (("title", "contains", "network"), False),
        (("service", "is", "shop"), True),
        (("team", "is", ""), True),
        (("minutes", "at_most", "5"), True),
        (("alerts", "at_least", "1"), False),
        (("sla_state", "is", ""), True),
        (("minutes", "at_least", "soon"), False),
    ],
)
def test_a_condition_looks_at_the_incident(condition, holds):
    make_workflow("opened", conditions=[condition])
    begin(severity="error", name="Shop")

    assert WorkflowRun.objects.exists() == holds


def test_any_condition_is_enough_where_it_says_so():
    both = [("severity", "is", "info"), ("title", "contains", "disk")]
    make_workflow("opened", conditions=both, matches_all=False)
    make_workflow("opened", conditions=both)
    begin()

    assert WorkflowRun.objects.count() == 1


def test_it_is_for_what_it_is_attached_to():
    policy = make_policy(make_user())
    by_policy = make_workflow("opened", for_all=False, policies=[policy])
    other = make_service()
    by_service = make_workflow("opened", for_all=False, services=[other])
    make_workflow("opened", for_all=False)
    first = begin(policy)
    second = start.open_incident(other, "Elsewhere")

    run_due(timezone.now())

    assert [text.split("”")[0][1:] for text in ran(first)] == [by_policy.name]
    assert [text.split("”")[0][1:] for text in ran(second)] == [by_service.name]


def test_its_own_changes_start_no_second_run_of_it():
    make_workflow("note")
    make_workflow("severity", {"kind": "severity", "value": "info"})
    incident = begin()
    respond.comment(incident.pk, "hm")
    edit(incident.pk, severity="warning")

    run_due(timezone.now())

    assert len(ran(incident)) == 2


def test_workflows_that_start_each_other_end_after_five():
    make_workflow("note", {"kind": "priority", "value": "P1"}, {"kind": "priority", "value": "P2"})
    make_workflow("priority")
    incident = begin()
    respond.comment(incident.pk, "hm")

    run_due(timezone.now())

    assert max(WorkflowRun.objects.values_list("depth", flat=True)) == starting.MAX_DEPTH
    assert any("started each other 5 times" in text for text in ran(incident))


def test_it_runs_twenty_times_an_hour_for_an_incident_and_says_why_not_more():
    make_workflow("note", {"kind": "priority", "value": "P1"})
    incident = begin()
    for number in range(25):
        respond.comment(incident.pk, f"note {number}")

    run_due(timezone.now())

    assert WorkflowRun.objects.filter(state="done").count() == starting.MAX_RUNS
    assert sum("20 times within an hour" in text for text in ran(incident)) == 1
    assert WorkflowRun.objects.get(state="stopped").outcome.startswith("Not run: it has run 20")


@pytest.mark.django_db(transaction=True)
def test_two_workers_run_each_once():
    make_workflow("opened")
    incidents = [begin() for _ in range(5)]
    now = timezone.now()

    race(lambda: execute.run_due(now), lambda: execute.run_due(now))
    run_due(now)

    assert [len(ran(incident)) for incident in incidents] == [1] * 5


@pytest.mark.django_db(transaction=True)
def test_what_dies_before_its_commit_is_done_again_and_once():
    """The connection is ended as kill -9 ends it, after the actions and before the commit."""
    make_workflow("opened", {"kind": "open", "subject": "Another"}, services=[make_service()])
    incident = begin()
    now = timezone.now()
    alive = []

    def die_once(lines):
        if any(line.verb == "workflow_ran" for line in lines) and not alive:
            alive.append("again")
            connection.cursor().execute("SELECT pg_terminate_backend(pg_backend_pid())")

    STARTERS.append(die_once)
    try:
        with suppress(DatabaseError):
            execute.run_due(now)
    finally:
        STARTERS.remove(die_once)
        connection.close()
    lost = Incident.objects.filter(title="Another").count()
    run_due(now + minutes(2))

    assert lost == 0
    assert (len(ran(incident)), Incident.objects.filter(title="Another").count()) == (1, 1)


def test_a_person_runs_it_whatever_its_conditions_say():
    workflow = make_workflow("manual", conditions=[("severity", "is", "info")])
    incident, ana = begin(), make_user()

    execute.run_by_hand(workflow, incident.pk, by=ana)

    line = incident.timeline.get(verb="workflow_ran")
    assert (line.by, line.via) == (ana, f"workflow:{workflow.pk}")
    workflow.is_enabled = False
    with pytest.raises(InvalidRequest):
        execute.run_by_hand(workflow, incident.pk, by=ana)


def test_the_stock_workflows_are_there_and_switched_off():
    stock = Workflow.objects.filter(name__startswith="Notify ")

    assert stock.count() == 6
    assert not stock.filter(is_enabled=True).exists()
    assert not stock.filter(actions=None).exists()


@pytest.mark.parametrize("what", ["Acknowledgement", "Assignment"])
def test_five_minutes_of_notifications_count_from_the_first_page(what):
    stock = Workflow.objects.filter(name__contains=f"No {what} After 5 Mins")
    stock.update(is_enabled=True, for_all=True)
    policy = make_policy()
    add_step(policy, make_user(), position=0, wait_seconds=1200)
    slow, quick = begin(policy), begin()
    now = timezone.now()

    run_due(now + minutes(6))
    early = (len(ran(slow)), len(ran(quick)))
    advance_due(now + minutes(21))
    run_due(now + minutes(27))

    assert (early, len(ran(slow))) == ((0, 1), 1)
