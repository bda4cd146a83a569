"""One destination that is slow, or fails, holds up nothing but itself."""

import smtplib
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import open as incident_open
from incidents.actions import respond
from notifications.actions import contact_methods, enqueue, lanes, routes, updates
from notifications.actions import deliver as notification_deliver
from notifications.actions import page as notification_page
from notifications.channels import all_channels
from notifications.models import Lane, Notification, ServiceNotificationSettings
from notifications.page import GIVE_UP_AFTER, MAX_ATTEMPTS, Page
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.task_queues import FIRST, LATER, SENDERS
from opsportal.runtime.task_broker import PostgresBroker
from tests.factories import (
    make_incident,
    make_method,
    make_rule,
    make_service,
    make_shared_channel,
    make_user,
    minutes,
)
from tests.mail import refused, unknown
from tests.notifications.notices import deliver, let_breakers_close, tell
from tests.tasks import queued, run_tasks

pytestmark = pytest.mark.django_db
NOW = timezone.now()
OUTAGE = DeliveryError("away", provider_fault=True)


def state(**fields):
    return lanes.LaneState("a lane", **fields)


@pytest.mark.parametrize(
    ("fields", "goes"),
    [
        ({}, True),
        ({"sends": 40}, True),
        ({"sends": 3, "stalled": 1}, True),
        ({"sends": 4, "stalled": 1}, False),
        ({"took_s": 9, "sends": 3}, True),
        ({"took_s": 9, "sends": 4}, False),
        ({"failures": 1}, True),
        ({"failures": 1, "sends": 1}, False),
        ({"took_s": 9, "stalled_everywhere": 32}, False),
        ({"stalled_everywhere": 32}, True),
    ],
)
def test_how_many_sends_of_a_lane_may_be_on_their_way(fields, goes):
    assert (lanes.wait_until(state(**fields), NOW, is_first=True) is None) is goes


def test_an_open_breaker_holds_back_what_failed_and_no_first_attempt():
    later = NOW + timedelta(seconds=20)
    opened = state(failures=3, opened_until=later)

    assert lanes.wait_until(opened, NOW, is_first=False) == later
    assert lanes.wait_until(opened, NOW, is_first=True) is None
    assert lanes.wait_until(opened, later, is_first=False) is None


def fail(error=OUTAGE, times=1):
    for _ in range(times):
        lanes.note_failure(lanes.look("a lane", NOW), 0.1, NOW, error)
    return Lane.objects.filter(key="a lane").first()


@pytest.mark.parametrize(
    ("times", "open_s"), [(1, None), (2, 10), (3, 20), (4, 40), (5, 60), (50, 60)]
)
def test_the_breaker_opens_at_the_second_failure_and_for_a_minute_at_most(times, open_s):
    lane = fail(times=times)

    assert lane.failures == times
    assert lane.opened_until == (NOW + timedelta(seconds=open_s) if open_s else None)


def test_a_refusal_by_the_provider_opens_it_at_once():
    lane = fail(DeliveryError("401", permanent=True, provider_fault=True))

    assert lane.opened_until == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    "error",
    [
        DeliveryError("no such user", permanent=True, address_fault=True),
        DeliveryError("cannot be used", permanent=True),
    ],
)
def test_what_is_no_fault_of_the_provider_opens_nothing(error):
    lane = fail(error, times=5)

    assert lane is None or (lane.failures, lane.opened_until) == (0, None)


def test_where_all_addresses_share_a_provider_its_first_failure_opens_it():
    lanes.note_failure(lanes.look("Email", NOW), 0.1, NOW, OUTAGE)

    lane = Lane.objects.get()
    assert (lane.failures, lane.opened_until) == (1, NOW + timedelta(seconds=5))
    assert list(Lane.objects.failing(NOW)) == [lane]


def test_who_asks_to_be_left_alone_is_not_counted_as_failing():
    lane = fail(DeliveryError("429", retry_after=60, provider_fault=True))

    assert (lane.failures, lane.opened_until) == (0, NOW + timedelta(seconds=60))


