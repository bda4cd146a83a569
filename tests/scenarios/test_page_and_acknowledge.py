"""From the request of a sender to the mail of a person; the clock goes where the test wants."""

import pytest
from django.utils import timezone

from escalation.actions import reconcile, scheduler, undelivered
from escalation.models import Run
from incidents.actions import respond, sla
from incidents.models import Incident
from integrations.setup import replay
from notifications.actions import enqueue, updates
from notifications.models import ServiceNotificationSettings
from tests.factories import (
    make_catch_all,
    make_integration,
    make_policy,
    make_service,
    make_shared_channel,
    make_user,
    minutes,
)
from tests.integrations.posting import FAILURE, RECOVERY, post, work
from tests.mail import refused, unknown
from tests.tasks import run_tasks
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


def tick(now):
    """Everything that the clock does at this time, and the workers after it."""
    reconcile.reconcile_runs(now=now)
    advance_due(now)
    enqueue.dispatch_due(now)
    updates.notify_status_updates()
    run_tasks()
    undelivered.escalate_undelivered(now=now)
    scheduler.end_due_snoozes(now)
    sla.note_breaches(now)
    updates.notify_status_updates()
    run_tasks()


def told(mails):
    return [mail.to[0] for mail in mails]


def make_way_in(*people, **policy):
    service = make_service(make_policy(*people, **policy))
    return make_integration(service=service)


def test_ignored_it_escalates_acknowledged_it_is_quiet_resolved_it_says_so(client, mail_server):
    alice, bob, carol = make_user(), make_user(), make_user()
    integration = make_way_in(alice, bob, carol)
    now = timezone.now()

    post(client, integration, FAILURE)
    work()
    tick(now)
    assert told(mail_server) == [alice.email]

    tick(now + minutes(6))
    assert told(mail_server) == [alice.email, bob.email]

    respond.acknowledge(Incident.objects.get().pk, by=bob, via="mail link")
    tick(now + minutes(60))
    assert told(mail_server) == [alice.email, bob.email]

    post(client, integration, RECOVERY)
    work()
    tick(now + minutes(61))
    assert sorted(told(mail_server)[2:]) == sorted([alice.email, bob.email])
    incident = Incident.objects.get()
    assert incident.is_resolved
    assert Run.objects.get().state == "finished"
    assert list(incident.timeline.order_by("pk").values_list("verb", flat=True)) == [
        "opened",
        "paged",
        "paged",
        "acknowledged",
        "resolved",
    ]


def test_a_storm_of_one_trouble_pages_once(client, mail_server):
    integration = make_way_in(make_user())

    for _ in range(100):
        post(client, integration, FAILURE)
    work()
    tick(timezone.now())

    assert len(mail_server) == 1


def test_many_troubles_at_once_are_one_mail_that_names_them_all(client, mail_server):
    integration = make_way_in(make_user())

    for number in range(20):
        post(client, integration, {"event": "ALERT_FAILURE", "name": f"shop-{number}"})
    work()
    tick(timezone.now())

    (mail,) = mail_server
    assert all(f"#{incident.pk}" in mail.body for incident in Incident.objects.all())


def test_an_address_that_refuses_brings_the_next_person_at_once(client, mail_server):
    alice, bob = make_user(), make_user()
    refused[alice.email] = unknown(alice.email)

    post(client, make_way_in(alice, bob), FAILURE)
    work()
    tick(timezone.now())

    assert told(mail_server) == [bob.email]


def test_when_all_addresses_refuse_the_catch_all_is_told_at_once(client, mail_server):
    alice, bob, boss = make_user(), make_user(), make_user()
    make_catch_all(boss)
    for person in (alice, bob):
        refused[person.email] = unknown(person.email)

    post(client, make_way_in(alice, bob), FAILURE)
    work()
    now = timezone.now()
    for _ in range(3):
        tick(now)

    assert told(mail_server) == [boss.email]


def test_a_snooze_is_quiet_until_its_end_and_then_pages_from_the_first_step(client, mail_server):
    alice = make_user()
    post(client, make_way_in(alice, make_user()), FAILURE)
    work()
    now = timezone.now()
    tick(now)
    respond.snooze(Incident.objects.get().pk, now + minutes(30), by=alice)

    tick(now + minutes(29))
    quiet = told(mail_server)
    tick(now + minutes(31))
    run_tasks()

    assert quiet == [alice.email]
    assert told(mail_server) == [alice.email] * 2


def test_a_missed_target_is_told_to_the_channel_of_the_service_once(client, outside):
    service = make_service(acknowledge_within_minutes=5)
    notice = ServiceNotificationSettings.objects.create(
        service=service, on_triggered=False, on_sla_breach=True
    )
    notice.channels.set([make_shared_channel()])
    post(client, make_integration(service=service), FAILURE)
    work()
    now = timezone.now()
    outside.answers_with(200)

    for later in (4, 6, 60):
        tick(now + minutes(later))

    assert [body["event"] for body in outside.bodies] == ["incident.sla_breached"]
    assert Incident.objects.get().timeline.filter(verb="sla_breached").count() == 1


def test_a_machine_that_listens_hears_the_whole_life(client, outside):
    service = make_service()
    ServiceNotificationSettings.objects.create(service=service).channels.set(
        [make_shared_channel()]
    )
    integration = make_integration(service=service)
    now = timezone.now()
    for _ in range(3):
        outside.answers_with(200)

    post(client, integration, FAILURE)
    work()
    tick(now)
    respond.acknowledge(Incident.objects.get().pk, by=make_user("Alice"))
    tick(now)
    post(client, integration, RECOVERY)
    work()
    tick(now)

    assert [(b["event"], b["incident"]["status"]) for b in outside.bodies] == [
        ("incident.triggered", "OPEN"),
        ("incident.acknowledged", "ACKNOWLEDGED"),
        ("incident.resolved", "RESOLVED"),
    ]
    assert outside.bodies[1]["incident"]["assignee"]["name"] == "Alice"
    assert len({body["delivery_id"] for body in outside.bodies}) == 3


def test_what_is_reported_worse_than_acknowledged_pages_again(client, mail_server):
    alice = make_user()
    service = make_service(make_policy(alice))
    integration = make_integration("events-api-v2", service=service)
    body = {
        "event_action": "trigger",
        "dedup_key": "disk",
        "payload": {"summary": "Disk", "source": "db", "severity": "warning"},
    }
    post(client, integration, body)
    work()
    now = timezone.now()
    tick(now)
    respond.acknowledge(Incident.objects.get().pk, by=alice)

    body["payload"]["severity"] = "critical"
    post(client, integration, body)
    work()
    tick(now + minutes(1))

    assert told(mail_server) == [alice.email] * 2


def test_a_sample_is_a_page_like_any_other_and_says_that_it_is_a_test(mail_server):
    alice = make_user()
    integration = make_way_in(alice)

    replay.send_sample(integration.pk)
    tick(timezone.now())

    assert told(mail_server) == [alice.email]
    assert Incident.objects.get().is_test
