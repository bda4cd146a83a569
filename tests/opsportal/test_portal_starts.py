"""The portal under one command: it comes up, brings back what dies, and ends without a trace."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from opsportal.lib.advisory_locks import Lock
from tests.portal import ROOT, free_port, is_alive

pytestmark = pytest.mark.slow
SOON_S = 20  # Of its own accord it would take minutes, or never happen.
PARTS = ["web-1", "web-2", "worker", "scheduler", "engine"]


@pytest.fixture(scope="module")
def portal(start_portal):
    """One that may be hurt."""
    portal = start_portal(is_new=True)
    yield portal
    portal.stop()


def test_it_starts_from_an_empty_data_folder(started_empty):
    """As all copies were: `Portal` waits until it is well."""
    assert "OpsPortal is ready" in (started_empty / "output").read_text()


def test_every_part_is_well_after_the_start(portal):
    status, body = portal.health()

    assert status == 200
    assert body["status"] == "ok"
    assert set(body["components"]) == {"web", "worker", "scheduler", "engine", "database"}


def test_the_first_start_prints_address_and_password(portal):
    output = portal.output()

    assert f"OpsPortal is ready: {portal.url}" in output
    assert re.search(r"Log in as admin@example\.com with \S{16}", output)


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back(portal, part):
    family = portal.tree()
    killed = portal.kill(part)

    portal.wait_until(lambda: portal.pids().get(part, killed) != killed, f"{part} again")
    portal.wait_until(portal.is_well, "well")

    assert f"{part} was killed by SIGKILL" in portal.output()
    assert not is_alive(killed)
    assert len([pid for pid in family if is_alive(pid)]) < len(family)


def test_the_children_of_the_killed_workers_end_with_them(portal):
    pid = portal.pids()["worker"]
    children = [p for p in portal.tree() if p != pid and os.getpgid(p) == pid]
    assert children

    portal.kill("worker")

    portal.wait_until(lambda: not any(map(is_alive, children)), "ended", SOON_S)
    portal.wait_until(portal.is_well, "well")


def test_workers_go_on_after_one_of_them_was_killed_while_it_waited(portal):
    """Whoever waits holds the lock of the queue: killed, it must not stop the others for ever."""
    pid = portal.pids()["worker"]
    children = [p for p in portal.tree() if p != pid and os.getpgid(p) == pid]

    for child in children:
        os.kill(child, signal.SIGKILL)

    portal.wait_until(lambda: portal.pids().get("worker", pid) != pid, "replaced")
    portal.wait_until(lambda: beat_of_the_worker(portal) < 5, "working again")


def beat_of_the_worker(portal):
    found = portal.health()[1]["components"]["worker"]
    return float("inf") if found["age_s"] is None else found["age_s"]


def test_a_second_scheduler_may_run_alone_and_ends_in_order(portal):
    command = [sys.executable, "manage.py", "scheduler"]
    with subprocess.Popen(command, cwd=ROOT, env=portal.variables) as alone:
        try:
            portal.wait_until(lambda: clusters(portal) == (1, 1), "one leads, one stands by")
            alone.send_signal(signal.SIGTERM)
            assert alone.wait(15) == 0
        finally:
            alone.kill()


def clusters(portal):
    """How many clusters of timers lead, and how many try to."""
    [counts] = portal.sql(
        f"""
        SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
                AND objid = {int(Lock.SCHEDULER_LEADER)}),
               (SELECT count(*) FROM pg_stat_activity
                WHERE query = 'SELECT pg_try_advisory_lock($1)')
        """
    )
    return counts


def test_without_its_database_it_says_so_and_brings_it_back(portal):
    postmaster = int((portal.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])

    portal.process.send_signal(signal.SIGSTOP)  # Or it would be back before anybody looks.
    try:
        os.kill(postmaster, signal.SIGKILL)
        portal.wait_until(lambda: portal.health()[0] == 503, "unwell")
    finally:
        portal.process.send_signal(signal.SIGCONT)

    portal.wait_until(portal.is_well, "well")
    portal.wait_until(lambda: all(map(is_alive, portal.pids().values())), "complete")


def test_a_second_portal_on_the_same_data_is_refused(portal):
    answer = portal.run("portal", PORT=str(free_port()))

    assert answer.returncode == 1
    assert "A portal runs already on" in answer.stderr
    assert portal.is_well()


def test_a_port_in_use_is_named(portal, make_folder):
    folder = make_folder()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = portal.run("portal", PORT=str(port), DATA_DIR=str(folder))

    assert answer.returncode == 1
    assert f"Port {port} is in use" in answer.stderr
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_is_well(portal):
    family, password = portal.tree(), portal.password

    portal.kill("portal")
    portal.process.wait(60)
    portal.wait_until(lambda: not any(map(is_alive, family)), "ended", SOON_S)
    portal.start()

    assert portal.health()[0] == 200
    assert portal.output().count(password) == 1


def test_nothing_is_left_when_it_ends(portal):
    family = portal.tree()
    began = time.monotonic()

    code = portal.stop()

    assert code == 0
    assert time.monotonic() - began < SOON_S
    assert [pid for pid in family if is_alive(pid)] == []
    assert not (portal.data_dir / "postgres" / "postmaster.pid").exists()