def test_one_success_closes_it():
    fail(times=7)

    lanes.note_success(lanes.look("a lane", NOW), 0.1, NOW, is_ordered=False)

    assert lanes.look("a lane", NOW).is_well
    assert not Lane.objects.failing(NOW).exists()


def test_what_failed_long_ago_says_nothing_of_today():
    fail(times=3)

    assert Lane.objects.failing(NOW + minutes(9)).exists()
    assert not Lane.objects.failing(NOW + minutes(11)).exists()


def test_each_url_is_a_lane_and_all_mail_is_one():
    webhook, email = all_channels()["webhook"], all_channels()["email"]
    urls = ["https://a.example/x?t0ken", "https://a.example/y", "https://u:pw@a.example:8443/x", ""]

    names = [webhook.lane({"url": url}) for url in urls]

    assert len(set(names)) == 4
    assert not any(secret in name for name in names for secret in ("t0ken", "pw", "/x"))
    assert email.lane({"address": "a@b.example"}) == email.lane({})


def hold_back(row, **fields):
    Notification.objects.filter(pk=row.pk).update(
        lane=routes.lane_of(row),
        next_attempt_at=timezone.now() + timedelta(seconds=40),
        sending_since=timezone.now() - timedelta(seconds=5),
        **fields,
    )


def beside(row, **fields):
    """One more page to the same receiver, its task taken away."""
    incident = make_incident()
    page = Page(
        incident.pk,
        f"run:{incident.pk}:0:0:0",
        "because",
        True,
        shared_channel_id=row.shared_channel_id,
        **fields,
    )
    notification_page.page([page], now=timezone.now())
    return Notification.objects.get(incident=incident)


def test_behind_sends_that_hang_the_next_one_waits_in_its_row(outside):
    hanging = tell()
    for _ in range(3):
        hold_back(beside(hanging))
    hold_back(hanging)
    row = deliver(beside(hanging))

    assert (row.state, row.attempts_made, row.waits_for_lane) == ("waiting", 0, True)
    assert row.next_attempt_at > timezone.now()
    assert outside.requests == []


def test_sends_of_a_worker_that_died_hold_nobody_back(outside):
    outside.answers_with(200)
    first = tell()
    for _ in range(9):
        row = beside(first)
        hold_back(row)
        Notification.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())

    assert deliver(first).state == "sent"


def test_another_lane_is_not_held_back(outside):
    outside.answers_with(200)
    hanging = tell()
    for _ in range(9):
        hold_back(beside(hanging))

    assert deliver(tell()).state == "sent"


def test_when_a_receiver_is_back_what_waits_for_it_goes_at_once(outside):
    first = tell()
    rows = [beside(first) for _ in range(3)]
    for row in [first, *rows]:
        outside.answers_with(503)
        deliver(row)
    outside.answers_with(200)
    Lane.objects.update(opened_until=timezone.now())

    deliver(first)

    assert first.state == "sent"
    for row in rows:
        row.refresh_from_db()
        assert row.next_attempt_at <= timezone.now()
        assert not row.waits_for_lane


def test_a_failure_releases_only_what_was_not_tried_yet(outside):
    first = tell()
    tried, untried = beside(first), beside(first)
    outside.answers_with(503)
    deliver(tried)
    Notification.objects.filter(pk=untried.pk).update(
        lane=routes.lane_of(untried),
        waits_for_lane=True,
        next_attempt_at=timezone.now() + minutes(1),
    )
    outside.answers_with(503)

    deliver(first)

    for row in (tried, untried):
        row.refresh_from_db()
    assert untried.next_attempt_at <= timezone.now() < tried.next_attempt_at


def test_while_it_is_open_what_failed_waits_without_an_attempt(outside):
    row = tell()
    for _ in range(2):
        outside.answers_with(503)
        deliver(row)

    deliver(row)

    assert row.attempts_made == 2
    assert row.next_attempt_at == Lane.objects.get().opened_until


@pytest.mark.parametrize("status", [401, 403])
def test_a_receiver_that_refuses_its_caller_is_tried_again(outside, status):
    outside.answers_with(status)
    row = deliver(tell())
    first = (row.state, row.attempts_made)
    outside.answers_with(200)
    Lane.objects.update(opened_until=timezone.now())

    assert (first, deliver(row).state) == (("waiting", 1), "sent")


