"""The lane to an old pager: in order, one at a time, and never in the way of anything else."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.engine import timers
from integrations.forwarding import lane, send
from integrations.models import Forward, InboundMessage
from notifications import send_threads
from tests.integrations.forwards import forward_all, make_forwarded
from tests.integrations.posting import enqueue, event, work
from tests.notifications.servers import answer, hang_up, say_nothing
from tests.tasks import queued, run_tasks

pytestmark = pytest.mark.django_db


def test_what_the_old_pager_refuses_is_not_repeated_and_an_ill_one_is_asked_again_in_order(
    client, old_pager
):
    integration = make_forwarded("events-api-v2", old_pager)
    statuses = [503, 400, 202]
    old_pager.behave = lambda handler: answer(handler, statuses.pop(0), b"{}")
    for key in ("one", "two"):
        enqueue(client, integration, event(key=key))
    forward_all()
    assert len(old_pager.requests) == 1
    assert lane.next_due() > timezone.now()
    Forward.objects.filter(state="waiting").update(next_attempt_at=timezone.now())
    forward_all()

    keys = [json.loads(sent)["dedup_key"] for _, _, sent in old_pager.requests]
    assert keys == ["one", "one", "two"]
    rows = Forward.objects.order_by("pk").values_list("status", "is_taken", "attempts")
    assert list(rows) == [(400, False, 2), (202, True, 1)]


def test_one_that_hangs_holds_up_neither_senders_nor_pages_and_is_given_up(
    client, old_pager, monkeypatch
):
    monkeypatch.setattr(send, "TIMEOUT_S", 0.3)
    old_pager.behave = say_nothing
    integration = make_forwarded("events-api-v2", old_pager)
    for key in ("one", "two"):
        assert enqueue(client, integration, event(key=key)).status_code == 202
    forward_all()
    work()

    first, second = Forward.objects.order_by("pk")
    assert "did not answer in time" in first.error
    assert (first.state, second.attempts) == ("waiting", 0)
    assert set(InboundMessage.objects.values_list("action", flat=True)) == {"opened"}
    lane.dispatch_due(timezone.now() + timedelta(hours=2))
    assert set(Forward.objects.values_list("state", "error")) == {("failed", lane.NO_ANSWER)}


@pytest.mark.parametrize("waits", [False, True], ids=["nothing waits", "a try is due later"])
def test_where_there_is_nothing_to_send_one_statement_says_so(
    client, old_pager, waits, django_assert_num_queries
):
    if waits:
        enqueue(client, make_forwarded("events-api-v2", old_pager), event())
        Forward.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=5))

    with django_assert_num_queries(1):
        assert lane.dispatch_due(timezone.now()) == 0


def test_after_the_last_try_the_next_one_has_its_turn(client, old_pager):
    old_pager.behave = hang_up
    integration = make_forwarded("events-api-v2", old_pager)
    enqueue(client, integration, event(key="one"))
    Forward.objects.update(attempts=lane.MAX_ATTEMPTS - 1)
    enqueue(client, integration, event(key="two"))
    forward_all()

    first, second = Forward.objects.order_by("pk")
    assert (first.state, first.attempts) == ("failed", lane.MAX_ATTEMPTS)
    assert (second.state, second.attempts) == ("waiting", 1)


def test_a_worker_that_died_with_one_is_replaced_and_two_tasks_send_once(client, old_pager):
    integration = make_forwarded("events-api-v2", old_pager)
    enqueue(client, integration, event())
    timers.run_timers(timezone.now())
    assert lane.dispatch_due(timezone.now()) == 0
    assert lane.dispatch_due(timezone.now() + 2 * lane.LEASE) == 1
    assert len(queued()) == 2
    run_tasks()

    assert len(old_pager.requests) == 1


def test_one_that_ends_its_worker_is_tried_as_often_as_any_other(client, old_pager):
    enqueue(client, make_forwarded("events-api-v2", old_pager), event())
    for number in range(lane.MAX_ATTEMPTS):
        now = timezone.now() + number * 2 * lane.LEASE
        assert lane.dispatch_due(now) == 1
        row = Forward.objects.get()
        lane.begin(row.pk, row.attempts, now)  # Its worker dies after this.
    lane.dispatch_due(now + 2 * lane.LEASE)

    row = Forward.objects.get()
    assert (row.state, row.attempts, row.error) == ("failed", lane.MAX_ATTEMPTS, lane.NO_ANSWER)
    assert lane.next_due() is None


def test_no_more_lanes_are_busy_at_once_than_leave_room_for_pages(client, old_pager):
    for _ in range(lane.MAX_LANES + 1):
        enqueue(client, make_forwarded("events-api-v2", old_pager), event())

    assert lane.dispatch_due(timezone.now()) == lane.MAX_LANES
    assert lane.dispatch_due(timezone.now()) == 0


@pytest.mark.django_db(transaction=True)
def test_no_worker_waits_for_an_old_pager_that_hangs(client, old_pager):
    enqueue(client, make_forwarded("events-api-v2", old_pager), event())
    old_pager.behave = say_nothing
    send_threads.enable()
    try:
        timers.run_timers(timezone.now())
        began = time.monotonic()
        run_tasks()
        waited_s = time.monotonic() - began
        assert Forward.objects.get().state == "sending"
    finally:
        old_pager.over.set()
        send_threads.drain(20)
        send_threads.disable()

    assert waited_s < 2
    assert Forward.objects.get().state == "waiting"


def test_after_a_while_a_lane_leaves_its_place_to_another_one(client, old_pager, monkeypatch):
    monkeypatch.setattr(send, "BUDGET_S", 0)
    integration = make_forwarded("events-api-v2", old_pager)
    for key in ("one", "two"):
        enqueue(client, integration, event(key=key))

    assert forward_all() == 1
    assert len(old_pager.requests) == 1
    forward_all()
    assert len(old_pager.requests) == 2


@pytest.mark.parametrize("charset", ["idna", "undefined", "punycode", "utf-16", "none"])
def test_an_answer_that_no_database_takes_is_kept_and_nothing_is_sent_again(
    client, old_pager, charset
):
    body = b'{"message": "caf\xc3\xa9 \xff\x00"}'
    kind = f"application/json; charset={charset}"
    old_pager.behave = lambda handler: answer(handler, 202, body, Content_Type=kind)
    enqueue(client, make_forwarded("events-api-v2", old_pager), event())
    forward_all()
    forward_all(timezone.now() + 2 * lane.LEASE)

    row = Forward.objects.get()
    assert len(old_pager.requests) == 1
    assert (row.state, row.status) == ("answered", 202)
    assert "café \ufffd\ufffd" in row.answer


def test_a_key_of_an_alert_that_no_database_takes_is_kept(client, old_pager):
    body = b'{"dedup_key": "a\\u0000b"}'
    old_pager.behave = lambda handler: answer(handler, 202, body)
    enqueue(client, make_forwarded("events-api-v2", old_pager), event())
    forward_all()

    assert Forward.objects.get().answer_key == "a\ufffdb"
