"""What the actions of a workflow do, and what becomes of those that fail."""

import pytest
from django.utils import timezone

from escalation.models import WorkflowAction
from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Notification
from tests.escalation.workflows import NOTE, begin, make_workflow, ran, run_due
from tests.factories import make_policy, make_schedule, make_shared_channel, make_team, make_user

pytestmark = pytest.mark.django_db


def told(event="incident.workflow"):
    rows = Notification.objects.filter(event=event).exclude(channel="inapp").order_by("pk")
    return [row.user or row.shared_channel for row in rows]


def test_an_action_that_fails_stops_no_other_and_says_why():
    nobody = make_user(is_active=False)
    make_workflow("opened", {"kind": "assign", "user": nobody}, NOTE)
    incident = begin()

    run_due(timezone.now())

    (text,) = ran(incident)
    assert "added a note" in text
    assert "Assign to a person failed" in text


def test_an_action_that_breaks_is_undone_alone():
    broken = make_workflow("opened", {"kind": "open", "subject": "Another"}, NOTE)
    WorkflowAction.objects.filter(workflow=broken, kind="open").update(kind="gone")
    incident = begin()

    run_due(timezone.now())

    (text,) = ran(incident)
    assert "added a note" in text
    assert "gone failed: a defect of the portal" in text


def test_it_notifies_whom_it_names_in_its_own_words():
    boss, ana, bo, cy, dee = (make_user() for _ in range(5))
    channel = make_shared_channel()
    targets = [
        f"user:{cy.pk}",
        f"shared_channel:{channel.pk}",
        f"schedule:{make_schedule(dee).pk}",
    ]
    make_workflow(
        "status",
        {
            "kind": "notify",
            "to_recipients": True,
            "to_owner": True,
            "to_sender": True,
            "to_managers": True,
            "targets": targets,
            "subject": "{title} is {status}",
            "text": "Severity {severity}, {owner}.",
        },
    )
    team = make_team(boss, is_manager=True, is_primary=False)
    incident = begin(make_policy(ana), by=bo, team=team)
    respond.assign(incident.pk, bo)
    run_due(timezone.now())

    assert set(told()) == {boss, ana, bo, cy, dee, channel}
    row = Notification.objects.filter(event="incident.workflow").first()
    assert row.facts["subject"] == "Disk full is Acknowledged"
    assert row.facts["text"] == f"Severity critical, {bo}."


def test_it_does_everything_that_a_person_can_do():
    ana, bo = make_user(), make_user()
    other, hook = make_policy(bo, name="Other"), make_shared_channel()
    make_workflow(
        "note",
        {"kind": "policy", "policy": other},
        {"kind": "responders", "targets": [f"user:{ana.pk}"]},
        {"kind": "assign", "user": ana},
        {"kind": "priority", "value": "P2"},
        {"kind": "urgency", "value": "low"},
        {"kind": "webhook", "shared_channel": hook},
        {"kind": "open", "subject": "Follows {number}"},
        {"kind": "resolve", "text": "Done by {service}"},
    )
    incident = begin()
    respond.comment(incident.pk, "go")

    run_due(timezone.now())

    incident.refresh_from_db()
    (text,) = ran(incident)
    assert "failed" not in text
    found = (incident.status, incident.assignee, incident.priority, incident.urgency)
    assert found == ("resolved", ana, "P2", "low")
    assert hook in told()
    assert incident.runs.first().policy == other
    assert Incident.objects.filter(title=f"Follows {incident.pk}").exists()
