import pytest
from django.utils import timezone

from escalation.actions import escalate, reconcile, restart, start, undelivered
from escalation.models import Run
from incidents.actions import respond
from incidents.errors import IncidentClosed, InvalidRequest
from notifications.actions import updates
from notifications.models import Notification
from tests.factories import (
    add_step,
    make_catch_all,
    make_incident,
    make_policy,
    make_service,
    make_user,
    minutes,
)
from tests.mail import refused, unknown
from tests.tasks import run_tasks
from tests.threads import race
from tests.timers import advance_due


def begin(policy):
    return start.open_incident(make_service(policy), "Disk full")


def run_of(incident):
    incident.refresh_from_db()
    return Run.objects.get(incident=incident, paging_round=incident.paging_round)


def told(incident):
    rows = Notification.objects.filter(incident=incident, channel="email").order_by("pk")
    return [row.user for row in rows]


@pytest.mark.django_db
def test_escalating_takes_the_next_step_now():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob))

    escalate.escalate(incident.pk, by=alice, via="web")

    assert told(incident) == [alice, bob]
    assert incident.timeline.get(verb="escalated").by == alice


@pytest.mark.django_db
def test_escalating_skips_the_retries_of_the_present_step():
    alice, bob = make_user(), make_user()
    policy = make_policy()
    add_step(policy, alice, retries=3, retry_seconds=60)
    add_step(policy, bob, wait=600)
    incident = begin(policy)

    escalate.escalate(incident.pk)

    assert told(incident) == [alice, bob]


@pytest.mark.django_db
def test_escalating_what_somebody_has_takes_it_from_them():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob))
    respond.acknowledge(incident.pk, by=alice)
    reconcile.reconcile_run(incident.pk, now=timezone.now())

    escalate.escalate(incident.pk, by=alice)

    incident.refresh_from_db()
    assert incident.is_open
    assert told(incident) == [alice, bob]
    assert run_of(incident).state == "escalating"


@pytest.mark.django_db
def test_after_the_last_step_the_catch_all_is_told():
    alice, boss = make_user(), make_user()
    make_catch_all(boss)
    incident = begin(make_policy(alice))

    escalate.escalate(incident.pk)

    assert told(incident) == [alice, boss]


@pytest.mark.django_db
def test_when_everybody_was_told_escalating_is_refused():
    incident = begin(make_policy(make_user()))
    escalate.escalate(incident.pk)

    with pytest.raises(InvalidRequest):
        escalate.escalate(incident.pk)


@pytest.mark.django_db
def test_what_was_acknowledged_at_the_end_can_be_escalated_to_the_catch_all_again():
    boss = make_user()
    make_catch_all(boss)
    incident = begin(make_policy(make_user()))
    escalate.escalate(incident.pk)
    respond.acknowledge(incident.pk, by=boss)
    reconcile.reconcile_runs(now=timezone.now())

    escalate.escalate(incident.pk)

    assert told(incident)[1:] == [boss, boss]


@pytest.mark.django_db
@pytest.mark.parametrize("prepare", [lambda i: respond.resolve(i.pk), lambda i: None])
def test_what_is_resolved_or_has_no_run_is_not_escalated(prepare):
    incident = make_incident()
    prepare(incident)

    with pytest.raises(IncidentClosed):
        escalate.escalate(incident.pk)


@pytest.mark.django_db
def test_where_every_address_refuses_the_next_step_comes_at_once(mail_server):
    alice, bob = make_user(), make_user()
    refused[alice.email] = unknown(alice.email)
    incident = begin(make_policy(alice, bob))
    run_tasks()

    undelivered.escalate_undelivered(now=timezone.now())
    run_tasks()

    assert [mail.to for mail in mail_server] == [[bob.email]]
    assert incident.timeline.filter(verb="unreachable").count() == 1


@pytest.mark.django_db
def test_while_one_of_a_step_can_be_reached_the_next_step_waits(mail_server):
    alice, bob, carol = make_user(), make_user(), make_user()
    refused[alice.email] = unknown(alice.email)
    incident = begin(make_policy([alice, bob], carol))
    run_tasks()

    undelivered.escalate_undelivered(now=timezone.now())

    assert carol not in told(incident)
    assert run_of(incident).next_step_at > timezone.now()


@pytest.mark.django_db
def test_who_cannot_be_reached_hurries_once(mail_server):
    alice, bob, carol = make_user(), make_user(), make_user()
    refused[alice.email] = unknown(alice.email)
    incident = begin(make_policy(alice, bob, carol))
    run_tasks()
    undelivered.escalate_undelivered(now=timezone.now())

    looked_at = undelivered.escalate_undelivered(now=timezone.now())

    assert looked_at == 0
    assert carol not in told(incident)


@pytest.mark.django_db
def test_one_that_cannot_be_hurried_holds_nobody_up(mail_server):
    alice, ann, bob = make_user(), make_user(), make_user()
    for person in (alice, ann):
        refused[person.email] = unknown(person.email)
    broken, sound = begin(make_policy(alice, bob)), begin(make_policy(ann, bob))
    run_tasks()
    Run.objects.filter(incident=broken).update(plan_json={"version": 99})

    undelivered.escalate_undelivered(now=timezone.now())

    assert bob in told(sound)
    assert broken.timeline.filter(verb="unreachable", is_announced=False).exists()


@pytest.mark.django_db
def test_what_somebody_has_is_not_hurried(mail_server):
    alice, bob = make_user(), make_user()
    refused[alice.email] = unknown(alice.email)
    incident = begin(make_policy(alice, bob))
    run_tasks()
    respond.acknowledge(incident.pk, by=bob)

    undelivered.escalate_undelivered(now=timezone.now())

    assert told(incident) == [alice]


@pytest.mark.django_db
def test_announcing_leaves_the_unreachable_to_the_clock(mail_server):
    alice, bob = make_user(), make_user()
    refused[alice.email] = unknown(alice.email)
    begin(make_policy(alice, bob))
    run_tasks()

    updates.notify_status_updates()

    assert undelivered.escalate_undelivered(now=timezone.now()) == 1


@pytest.mark.django_db(transaction=True)
def test_escalating_and_reopening_do_not_wait_for_each_other():
    alice = make_user()
    incident = begin(make_policy(alice, make_user(), repeats=200))

    for _ in range(15):
        respond.resolve(incident.pk)
        found = race(
            lambda: restart.reopen(incident.pk),
            lambda: escalate.escalate(incident.pk),
            lambda: reconcile.reconcile_run(incident.pk, now=timezone.now()),
            lambda: advance_due(timezone.now() + minutes(5)),
        )
        bad = [f for f in found if isinstance(f, Exception) and not isinstance(f, IncidentClosed)]
        assert bad == []
