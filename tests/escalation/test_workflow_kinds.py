"""Workflows that alerts, messages, notifications and topics start."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import ingest, start
from escalation.actions.promote import promote
from escalation.choices import Trigger, WorkflowKind
from escalation.models import Condition, WorkflowRun
from escalation.policies.recipients import Recipients
from incidents.actions import respond
from incidents.models import Incident, Topic
from incidents.report import Group
from notifications.actions import outcomes, record
from notifications.choices import NotificationState
from notifications.models import Notification
from notifications.receipts import Accepted
from opsportal.lib.net.errors import DeliveryError
from tests.escalation.workflows import make_workflow, notes, ran, run_due
from tests.factories import make_policy, make_report, make_service, make_user, minutes

pytestmark = pytest.mark.django_db
GONE = DeliveryError("no such address", permanent=True)


def say(text):
    return {"kind": "note", "text": text}


def report(service, action="trigger", key="k", **fields):
    fields = {"group": Group("g"), **fields}
    ingest.report([make_report(service, action, key=key, **fields)], now=timezone.now())


def make_paged(*people, policy=None):
    service = make_service(policy or make_policy(*(people or [make_user()])))
    return start.open_incident(service, "Disk full")


def waiting(incident):
    return list(Notification.objects.filter(incident=incident, state="waiting").order_by("pk"))


def settle(row, error=None):
    """The row is sent, or refused for good, as its worker writes it down."""
    ours, _ = record.claim([row], "lane")
    record.record_failure(ours, error) if error else record.record_success(ours, Accepted())


def test_each_trigger_has_one_kind():
    kinds = {trigger: trigger.kind for trigger in Trigger}

    assert set(kinds.values()) == set(WorkflowKind)
    assert kinds[Trigger.STATUS] == kinds[Trigger.MANUAL] == WorkflowKind.INCIDENT
    assert kinds[Trigger.ALERT_CLOSED] == WorkflowKind.ALERT
    assert kinds[Trigger.NOTE] == WorkflowKind.MESSAGE
    assert kinds[Trigger.UNANSWERED] == WorkflowKind.NOTIFICATION


def test_each_alert_of_an_incident_starts_one_when_it_opens_and_when_it_closes():
    make_workflow("alert_opened", say("opens: {alert} {alert_severity}"))
    make_workflow("alert_closed", say("closes: {alert} {alert_id}"))
    service = make_service(make_policy(make_user()))
    report(service, key="a", title="Disk", severity="warning", source_id="d-1")
    report(service, key="b", title="Memory", severity="error")
    report(service, "resolve", key="a", title="Disk")
    run_due(timezone.now())
    incident = Incident.objects.get()
    half = notes(incident)
    respond.resolve(incident.pk)
    run_due(timezone.now())

    assert half == ["opens: Disk warning", "opens: Memory error", "closes: Disk d-1"]
    assert [text.split()[:2] for text in notes(incident)[3:]] == [["closes:", "Memory"]]


def test_conditions_look_at_the_alert_and_not_at_the_incident():
    worst = [("alert_severity", "at_least", "error"), ("alert", "contains", "disk")]
    make_workflow("alert_opened", say("{alert}"), conditions=worst)
    service = make_service(make_policy(make_user()))
    report(service, key="a", title="Disk 1", severity="critical")
    report(service, key="b", title="Disk 2", severity="info")
    report(service, key="c", title="Memory", severity="critical")
    run_due(timezone.now())

    assert notes(Incident.objects.get()) == ["Disk 1"]


def test_an_alert_whose_message_is_rolled_back_starts_nothing():
    make_workflow("alert_opened")
    service = make_service(make_policy(make_user()))

    with transaction.atomic():
        report(service)
        transaction.set_rollback(True)

    assert not WorkflowRun.objects.exists()


def test_what_resolves_an_incident_by_itself_does_not_start_itself_by_its_alerts():
    make_workflow("alert_closed", {"kind": "resolve", "text": "All of it"})
    service = make_service(make_policy(make_user()))
    report(service, key="a")
    report(service, key="b")
    report(service, "resolve", key="a")

    run_due(timezone.now())

    assert len(ran(Incident.objects.get())) == 1


def test_messages_of_people_and_of_senders_start_one_with_their_words():
    ana = make_user("Ana")
    make_workflow("message", say("{author}: {message}"), conditions=[("message", "contains", "on")])
    make_workflow("note", say("note of {author}"), conditions=[("author", "is", "ana")])
    service = make_service(make_policy(make_user()))
    report(service, title="Disk")
    incident = Incident.objects.get()
    respond.comment(incident.pk, "on it", by=ana)
    respond.comment(incident.pk, "why?", by=make_user("Bo"))
    report(service, "update", short_text="still on fire", via="Nagios")

    run_due(timezone.now())

    # What a note of a workflow says starts the other one, too, as notes of people do.
    said = notes(incident)[2:]
    assert "Ana: on it" in said
    assert "note of Ana" in said
    assert "Nagios: still on fire" in said
    assert not any(text.startswith("Bo:") for text in said)


def test_notifications_that_are_sent_or_fail_start_one_for_each():
    ana, bo = make_user("Ana"), make_user("Bo")
    make_workflow("sent", say("{recipient} has it by {channel}"))
    make_workflow("failed", say("{recipient}: {error}"), conditions=[("error", "contains", "such")])
    incident = make_paged([ana, bo])
    first, second = waiting(incident)
    settle(first)
    settle(second, GONE)
    run_due(timezone.now())

    assert sorted(notes(incident)) == ["Ana has it by email", "Bo: no such address"]


def test_a_notification_that_is_recorded_twice_starts_one_once():
    make_workflow("sent")
    incident = make_paged()
    (row,) = waiting(incident)
    settle(row)
    record.record_success([row], Accepted())

    assert WorkflowRun.objects.count() == 1


def test_what_was_sent_is_written_down_although_a_workflow_breaks():
    make_workflow("sent", conditions=[("channel", "is", "email")])
    Condition.objects.update(operator="gone")
    (row,) = waiting(make_paged())
    settle(row)

    row.refresh_from_db()
    assert row.state == "sent"
    assert not WorkflowRun.objects.exists()


def test_what_a_workflow_sends_starts_none():
    make_workflow("opened", {"kind": "notify", "to_recipients": True, "subject": "{title}"})
    incident = make_paged()
    run_due(timezone.now())
    make_workflow("sent")
    own = Notification.objects.filter(event="incident.workflow", state="waiting")
    settle(own.get())
    before = WorkflowRun.objects.filter(notification__isnull=False).count()
    settle(Notification.objects.filter(incident=incident, state="waiting").get())

    assert before == 0
    assert WorkflowRun.objects.filter(notification__isnull=False).count() == 1


@pytest.mark.parametrize("trigger", ["status", "failed"])
def test_where_no_workflow_waits_for_them_alerts_and_notifications_ask_nothing(trigger):
    make_workflow(trigger)
    service = make_service(make_policy(make_user()))
    report(service)
    (row,) = waiting(Incident.objects.get())
    ours, _ = record.claim([row], "lane")
    make_user()  # Another thing than a workflow has changed.

    with CaptureQueriesContext(connection) as first:
        record.record_success(ours, Accepted())
    with CaptureQueriesContext(connection) as again:
        record.record_success(ours, Accepted())

    assert len(first) <= 2
    assert len(again) == 1


def test_of_many_that_are_sent_the_workflows_are_asked_for_once():
    make_workflow("sent")
    service = make_service(make_policy([make_user() for _ in range(5)]))
    report(service)
    ours, _ = record.claim(waiting(Incident.objects.get()), "lane")

    with CaptureQueriesContext(connection) as queries:
        outcomes.tell(ours, NotificationState.SENT)

    asked = [one for one in queries if 'FROM "escalation_workflow" WHERE' in one["sql"]]
    assert len(asked) <= 2  # which triggers there are, and the workflows
    assert WorkflowRun.objects.count() == len(ours) > 1


def test_somebody_who_cannot_be_reached_starts_one_with_their_name():
    ana = make_user("Ana")
    make_workflow("unreachable", say("call {recipient}"), conditions=[("recipient", "is", "ana")])
    make_workflow("unreachable", say("never"), conditions=[("recipient", "is", "bo")])
    incident = make_paged(ana)
    settle(waiting(incident)[0], GONE)
    run_due(timezone.now())

    assert notes(incident) == ["call Ana"]


def test_the_catch_all_means_that_delivery_is_complete():
    make_workflow("complete", say("nobody has it"))
    incident = make_paged(policy=make_policy(name="Without a step"))
    other = make_paged()
    run_due(timezone.now())

    assert notes(incident) == ["nobody has it"]
    assert notes(other) == []


def test_nobody_answers_counts_from_the_first_page_of_a_round_until_somebody_does():
    make_workflow("unanswered", say("still nobody"), minutes=5)
    late, taken = make_paged(), make_paged()
    now = timezone.now()
    run_due(now + minutes(4))
    early = notes(late)
    respond.acknowledge(taken.pk)
    run_due(now + minutes(6))
    run_due(now + minutes(20))

    assert early == []
    assert (notes(late), notes(taken)) == (["still nobody"], [])


def test_an_incident_that_is_published_to_a_topic_starts_one_and_says_so():
    payments, legal = (Topic.objects.create(name=name) for name in ("Payments", "Legal"))
    make_workflow("topic", say("about {topics}"), conditions=[("topic", "is", "payments")])
    make_workflow("opened", say("opened"), conditions=[("topic", "is", "legal")])
    ana, policy = make_user(), make_policy(make_user())
    service = make_service(policy)
    one = start.open_incident(service, "A", by=ana, recipients=Recipients(topics=[payments]))
    other = start.open_incident(service, "B", by=ana, recipients=Recipients(topics=[legal]))
    promote(other.pk, policy, recipients=Recipients(topics=[legal, payments]), by=ana)
    run_due(timezone.now())

    lines = other.timeline.filter(verb="topic_added").values_list("text", flat=True)
    assert notes(one) == ["about Payments"]
    assert sorted(notes(other)) == ["about Legal, Payments", "opened"]
    assert list(lines) == ["Legal", "Payments"]


def test_a_tag_of_the_incident_can_be_asked_for():
    make_workflow("opened", say("x"), conditions=[("tag", "is", "Prod")])
    service = make_service(make_policy(make_user()))
    one = start.open_incident(service, "A", tags=["prod", "db"])
    other = start.open_incident(service, "B")
    run_due(timezone.now())

    assert (notes(one), notes(other)) == (["x"], [])
