import pytest
from django.utils import timezone

from escalation.actions import reconcile, scheduler, start
from incidents.actions import auto_close, respond
from incidents.errors import InvalidRequest
from incidents.models import Incident
from notifications.models import Notification
from tests.factories import make_catch_all, make_policy, make_service, make_user, minutes
from tests.tasks import run_tasks
from tests.timers import advance_due

pytestmark = pytest.mark.django_db
DAY = 24 * 60


def begin(policy, severity="critical", **service):
    incident = start.open_incident(make_service(policy, **service), "Disk full", severity=severity)
    return incident, timezone.now()


def take(incident, person):
    respond.acknowledge(incident.pk, by=person)
    reconcile.reconcile_runs(now=timezone.now())


def told(incident):
    mails = Notification.objects.filter(incident=incident, channel="email").order_by("pk")
    return [mail.user for mail in mails]


def expired(incident):
    lines = incident.timeline.filter(verb="acknowledgement_expired")
    return list(lines.values_list("text", flat=True))


def test_the_minutes_of_the_service_come_before_those_of_the_policy():
    policy = make_policy(make_user(), acknowledgement_expires_minutes=60)
    incident, now = begin(policy, acknowledgement_expires_minutes=10)
    take(incident, ana := make_user("Ana"))

    advance_due(now + minutes(11))

    assert expired(incident) == [f"{ana}'s acknowledgement expired after 10 min"]


def test_whose_acknowledgement_expired_is_paged_beside_the_first_step_and_once():
    alice, bob = make_user(), make_user()
    incident, now = begin(make_policy(alice, acknowledgement_expires_minutes=10))
    take(incident, bob)

    advance_due(now + minutes(11))
    take(incident, alice)
    advance_due(now + minutes(30))

    assert told(incident) == [alice, alice, bob, alice]


def test_a_note_of_a_person_postpones_the_expiry_and_that_of_a_machine_does_not():
    incident, now = begin(make_policy(make_user(), acknowledgement_expires_minutes=10))
    take(incident, alice := make_user())
    respond.comment(incident.pk, "on it", by=alice)
    Incident.objects.filter(pk=incident.pk).update(active_at=now + minutes(8))

    advance_due(now + minutes(11))
    early = expired(incident)
    respond.comment(incident.pk, "a machine")
    advance_due(now + minutes(19))

    assert early == []
    assert len(expired(incident)) == 1


def test_activity_postpones_nothing_where_the_policy_says_so():
    policy = make_policy(
        make_user(), acknowledgement_expires_minutes=10, activity_postpones_expiry=False
    )
    incident, now = begin(policy)
    take(incident, make_user())
    Incident.objects.filter(pk=incident.pk).update(active_at=now + minutes(9))

    advance_due(now + minutes(11))

    assert len(expired(incident)) == 1


def test_low_urgency_does_not_expire_where_the_policy_says_so_until_it_rises():
    policy = make_policy(make_user(), acknowledgement_expires_minutes=10, low_urgency_expires=False)
    incident, now = begin(policy, severity="info")
    take(incident, make_user())

    advance_due(now + minutes(60))
    low = expired(incident)
    Incident.objects.filter(pk=incident.pk).update(urgency="high")
    reconcile.reconcile_runs(now=now + minutes(61))
    advance_due(now + minutes(61))

    assert low == []
    assert len(expired(incident)) == 1


def test_seven_days_after_the_opening_the_catch_all_is_told_once_and_nothing_expires():
    make_catch_all(boss := make_user())
    alice = make_user()
    incident, now = begin(make_policy(alice, acknowledgement_expires_minutes=DAY))
    take(incident, alice)
    Incident.objects.filter(pk=incident.pk).update(active_at=now + minutes(7 * DAY - 60))

    for day in (1, 8, 9, 10):
        advance_due(now + minutes(day * DAY + 1))
        reconcile.reconcile_runs(now=now + minutes(day * DAY + 1))

    incident.refresh_from_db()
    assert told(incident) == [alice, boss]
    assert incident.status == "acknowledged"
    assert len(expired(incident)) == 1


def test_the_catch_all_is_told_although_somebody_is_assigned(mail_server):
    make_catch_all(boss := make_user())
    alice = make_user()
    incident, now = begin(make_policy(alice, acknowledgement_expires_minutes=DAY))
    respond.assign(incident.pk, alice)
    reconcile.reconcile_runs(now=now)
    Incident.objects.update(active_at=now + minutes(7 * DAY - 60))

    for day in (1, 8):
        advance_due(now + minutes(day * DAY + 1))
    run_tasks()

    assert [boss.email] in [mail.to for mail in mail_server]


def test_nothing_expires_while_it_is_on_hold():
    incident, now = begin(make_policy(make_user(), acknowledgement_expires_minutes=10))
    take(incident, alice := make_user())
    respond.snooze(incident.pk, now + minutes(60), by=alice)
    reconcile.reconcile_runs(now=now)

    advance_due(now + minutes(30))

    assert expired(incident) == []


def test_who_snoozed_is_paged_beside_the_first_step():
    alice, bob = make_user(), make_user()
    incident, now = begin(make_policy(alice, make_user()))
    respond.snooze(incident.pk, now + minutes(30), by=bob)

    scheduler.end_due_snoozes(now + minutes(30))

    assert told(incident) == [alice, alice, bob]


def test_who_is_assigned_what_is_on_hold_leaves_it_on_hold():
    incident, now = begin(make_policy(make_user()))
    respond.snooze(incident.pk, until := now + minutes(30), by=make_user())

    respond.assign(incident.pk, bob := make_user())

    incident.refresh_from_db()
    assert (incident.status, incident.snoozed_until) == ("on_hold", until)
    assert incident.assignee == bob


def test_nothing_is_on_hold_for_longer_than_thirty_days():
    incident, now = begin(make_policy(make_user()))

    with pytest.raises(InvalidRequest, match="30 days"):
        respond.snooze(incident.pk, now + minutes(31 * DAY))


def test_what_is_quiet_for_so_long_is_resolved_by_itself():
    incident, now = begin(make_policy(make_user()), auto_resolve_minutes=60)
    respond.comment(incident.pk, "looking", by=make_user())
    Incident.objects.filter(pk=incident.pk).update(active_at=now + minutes(30))

    closed = [auto_close.close_due(now + minutes(after)) for after in (59, 61, 89, 91)]

    incident.refresh_from_db()
    assert closed == [0, 0, 0, 1]
    assert incident.status == "resolved"
    assert "Quiet for 1 h" in incident.timeline.last().text
