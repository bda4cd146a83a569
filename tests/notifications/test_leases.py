"""Workers that die or hang: told at least once, and a repeat says that it is one."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from notifications.actions import deliver as notification_deliver
from notifications.actions import enqueue
from notifications.models import Attempt, Notification
from notifications.page import LEASE, PICKUP_TIMEOUT
from tests.notifications.notices import deliver, results, tell


class WorkerDied(BaseException):
    """What no `except` of ours catches, as a SIGKILL."""


@pytest.mark.django_db
def test_a_worker_that_dies_between_send_and_record_leads_to_a_repeat_that_says_so(
    outside, monkeypatch
):
    row = tell()
    outside.answers_with(200)
    with monkeypatch.context() as patch:
        patch.setattr("notifications.actions.record.record_success", die)
        with pytest.raises(WorkerDied):
            notification_deliver.deliver([(row.pk, 0)])
    outside.answers_with(200)

    handed = enqueue.dispatch_due(timezone.now() + LEASE)
    row.refresh_from_db()
    deliver(row)

    first, second = outside.bodies
    assert handed == 1
    assert first["delivery_id"] == second["delivery_id"]
    assert (first["may_repeat"], second["may_repeat"]) == (False, True)
    assert results(row) == [(1, "started", False), (2, "accepted", True)]


def die(*args, **kwargs):
    raise WorkerDied


@pytest.mark.django_db
def test_nobody_takes_what_another_worker_is_at(outside, monkeypatch):
    row = tell()
    outside.answers_with(200)
    with monkeypatch.context() as patch:
        patch.setattr("notifications.actions.record.record_success", die)
        with pytest.raises(WorkerDied):
            notification_deliver.deliver([(row.pk, 0)])

    handed = enqueue.dispatch_due(timezone.now() + PICKUP_TIMEOUT)

    assert handed == 0


@pytest.mark.django_db
def test_a_failure_that_comes_after_its_lease_changes_nothing(outside, monkeypatch):
    """The first worker hangs; a second one sends; then the first one reports a failure."""
    row = tell()
    outside.answers_with(200)
    outside.answers_with(503)
    receive = outside.receive

    def hang(request):
        outside.receive = receive
        Notification.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
        notification_deliver.deliver([(row.pk, 1)])
        return receive(request)

    outside.receive = hang

    deliver(row)

    assert row.state == "sent"
    assert len(outside.requests) == 2
    assert Attempt.objects.get(notification=row, number=2).may_repeat


@pytest.mark.django_db
def test_what_dead_workers_had_taken_does_not_hold_up_the_others():
    rows = [tell() for _ in range(17)]
    began = timezone.now() - PICKUP_TIMEOUT
    OrmQ.objects.update(lock=began + timedelta(seconds=Conf.RETRY))

    handed = enqueue.dispatch_due(max(row.next_attempt_at for row in rows))

    assert handed == len(rows)


@pytest.mark.django_db
def test_while_the_workers_have_enough_to_do_the_rest_waits_in_its_rows():
    rows = [tell() for _ in range(17)]

    handed = enqueue.dispatch_due(max(row.next_attempt_at for row in rows))

    assert handed == 0