@pytest.mark.parametrize("status", [404, 410])
def test_a_receiver_that_is_gone_is_the_addresss_fault_and_opens_nothing(outside, status):
    outside.answers_with(status)

    row = deliver(tell())

    assert row.state == "failed"
    assert not Lane.objects.filter(failures__gt=0).exists()


def test_however_slow_the_machine_is_each_task_sends_one_at_least(outside, monkeypatch):
    monkeypatch.setattr(notification_deliver, "BUDGET_S", -1)
    first = tell()
    rows = [first, beside(first), beside(first)]
    for _ in rows:
        outside.answers_with(200)

    notification_deliver.deliver([(row.pk, 0) for row in rows])
    once = len(outside.requests)
    run_tasks()

    assert (once, len(outside.requests)) == (1, 3)


# Announcements


def announced(outside, *answers):
    """A service whose shared channel hears of everything; what it answers first."""
    for answer in answers:
        outside.answers_with(answer)
    channel, service = make_shared_channel(), make_service()
    ServiceNotificationSettings.objects.create(service=service).channels.set([channel])
    return service


def run_due(minutes_on=0):
    """Do what is due, as the scheduler and the workers would."""
    run_tasks()
    let_breakers_close()
    while enqueue.dispatch_due(timezone.now() + minutes(minutes_on)):
        run_tasks()
        let_breakers_close()


def events(outside):
    return [body["event"].partition(".")[2] for body in outside.bodies]


def test_a_shared_channel_that_missed_the_beginning_hears_it_before_the_rest(outside):
    service = announced(outside, 503, 200, 200, 200)
    incident = incident_open.open_incident(service, "Disk full")
    updates.notify_status_updates()
    run_tasks()
    respond.acknowledge(incident.pk)
    respond.resolve(incident.pk)
    updates.notify_status_updates()
    run_tasks()
    at_first = events(outside)

    for _ in range(4):
        run_due(1)

    assert at_first == ["triggered"]
    assert events(outside) == ["triggered", "triggered", "acknowledged", "resolved"]
    assert set(Notification.objects.values_list("state", flat=True)) == {"sent"}


def test_what_is_over_before_it_was_announced_is_announced_all_the_same(outside):
    incident = incident_open.open_incident(announced(outside, 200, 200), "Disk full")
    respond.resolve(incident.pk)

    updates.notify_status_updates()
    run_due()

    assert events(outside) == ["triggered", "resolved"]


def test_another_incident_does_not_wait_for_the_order_of_the_first(outside):
    service = announced(outside, 503, 200)
    incident_open.open_incident(service, "Disk full")
    updates.notify_status_updates()
    run_tasks()
    incident_open.open_incident(service, "Another")

    updates.notify_status_updates()
    run_tasks()

    assert [body["incident"]["title"] for body in outside.bodies] == ["Disk full", "Another"]


def test_an_announcement_is_tried_for_a_day_and_then_given_up(outside):
    incident_open.open_incident(announced(outside), "Disk full")
    updates.notify_status_updates()
    row = Notification.objects.get()
    for _ in range(2 * MAX_ATTEMPTS):
        outside.answers_with(503)
        let_breakers_close()
        deliver(row)
    within = row.state
    Notification.objects.update(due_at=timezone.now() - GIVE_UP_AFTER)
    for _ in range(MAX_ATTEMPTS):
        outside.answers_with(503)
        let_breakers_close()
        deliver(row)

    assert (within, row.state) == ("waiting", "failed")


def test_pages_come_before_announcements(outside):
    incident_open.open_incident(announced(outside), "Disk full")
    updates.notify_status_updates()
    page = tell()

    broker = PostgresBroker(SENDERS)
    order = [broker.dequeue()[0][0] for _ in range(2)]

    assert [name for name, _ in queued(LATER)] == ["notifications.tasks.deliver"]
    assert page.is_announcement is False
    assert order == sorted(order, reverse=True)


