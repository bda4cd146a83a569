"""What is subclassed of Django-Q: the version it fits, its queues, and which cluster leads."""

import ast
import importlib.metadata
import inspect
import signal
import threading
import time
from pathlib import Path

import pytest
from django.db import connection
from django_q import cluster, monitor, pusher, scheduler, worker
from django_q.brokers import Broker, get_broker, orm
from django_q.tasks import async_task

from opsportal.lib.pg_notify import Listener
from opsportal.lib.task_queues import BACKGROUND, SENDERS, TIMERS
from opsportal.runtime import task_workers
from opsportal.runtime.task_broker import PostgresBroker, channel_of
from opsportal.runtime.task_workers import Stop, TimerCluster

ROOT = Path(__file__).parent.parent.parent
# What is overridden, or called, and how at the version that it was checked against.
SIGNATURES = {
    cluster.Sentinel.__init__: "(self, stop_event, start_event, cluster_id, broker=None, "
    "timeout=None, start=True)",
    cluster.Sentinel.start: "(self)",
    cluster.Sentinel.spawn_cluster: "(self)",
    cluster.Sentinel.spawn_pusher: "(self) -> multiprocessing.context.Process",
    cluster.Sentinel.spawn_monitor: "(self) -> multiprocessing.context.Process",
    cluster.Sentinel.reincarnate: "(self, process)",
    cluster.Sentinel.guard: "(self)",
    cluster.Sentinel.stop: "(self)",
    worker.worker: "(task_queue: multiprocessing.queues.Queue, result_queue: "
    "multiprocessing.queues.Queue, timer: <bound method BaseContext.Value of "
    "<multiprocessing.context.DefaultContext object>>, timeout: int = 60)",
    pusher.pusher: "(task_queue: multiprocessing.queues.Queue, event: <bound method "
    "BaseContext.Event of <multiprocessing.context.DefaultContext object>>, "
    "broker: django_q.brokers.Broker = None)",
    monitor.monitor: "(result_queue: multiprocessing.queues.Queue, "
    "broker: django_q.brokers.Broker = None)",
    scheduler.scheduler: "(broker: django_q.brokers.Broker = None)",
    Broker.__init__: "(self, list_key: str = None)",
    Broker.__setstate__: "(self, state)",
    orm.ORM.enqueue: "(self, task)",
    orm.ORM.dequeue: "(self)",
}


def test_django_q_is_the_version_that_its_subclasses_were_checked_against():
    assert importlib.metadata.version("django-q2") == task_workers.DJANGO_Q_VERSION


@pytest.mark.parametrize("function", SIGNATURES, ids=lambda function: function.__qualname__)
def test_what_is_subclassed_or_called_is_called_as_it_was_then(function):
    signature = str(inspect.signature(function)).replace(" at 0x", "").partition(" object")
    wanted = SIGNATURES[function].partition(" object")

    assert signature[0] == wanted[0]


def test_the_sentinel_calls_its_scheduler_only_where_the_settings_say_so():
    assert "counter >= 30 and Conf.SCHEDULER" in inspect.getsource(cluster.Sentinel.guard)


@pytest.mark.parametrize("app", ["incidents", "notifications", "escalation", "integrations"])
def test_every_task_names_its_queue_since_the_default_is_that_of_whoever_asks(app):
    found = []
    for path in (ROOT / app).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "async_task":
                named = {keyword.arg for keyword in node.keywords}
                found += [f"{path}:{node.lineno}"] if "cluster" not in named else []

    assert found == []


@pytest.mark.django_db
def test_a_task_is_taken_from_its_own_queue_only():
    async_task("a", cluster=TIMERS)
    async_task("b", cluster=SENDERS)

    assert len(get_broker(TIMERS).dequeue()) == 1
    assert get_broker(TIMERS).queue_size() == 0
    assert get_broker(SENDERS).queue_size() == 1


