"""Two nodes on one database: each looks after its own processes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from escalation import tasks
from escalation.actions import process_health
from escalation.models import ProcessHeartbeat
from escalation.timer_loop import TimerLoop
from integrations.engine import pauses
from opsportal import settings as loaded
from opsportal.lib import task_queues
from opsportal.lib.pg_notify import Listener
from opsportal.lib.task_queues import FIRST, SENDERS, TIMERS, of_node
from opsportal.runtime import watchdog
from opsportal.runtime.task_broker import PostgresBroker, channel_of

pytestmark = pytest.mark.django_db
OURS, OTHER = "db-1:aaaaaaaa", "db-2:bbbbbbbb"
LONG = timedelta(minutes=10)
PARTS = ("engine", "scheduler", "worker", "mail_receiver")


@pytest.fixture
def report(settings):
    """Records a heartbeat of a part, as a node that was last heard of ``seconds`` ago."""
    now = timezone.now()

    def report(part, node, seconds):
        settings.NODE = node
        process_health.record_heartbeat(part, now=now - timedelta(seconds=seconds))

    return report


def hung(node, parts=PARTS):
    rows = ProcessHeartbeat.objects.values_list("process", "at", "facts")
    ages = watchdog.ages_on(node, rows, timezone.now())
    return watchdog.find_hung(ages, dict.fromkeys(parts, LONG))


def test_a_heartbeat_says_of_which_node_it_is_and_keeps_those_of_others(report):
    report("engine", OURS, 20)
    report("engine", OTHER, 0)

    facts = ProcessHeartbeat.objects.get(process="engine").facts
    assert facts["node"] == OTHER
    assert set(facts["nodes"]) == {OURS, OTHER}
    assert facts["nodes"][OURS] < facts["nodes"][OTHER]


def test_a_node_that_is_gone_is_forgotten_after_a_day(report):
    report("engine", OTHER, 25 * 3600)
    report("engine", OURS, 0)

    assert set(ProcessHeartbeat.objects.get(process="engine").facts["nodes"]) == {OURS}


def test_an_engine_that_hangs_is_not_hidden_by_that_of_another_node(report):
    report("engine", OURS, 90)
    report("engine", OTHER, 0)
    for node in (OURS, OTHER):
        report("scheduler", node, 0)

    assert hung(OURS) == ["engine"]
    assert hung(OTHER) == []


@pytest.mark.parametrize("part", ["engine", "mail_receiver"])
def test_nothing_is_restarted_for_the_silence_of_another_node(report, part):
    report(part, OTHER, 90)
    report(part, OURS, 1)
    report("scheduler", OURS, 0)

    assert hung(OURS) == []


def test_an_engine_that_looks_at_its_timers_gives_its_sign_on_this_node(settings, report):
    for node in (OTHER, OURS):
        report("scheduler", node, 0)
        settings.NODE = node
        pauses.watch(timezone.now())

    assert hung(OURS) == hung(OTHER) == []
    assert set(ProcessHeartbeat.objects.get(process="engine").facts["nodes"]) == {OURS, OTHER}


def test_what_a_node_was_asked_that_is_gone_is_dropped_after_a_day(settings):
    settings.NODE = OTHER
    queue, now = task_queues.of_node(task_queues.FIRST), timezone.now()
    for hours in (25, 23):
        OrmQ.objects.create(key=queue, payload="x", lock=now - timedelta(hours=hours))
    OrmQ.objects.create(key=task_queues.SENDERS, payload="x", lock=now - timedelta(hours=25))

    tasks.sweep()

    asked = OrmQ.objects.exclude(key=task_queues.BACKGROUND)  # The sweep asks for work of its own.
    assert set(asked.values_list("key", "lock")) == {
        (queue, now - timedelta(hours=23)),
        (task_queues.SENDERS, now - timedelta(hours=25)),
    }


def test_what_does_not_run_here_is_not_restarted_here(report):
    report("mail_receiver", OTHER, 90)
    report("scheduler", OURS, 0)

    assert hung(OURS, parts=["engine", "scheduler", "worker"]) == []


@pytest.mark.parametrize("part", ["worker", "scheduler"])
def test_workers_that_hang_are_not_hidden_by_those_of_another_node(report, part):
    for node in (OURS, OTHER):
        for one in ("engine", "scheduler", "worker"):
            report(one, node, 90 if (one, node) == (part, OURS) else 1)

    assert hung(OURS) == [part]
    assert hung(OTHER) == []


def test_a_node_on_which_all_hang_is_told_from_a_database_that_is_away(report):
    for part in ("engine", "scheduler", "worker"):
        report(part, OURS, 90)
        report(part, OTHER, 60)
    assert hung(OURS) == []

    report("engine", OTHER, 1)

    assert set(hung(OURS)) == {"engine", "scheduler"}  # and then the workers, which these prompt


@pytest.mark.parametrize("part", ["worker", "scheduler"])
def test_what_hangs_elsewhere_is_not_restarted_here(report, part):
    for one in ("engine", "scheduler", "worker"):
        report(one, OURS, 1)
    report(part, OTHER, 90)

    assert hung(OURS) == []


def test_workers_whose_node_asks_for_no_sign_are_not_restarted(report):
    report("engine", OURS, 1)
    report("scheduler", OTHER, 1)
    report("scheduler", OURS, 30)
    report("worker", OURS, 90)

    assert hung(OURS) == []


@pytest.mark.parametrize(("queue", "taker"), [(FIRST, SENDERS), (TIMERS, TIMERS)])
def test_the_sign_of_a_node_is_taken_by_its_own_workers_and_by_no_others(settings, queue, taker):
    settings.NODE = OTHER
    TimerLoop().stand_by()

    settings.NODE = OURS
    assert PostgresBroker(taker)._claim() == []
    settings.NODE = OTHER
    [(_, task)] = PostgresBroker(taker)._claim()
    assert task
    assert OrmQ.objects.get(key=f"{queue}@{OTHER}").lock > timezone.now()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("queue", "taker"), [(FIRST, SENDERS), (TIMERS, TIMERS)])
def test_the_sign_of_a_node_wakes_its_workers(queue, taker):
    listener = Listener([channel_of(taker)])
    listener.wait(1)  # The first wait begins to listen.

    async_task("a", cluster=of_node(queue))

    assert listener.wait(5)
    listener.close()


def test_the_id_of_a_node_is_that_of_its_machine_and_its_folder():
    host, folder_id = loaded.NODE.rsplit(":", 1)
    assert host
    assert (loaded.DATA_DIR / "node_id").read_text().startswith(folder_id)
    assert len(folder_id) == 8
