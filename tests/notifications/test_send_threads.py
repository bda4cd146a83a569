"""A worker does not wait for what takes long: its thread finishes it."""

import multiprocessing
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from notifications import send_threads
from notifications.actions import enqueue, lanes
from notifications.actions import page as notification_page
from notifications.models import Attempt, Lane, Notification
from notifications.page import LEASE, Page
from opsportal.lib.net import http
from tests.factories import make_incident, make_shared_channel
from tests.notifications.notices import results
from tests.notifications.servers import Receiver, hang_up, say_nothing, trickle
from tests.outside import local_network  # noqa: F401
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def threads():
    """As in a worker."""
    send_threads.enable()
    yield
    send_threads.drain(20)
    send_threads.disable()
    wait_for(lambda: not any(thread.name == "send" for thread in threading.enumerate()))
    http.close_connections()


@pytest.fixture
def receivers(local_network):  # noqa: F811
    made = []

    def make(delay=0, behave=None):
        server = Receiver()
        server.delay = delay
        server.behave = behave or server.behave
        made.append(server)
        return server

    yield make
    for server in made:
        server.over.set()
    send_threads.drain(20)
    for server in made:
        server.stop()


def tell(server, count=1):
    """So many pages to a receiver, their tasks made; returns its channel."""
    channel = make_shared_channel(server.url)
    for _ in range(count):
        beside(channel)
    return channel


def beside(channel):
    incident = make_incident()
    page = Page(
        incident.pk, f"run:{incident.pk}:0:0:0", "because", True, shared_channel_id=channel.pk
    )
    notification_page.page([page], now=timezone.now())


def rows_of(channel):
    return list(Notification.objects.filter(shared_channel=channel).order_by("pk"))


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def timed_run():
    began = time.monotonic()
    run_tasks()
    return time.monotonic() - began


def test_what_is_answered_soon_is_recorded_by_the_worker_itself(receivers):
    channel = tell(receivers())

    run_tasks()

    [row] = rows_of(channel)
    assert (row.state, row.sending_since) == ("sent", None)
    assert results(row) == [(1, "accepted", False)]


def test_a_slow_answer_is_waited_for_by_a_thread_and_recorded_once(receivers):
    slow = receivers(delay=1.5)
    channel = tell(slow)

    run_tasks()
    [row] = rows_of(channel)
    meanwhile = (row.state, row.sending_since is not None)

    assert meanwhile == ("waiting", True)
    assert wait_for(lambda: rows_of(channel)[0].state == "sent")
    assert results(row) == [(1, "accepted", False)]
    assert len(slow.requests) == 1


@pytest.mark.parametrize("proven", [False, True], ids=["never sent to", "proven before"])
def test_behind_five_that_hang_a_sixth_is_told_at_once(receivers, proven):
    hanging, well = [receivers() for _ in range(5)], receivers()
    channels = [tell(server) for server in hanging] if proven else []
    run_tasks()
    for server in hanging:
        server.behave = say_nothing
    for number, server in enumerate(hanging):
        if proven:
            for _ in range(20):
                beside(channels[number])
        else:
            tell(server, 20)
    channel = tell(well)

    took_s = timed_run()

    assert rows_of(channel)[0].state == "sent"
    assert took_s < 20  # All that hangs was tried before it, or put back: 101 tasks.
    sending = Notification.objects.filter(sending_since__isnull=False)
    assert sending.count() <= 5 * lanes.MAX_STALLED
    assert Attempt.objects.filter(outcome="started").count() == sending.count()


@pytest.mark.parametrize(
    "behave",
    [trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"), trickle(b"HTTP"), say_nothing],
    ids=["drips its body", "drips its head", "never answers"],
)
def test_a_send_ends_in_time_whatever_the_receiver_does(receivers, settings, behave):
    settings.OUTGOING_TIMEOUT = 1
    channel = tell(receivers(behave=behave))

    run_tasks()

    assert wait_for(lambda: rows_of(channel)[0].error, 6)
    [row] = rows_of(channel)
    assert (row.state, row.attempts_made, row.sending_since) == ("waiting", 1, None)
    assert results(row) == [(1, "started", False)]  # In doubt: the next one says so.
    assert Lane.objects.get().failures == 1


def test_a_receiver_that_resets_is_tried_again_and_says_that_it_may_repeat(receivers):
    server = receivers(behave=hang_up)
    channel = tell(server)
    run_tasks()
    [row] = rows_of(channel)
    assert wait_for(lambda: rows_of(channel)[0].error, 6)
    del server.behave
    server.behave = lambda handler: (
        handler.send_response(200),
        handler.send_header("Content-Length", "0"),
        handler.end_headers(),
    )

    enqueue.dispatch_due(timezone.now() + LEASE)
    run_tasks()

    assert wait_for(lambda: rows_of(channel)[0].state == "sent", 6)
    assert [may_repeat for *_, may_repeat in results(row)] == [False, True]


def test_what_waits_for_a_lane_goes_as_soon_as_one_of_it_has_ended(receivers):
    server = receivers(behave=say_nothing)
    channel = tell(server, 1)
    run_tasks()
    time.sleep(0.3)
    for _ in range(6):
        beside(channel)
    run_tasks()
    held = [row for row in rows_of(channel) if row.waits_for_lane]

    server.behave = lambda handler: None  # It hangs up: that is an answer, too.
    server.over.set()

    def has_gone():
        rows = Notification.objects.filter(pk__in=[row.pk for row in held])
        return not rows.filter(attempts_made=0, next_attempt_at__gt=timezone.now()).exists()

    assert held
    wait_for(lambda: rows_of(channel)[0].error)
    for _ in range(30):
        enqueue.dispatch_due(timezone.now())
        run_tasks()
        if wait_for(has_gone, 1):
            break
    assert has_gone()


def test_a_worker_that_is_told_to_end_waits_for_its_sends(receivers):
    channel = tell(receivers(delay=1))
    run_tasks()

    send_threads.drain(10)

    assert rows_of(channel)[0].state == "sent"


def test_threads_are_kept_and_so_are_their_connections(receivers):
    server = receivers()
    channel = tell(server, 5)

    run_tasks()

    assert len(rows_of(channel)) == 5
    assert len(server.lines) <= 2
    kept = [thread for thread in threading.enumerate() if thread.name == "send"]
    assert 1 <= len(kept) <= send_threads.SPARE_THREADS


def test_when_all_threads_hang_the_rest_waits_in_its_rows(receivers, monkeypatch):
    monkeypatch.setattr(send_threads, "MAX_DETACHED", 2)
    channels = [tell(receivers(behave=say_nothing)) for _ in range(4)]

    run_tasks()

    states = [rows_of(channel)[0].waits_for_lane for channel in channels]
    assert states == [False, False, True, True]


def test_a_send_that_may_take_longer_than_its_lease_keeps_it(receivers, settings):
    settings.OUTGOING_TIMEOUT = 120
    channel = tell(receivers(delay=2))

    run_tasks()

    [row] = rows_of(channel)
    assert row.next_attempt_at - timezone.now() > LEASE
    connection.close()


def test_only_a_worker_in_a_process_of_its_own_leaves_sends_to_threads():
    send_threads.disable()

    def work():
        send_threads.prepare_worker()
        raise SystemExit(len(send_threads._in_this_process))

    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join(20)
    send_threads.prepare_worker()

    assert worker.exitcode == 1
    assert send_threads._in_this_process == []
