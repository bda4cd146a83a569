import pytest
from django.utils import timezone
from django_q.models import OrmQ

from incidents.actions import respond
from incidents.models import Incident
from notifications.actions import deliver as notification_deliver
from notifications.actions import enqueue
from notifications.actions import page as notification_page
from notifications.models import Notification
from notifications.page import MAX_ATTEMPTS, PICKUP_TIMEOUT, Page
from tests.factories import make_incident, make_user, minutes
from tests.mail import busy, refused
from tests.notifications.notices import deliver, let_breakers_close, results, tell
from tests.tasks import run_tasks
from tests.threads import race


@pytest.mark.django_db
def test_what_is_sent_is_recorded_with_its_attempt(outside):
    outside.answers_with(200)

    row = deliver(tell())

    assert (row.state, row.next_attempt_at) == ("sent", None)
    assert results(row) == [(1, "accepted", False)]
    assert outside.bodies[0]["delivery_id"] == str(row.delivery_id)


@pytest.mark.django_db
def test_the_same_task_twice_sends_once(outside):
    outside.answers_with(200)
    row = tell()
    items = [(row.pk, 0)]
    notification_deliver.deliver(items)

    notification_deliver.deliver(items)

    assert len(outside.requests) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda i: respond.acknowledge(i.pk), "Acknowledged before this was sent"),
        (lambda i: respond.resolve(i.pk), "Resolved before this was sent"),
        (
            lambda i: respond.snooze(i.pk, timezone.now() + minutes(5)),
            "On hold before this was sent",
        ),
        (
            lambda i: Incident.objects.filter(pk=i.pk).update(paging_round=2),
            "Paging has started anew since",
        ),
    ],
    ids=["acknowledged", "resolved", "snoozed", "a new round"],
)
def test_what_nobody_needs_any_more_is_not_sent_and_says_why(outside, act, why):
    row = tell()
    act(row.incident)

    deliver(row)

    assert (row.state, row.error, row.next_attempt_at) == ("superseded", why, None)
    assert outside.requests == []
    assert results(row) == []


@pytest.mark.django_db
def test_a_policy_that_stops_at_assigning_sends_despite_an_acknowledgement(outside):
    outside.answers_with(200)
    row = tell(despite_acknowledgement=True)
    respond.acknowledge(row.incident_id)

    assert deliver(row).state == "sent"


@pytest.mark.django_db
def test_the_news_that_it_is_over_is_sent_of_a_resolved_incident(outside):
    outside.answers_with(200)
    row = tell(event="incident.resolved")
    respond.resolve(row.incident_id)

    assert deliver(row).state == "sent"


@pytest.mark.django_db
def test_a_failure_that_may_pass_is_tried_again_after_a_wait(outside):
    outside.answers_with(503)

    row = deliver(tell())

    assert (row.state, row.attempts_made) == ("waiting", 1)
    assert results(row) == [(1, "failed", False)]
    assert 4 < (row.next_attempt_at - timezone.now()).total_seconds() <= 5


@pytest.mark.django_db
def test_who_asks_to_be_left_alone_is_left_alone_so_long(outside):
    outside.answers_with(429, headers={"Retry-After": "60"})

    row = deliver(tell())

    assert (row.next_attempt_at - timezone.now()).total_seconds() > 55


@pytest.mark.django_db
def test_after_the_last_attempt_it_has_failed_and_the_timeline_says_so(outside):
    row = tell()

    for _ in range(MAX_ATTEMPTS):
        outside.answers_with(503)
        let_breakers_close()
        deliver(row)

    assert (row.state, row.attempts_made, row.next_attempt_at) == ("failed", MAX_ATTEMPTS, None)
    assert row.incident.timeline.filter(verb="unreachable").count() == 1


@pytest.mark.django_db
def test_a_refusal_that_cannot_pass_is_not_repeated(outside):
    outside.answers_with(404)

    row = deliver(tell())

    assert (row.state, row.attempts_made) == ("failed", 1)
    assert results(row) == [(1, "refused", False)]


@pytest.mark.django_db
def test_a_channel_that_is_gone_fails_its_notifications_and_no_other(outside):
    gone, well = tell(), tell()
    Notification.objects.filter(pk=gone.pk).update(channel="pigeon")
    outside.answers_with(200)

    notification_deliver.deliver([(gone.pk, 0), (well.pk, 0)])

    gone.refresh_from_db()
    well.refresh_from_db()
    assert (gone.state, well.state) == ("failed", "sent")


@pytest.mark.django_db
def test_a_channel_that_is_gone_does_not_stop_the_clock():
    gone = tell()
    Notification.objects.filter(pk=gone.pk).update(channel="pigeon")

    assert enqueue.dispatch_due(timezone.now() + PICKUP_TIMEOUT) == 1


@pytest.mark.django_db
def test_an_address_that_was_deleted_is_a_refusal(outside):
    row = tell()
    row.shared_channel.delete()

    deliver(row)

    assert (row.state, row.error) == ("failed", "This address was deleted meanwhile")


@pytest.mark.django_db
def test_a_task_that_was_lost_is_handed_over_again():
    row = tell()

    early = enqueue.dispatch_due(row.created_at)
    late = enqueue.dispatch_due(row.created_at + PICKUP_TIMEOUT)

    assert (early, late) == (0, 1)


@pytest.mark.django_db
def test_a_mail_that_failed_is_tried_again_and_then_arrives(mail_server):
    alice = make_user()
    page = Page(make_incident().pk, "run:1:0:0:0", "because", True, user_id=alice.pk)
    refused[alice.email] = busy(alice.email)
    notification_page.page([page], now=timezone.now())
    run_tasks()
    refused.clear()
    let_breakers_close()

    enqueue.dispatch_due(timezone.now() + minutes(1))
    run_tasks()

    assert [mail.to for mail in mail_server] == [[alice.email]]


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_notification_send_it_once(outside):
    for _ in range(10):
        row = tell()
        outside.requests.clear()
        outside.answers_with(200)

        found = race(
            lambda: notification_deliver.deliver([(row.pk, 0)]),  # noqa: B023
            lambda: notification_deliver.deliver([(row.pk, 0)]),  # noqa: B023
        )

        assert found == [None, None]
        assert len(outside.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_two_clocks_hand_a_notification_over_once():
    now = max(tell().next_attempt_at for _ in range(10))

    for number in range(10):
        OrmQ.objects.all().delete()
        due = now + PICKUP_TIMEOUT * number
        handed = race(*[lambda: enqueue.dispatch_due(due)] * 2)  # noqa: B023
        assert sum(handed) == 10