def test_the_sign_of_life_comes_before_all_sends():
    tell()
    get = PostgresBroker(FIRST)
    get.enqueue("the sign of life")

    assert PostgresBroker(SENDERS).dequeue()[0][1] == "the sign of life"


# Mail


def page_person(person):
    incident = make_incident()
    page = Page(incident.pk, f"run:{incident.pk}:0:0:0", "because", True, user_id=person.pk)
    notification_page.page([page], now=timezone.now())
    return incident, Notification.objects.get(incident=incident, channel="email")


def reject(address):
    return smtplib.SMTPSenderRefused(550, b"5.4.5 Daily user sending limit exceeded", "ops@x")


def test_a_provider_that_refuses_uses_up_no_address_however_long_it_does(mail_server):
    alice = make_user()
    address = alice.contact_methods.get().config["address"]
    refused[address] = reject(address)
    incident, row = page_person(alice)
    for _ in range(3 * MAX_ATTEMPTS):
        let_breakers_close()
        deliver(row)

    assert (row.state, row.attempts_made) == ("waiting", 3 * MAX_ATTEMPTS)
    assert (row.next_attempt_at - timezone.now()).total_seconds() <= 60
    assert not incident.timeline.filter(verb="unreachable").exists()

    refused.clear()
    let_breakers_close()
    deliver(row)

    assert (row.state, [mail.to for mail in mail_server]) == ("sent", [[address]])


def test_what_is_over_is_not_sent_when_the_provider_is_back(mail_server):
    alice = make_user()
    address = alice.contact_methods.get().config["address"]
    refused[address] = reject(address)
    incident, row = page_person(alice)
    deliver(row)
    respond.resolve(incident.pk)
    refused.clear()
    let_breakers_close()

    assert deliver(row).state == "superseded"
    assert mail_server == []


def test_what_is_open_is_paged_at_the_first_mail_that_goes_through(mail_server):
    alice, bob = make_user(), make_user()
    address = alice.contact_methods.get().config["address"]
    refused[address] = reject(address)
    _, waiting = page_person(alice)
    deliver(waiting)
    refused.clear()

    _, row = page_person(bob)
    deliver(row)
    waiting.refresh_from_db()

    assert row.state == "sent"
    assert waiting.next_attempt_at <= timezone.now()


def test_a_provider_that_refuses_one_domain_does_not_stop_the_others(mail_server):
    alice, bob = make_user(), make_user()
    address = alice.contact_methods.get().config["address"]
    refused[address] = reject(address)
    rows = []
    for _ in range(4):
        _, of_alice = page_person(alice)
        _, of_bob = page_person(bob)
        for row in (of_alice, of_bob):
            deliver(row)
        rows.append((of_alice.state, of_bob.state))

    assert rows == [("waiting", "sent")] * 4


def test_an_unknown_mailbox_opens_no_breaker(mail_server):
    alice = make_user()
    address = alice.contact_methods.get().config["address"]
    refused[address] = unknown(address)
    for _ in range(5):
        deliver(page_person(alice)[1])

    assert not Lane.objects.failing(timezone.now()).exists()


def test_another_address_of_the_same_provider_is_used_at_the_second_failure_only(mail_server):
    alice = make_user()
    other = make_method(alice)
    address = alice.contact_methods.first().config["address"]
    refused[address] = refused[other.config["address"]] = reject(address)
    incident, row = page_person_first(alice)
    deliver(row)
    once = Notification.objects.filter(incident=incident, channel="email").count()
    let_breakers_close()

    deliver(row)

    assert once == 1
    assert Notification.objects.filter(incident=incident, channel="email").count() == 2


def page_person_first(person):
    """By the first of their addresses alone."""
    make_rule(person.contact_methods.first())
    return page_person(person)


def test_a_test_message_is_not_tried_for_a_day(mail_server):
    alice = make_user()
    method = alice.contact_methods.get()
    refused[method.config["address"]] = reject("")
    row = contact_methods.send_test(method_id=method.pk)
    for _ in range(MAX_ATTEMPTS):
        let_breakers_close()
        notification_deliver.deliver([(row.pk, row.attempts_made)])
        row.refresh_from_db()

    assert row.state == "failed"