@pytest.mark.django_db(transaction=True)
def test_only_those_who_wait_for_a_queue_are_woken_by_its_tasks():
    listeners = {queue: Listener([channel_of(queue)]) for queue in (TIMERS, SENDERS)}
    for listener in listeners.values():
        listener.wait(1)  # The first wait begins to listen.

    async_task("a", cluster=TIMERS)

    assert listeners[TIMERS].wait(5)
    assert not listeners[SENDERS].wait(0.1)
    for listener in listeners.values():
        listener.close()


@pytest.fixture
def make_cluster():
    """A cluster of timers that is not started; it leaves the signals as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield lambda: TimerCluster(lambda: 5.0, lambda: None)
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
def test_one_cluster_leads_and_when_its_connection_ends_another_one_does(make_cluster):
    first, second = make_cluster(), make_cluster()
    has_ended, may_end = threading.Event(), threading.Event()
    led = []

    def lead():
        led.extend([first.leads(), first.leads()])
        has_ended.set()
        may_end.wait(10)
        connection.close()
        has_ended.set()

    thread = threading.Thread(target=lead)
    thread.start()
    has_ended.wait(10)
    has_ended.clear()

    while_it_leads = second.leads()
    may_end.set()
    thread.join(10)
    deadline = time.monotonic() + 10  # The server ends its session a moment later.
    while not (afterwards := second.leads()) and time.monotonic() < deadline:
        time.sleep(0.05)
    connection.close()

    assert led == [True, True]
    assert (while_it_leads, afterwards) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_a_cluster_whose_connection_was_lost_does_not_think_that_it_leads(make_cluster):
    cluster = make_cluster()
    cluster.leads()
    lost = connection.connection
    connection.close()

    assert cluster.led_by is lost
    assert cluster.leads()
    assert cluster.led_by is not lost
    connection.close()


def test_a_stop_is_seen_by_whoever_waits_for_it():
    stop = Stop()

    assert not stop.is_set()
    stop.set()
    stop.set()
    assert stop.is_set()
    assert stop.wait()


@pytest.mark.django_db
def test_the_broker_of_the_settings_is_ours():
    assert isinstance(get_broker(), PostgresBroker)


@pytest.mark.django_db
def test_what_may_take_long_leaves_a_worker_to_what_pages():
    background = PostgresBroker(BACKGROUND)
    for name in ("first", "second"):
        background.enqueue(name)
    broker = PostgresBroker(SENDERS)

    begun = broker.dequeue()
    broker.enqueue("a page")
    [(page, name)] = broker.dequeue()

    assert [task for _, task in begun] == ["first"]
    assert name == "a page"
    broker.acknowledge(page)
    assert broker._claim() == []
    broker.acknowledge(begun[0][0])
    assert [task for _, task in broker.dequeue()] == ["second"]


# With these the planner looks at the rows one by one, as it does by itself with some statistics.
ROW_BY_ROW = """
    SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off;
    SET LOCAL enable_memoize = off
"""


@pytest.mark.django_db
def test_no_plan_of_the_database_claims_more_than_there_is_room_for():
    for name in ("first", "second", "third"):
        PostgresBroker(BACKGROUND).enqueue(name)
    with connection.cursor() as cursor:
        cursor.execute(ROW_BY_ROW)

    taken = [task for _, task in PostgresBroker(SENDERS)._claim()]

    assert taken == ["first"]


@pytest.mark.django_db
def test_three_workers_take_two_that_may_take_long(settings):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 3}
    for name in ("first", "second", "third"):
        PostgresBroker(BACKGROUND).enqueue(name)

    broker = PostgresBroker(SENDERS)
    taken = [task for _ in range(3) for _, task in broker._claim()]

    assert taken == ["first", "second"]


@pytest.mark.django_db(transaction=True)
def test_the_end_of_what_took_long_wakes_who_takes_the_next():
    broker = PostgresBroker(SENDERS)
    PostgresBroker(BACKGROUND).enqueue("first")
    [(task, _)] = broker.dequeue()
    listener = Listener([channel_of(SENDERS)])
    listener.wait(1)  # The first wait begins to listen.

    broker.acknowledge(task)

    assert listener.wait(5)
    listener.close()
    broker.listener.close()
