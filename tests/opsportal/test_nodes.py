"""Two nodes on one database: each looks after its own processes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import process_health
from escalation.models import ProcessHeartbeat
from integrations.engine import pauses
from opsportal import settings as loaded
from opsportal.runtime import watchdog

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
    report("scheduler", OTHER, 0)

    assert hung(OURS) == ["engine"]
    assert hung(OTHER) == []


@pytest.mark.parametrize("part", ["engine", "mail_receiver"])
def test_nothing_is_restarted_for_the_silence_of_another_node(report, part):
    report(part, OTHER, 90)
    report(part, OURS, 1)
    report("scheduler", OURS, 0)

    assert hung(OURS) == []


def test_an_engine_that_looks_at_its_timers_gives_its_sign_on_this_node(settings, report):
    report("scheduler", OURS, 0)
    for node in (OTHER, OURS):
        settings.NODE = node
        pauses.watch(timezone.now())

    assert hung(OURS) == hung(OTHER) == []
    assert set(ProcessHeartbeat.objects.get(process="engine").facts["nodes"]) == {OURS, OTHER}


def test_what_does_not_run_here_is_not_restarted_here(report):
    report("mail_receiver", OTHER, 90)
    report("scheduler", OURS, 0)

    assert hung(OURS, parts=["engine", "scheduler", "worker"]) == []


def test_tasks_that_another_node_takes_prove_that_they_are_taken(report):
    report("worker", OURS, 90)
    report("worker", OTHER, 5)
    report("scheduler", OTHER, 0)

    assert hung(OURS) == []


def test_the_id_of_a_node_is_that_of_its_machine_and_its_folder():
    host, folder_id = loaded.NODE.rsplit(":", 1)
    assert host
    assert (loaded.DATA_DIR / "node_id").read_text().startswith(folder_id)
    assert len(folder_id) == 8
