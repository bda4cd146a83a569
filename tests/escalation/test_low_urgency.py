"""The urgency that a service finds, and low urgency that waits for its support hours."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.actions import escalate, ingest, reconcile, start, urgency
from escalation.actions.edit import edit
from escalation.models import Run
from incidents.actions import respond, suppression
from incidents.models import Incident, Service
from incidents.report import Group
from notifications.models import Notification
from tests.factories import make_policy, make_report, make_service, make_user, minutes
from tests.tasks import run_tasks
from tests.timers import advance_due

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = [{"days": ["mon"], "start": "09:00", "end": "17:00"}]


@pytest.mark.parametrize(
    ("rules", "severity", "hour", "found"),
    [
        ({}, "critical", 3, "high"),
        ({}, "warning", 10, "low"),
        ({"urgent_severities": ["warning"]}, "warning", 3, "high"),
        ({"urgent_severities": []}, "critical", 3, "low"),
        ({"urgency_rule": "high"}, "info", 3, "high"),
        ({"urgency_rule": "low"}, "critical", 10, "low"),
        ({"urgency_rule": "by_hours"}, "critical", 8, "low"),
        ({"urgency_rule": "by_hours"}, "critical", 9, "high"),
        ({"urgency_rule": "by_hours"}, "warning", 9, "low"),
        ({"urgency_rule": "by_hours", "urgency_inside": "high"}, "info", 16, "high"),
        ({"urgency_rule": "by_hours", "urgency_outside": "by_severity"}, "error", 17, "high"),
    ],
)
def test_a_service_says_how_urgent_an_incident_is(rules, severity, hour, found):
    service = Service(support_hours=OFFICE, **rules)

    assert service.urgency_for(severity, MONDAY + timedelta(hours=hour)) == found


def closed_until(hours=2, policy=None, **fields):
    """A service that is closed now and opens after so many hours, and when that is."""
    opens = (timezone.now() + timedelta(hours=hours)).replace(second=0, microsecond=0)
    closes = opens + timedelta(hours=1)
    times = [{"days": DAYS, "start": f"{opens:%H:%M}", "end": f"{closes:%H:%M}"}]
    policy = policy or make_policy(make_user())
    return make_service(policy, support_hours=times, **fields), opens


def begin(service, severity="info", **fields):
    return start.open_incident(service, "Disk is filling", severity=severity, **fields)


def mails():
    return list(Notification.objects.filter(channel="email").values_list("user", flat=True))


def verbs(incident):
    return list(incident.timeline.values_list("verb", flat=True))


@pytest.mark.django_db
def test_low_urgency_waits_until_the_hours_begin():
    service, opens = closed_until()
    incident = begin(service)

    advance_due(opens - minutes(1))
    before = mails()
    advance_due(opens)

    incident.refresh_from_db()
    assert before == []
    assert len(mails()) == 1
    assert verbs(incident)[:2] == ["opened", "waits_for_hours"]
    assert (incident.suppressed_reason, incident.suppressed_until) == ("", opens)


@pytest.mark.django_db
def test_while_it_waits_it_says_until_when_and_is_counted():
    service, opens = closed_until()
    incident = begin(service)

    assert incident.suppressed_reason == f"low urgency, waits for {opens:%H:%M}"
    assert Incident.objects.unresolved().count() == 1
    assert not incident.timeline.filter(is_announced=False).exists()


@pytest.mark.django_db
def test_at_the_opening_one_message_names_all(mail_server):
    service, opens = closed_until()
    numbers = [begin(service).pk for _ in range(4)]

    advance_due(opens)
    run_tasks()

    (mail,) = mail_server
    assert "4 incidents" in mail.subject
    assert all(f"#{number}" in mail.body for number in numbers)


@pytest.mark.django_db
def test_high_urgency_and_open_hours_wait_for_nothing():
    service, _ = closed_until()
    begin(service, severity="critical")
    always = make_service(make_policy(make_user()))
    begin(always)

    assert len(mails()) == 2


@pytest.mark.django_db
def test_low_urgency_pages_at_once_where_the_policy_says_so():
    service, _ = closed_until(policy=make_policy(make_user(), low_waits_for_hours=False))

    begin(service)

    assert len(mails()) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["trigger", "update"])
def test_what_becomes_worse_is_told_at_once(action):
    service, _ = closed_until()
    ingest.report([make_report(service, severity="warning")], now=timezone.now())
    held = mails()

    ingest.report([make_report(service, action, severity="critical")], now=timezone.now())

    incident = Incident.objects.get()
    assert (held, len(mails())) == ([], 1)
    assert (incident.urgency, incident.suppressed_reason) == ("high", "")
    assert Run.objects.get().state == "escalating"


@pytest.mark.django_db
def test_alerts_of_its_group_join_what_waits_and_a_bad_one_ends_the_wait():
    service, _ = closed_until()
    group = Group("disk")
    for key, severity in (("a", "info"), ("b", "warning"), ("c", "error")):
        report = make_report(service, key=key, severity=severity, group=group)
        ingest.report([report], now=timezone.now())

    assert Incident.objects.get().alerts.count() == 3
    assert len(mails()) == 1


@pytest.mark.django_db
def test_a_person_who_raises_it_ends_the_wait_and_no_rule_lowers_it_again():
    service, _ = closed_until()
    incident = begin(service)

    edit(incident.pk, urgency="high", by=make_user())

    incident.refresh_from_db()
    assert len(mails()) == 1
    assert (incident.urgency, incident.is_urgency_fixed) == ("high", True)


@pytest.mark.django_db
def test_what_a_person_lowered_stays_low_when_it_becomes_worse():
    service = make_service(make_policy(make_user()))
    ingest.report([make_report(service, severity="error")], now=timezone.now())
    incident = Incident.objects.get()
    edit(incident.pk, urgency="low", by=make_user())

    ingest.report([make_report(service, severity="critical")], now=timezone.now())

    incident.refresh_from_db()
    assert (incident.severity, incident.urgency) == ("critical", "low")


@pytest.mark.django_db
def test_what_is_urgent_by_whatever_way_is_found_by_the_sweep():
    service, _ = closed_until()
    incident = begin(service)
    Incident.objects.filter(pk=incident.pk).update(urgency="high")

    assert urgency.resume_urgent(now=timezone.now()) == 1
    assert urgency.resume_urgent(now=timezone.now()) == 0
    assert len(mails()) == 1


@pytest.mark.django_db
def test_a_person_may_page_before_the_hours_begin():
    service, opens = closed_until()
    incident = begin(service)

    escalate.escalate(incident.pk, by=make_user())
    advance_due(opens)

    assert len(mails()) == 1


@pytest.mark.django_db
def test_what_was_suppressed_for_another_reason_waits_on_for_the_hours():
    service, opens = closed_until()
    incident = begin(service, severity="critical")
    Incident.objects.filter(pk=incident.pk).update(
        urgency="low", suppressed_reason="maintenance: disks", suppressed_until=opens - minutes(60)
    )
    Run.objects.update(state="suppressed", position=0, next_step_at=opens - minutes(60))
    Notification.objects.all().delete()

    advance_due(opens - minutes(59))
    waiting = mails()
    advance_due(opens)

    assert (waiting, len(mails())) == ([], 1)


@pytest.mark.django_db
def test_low_urgency_rises_at_the_opening_where_the_service_says_so():
    service, opens = closed_until(raise_at_opening=True)
    waiting = begin(service)

    advance_due(opens)
    urgency.raise_due(opens)

    waiting.refresh_from_db()
    assert (waiting.urgency, waiting.raise_urgency_at) == ("high", None)
    assert Notification.objects.get(channel="email").urgent
    assert verbs(waiting).count("urgency_changed") == 1


@pytest.mark.django_db
def test_what_did_not_wait_pages_anew_when_it_rises_and_what_is_taken_does_not():
    policy = make_policy(make_user(), low_waits_for_hours=False)
    service, opens = closed_until(policy=policy, raise_at_opening=True)
    incident, taken = begin(service), begin(service)
    Incident.objects.filter(pk=taken.pk).update(status="acknowledged")

    raised = [urgency.raise_due(opens - minutes(1)), urgency.raise_due(opens)]

    incident.refresh_from_db()
    taken.refresh_from_db()
    assert raised == [0, 1]
    assert (incident.urgency, incident.paging_round) == ("high", 2)
    assert (taken.urgency, taken.raise_urgency_at) == ("low", None)


@pytest.mark.django_db
def test_an_incident_that_is_resolved_while_it_waits_tells_nobody():
    service, opens = closed_until()
    ingest.report([make_report(service, severity="info")], now=timezone.now())

    ingest.report([make_report(service, "resolve")], now=timezone.now())
    reconcile.reconcile_runs(now=timezone.now())
    advance_due(opens)

    assert mails() == []
    assert suppression.unsuppress([Incident.objects.get().pk], now=opens)
    assert not Incident.objects.get().timeline.filter(is_announced=False).exists()


@pytest.mark.django_db
def test_an_acknowledgement_of_low_urgency_that_expires_at_night_waits_for_the_hours():
    policy = make_policy(make_user(), acknowledgement_expires_minutes=10)
    service, opens = closed_until(policy=policy)
    incident = begin(service)
    respond.acknowledge(incident.pk, by=make_user())
    reconcile.reconcile_runs(now=timezone.now())

    advance_due(timezone.now() + minutes(11))
    at_night = mails()
    advance_due(opens)

    incident.refresh_from_db()
    assert (at_night, len(mails())) == ([], 1)
    assert incident.paging_round == 2
