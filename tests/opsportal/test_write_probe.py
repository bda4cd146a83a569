"""`/healthz` tries what a sender needs: a write, seldom, and it tells strangers no reason."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from escalation.actions import process_health
from escalation.models import ProcessHeartbeat
from opsportal.runtime.write_probe import INTERVAL_S, PART, STATE, WriteProbe, probe

SECRET_ERROR = "db-3.internal"


@pytest.fixture
def fresh():
    """The probe of this process, as if it had never been asked."""
    probe.reset()
    yield probe
    probe.reset()


def age(one, seconds):
    """Let the last attempt be older."""
    began_at, ended_at, was_taken = STATE.unpack_from(one.memory)
    STATE.pack_into(one.memory, 0, began_at - seconds, ended_at - seconds, was_taken)


def written_at():
    return ProcessHeartbeat.objects.filter(process=PART).values_list("at", flat=True).first()


@pytest.mark.django_db
def test_it_writes_at_most_once_in_five_seconds_however_often_it_is_asked(fresh, client):
    assert client.get("/healthz").json()["components"]["database"]["ok"]
    first = written_at()
    for _ in range(20):
        client.get("/healthz")
    assert written_at() == first

    age(fresh, INTERVAL_S)
    client.get("/healthz")

    assert written_at() > first


@pytest.mark.django_db
def test_what_is_written_needs_room_on_the_disk(fresh):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL temp_file_limit = '500kB'")

    assert not fresh.is_well()
    assert fresh.is_well() is False  # It is remembered, and not tried again.


@pytest.mark.django_db
def test_a_database_that_takes_no_writes_is_unwell_and_says_no_more(fresh, client):
    for part in ("worker", "scheduler", "engine"):
        process_health.record_heartbeat(part, now=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE disk_full USING MESSAGE = 'no space on {SECRET_ERROR}'; END $$;"
            " CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON escalation_processheartbeat"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    answer = client.get("/healthz")

    found = answer.json()["components"]
    assert answer.status_code == 503
    assert [name for name in found if not found[name]["ok"]] == ["database"]
    assert found["database"]["note"] == "takes no writes"
    assert SECRET_ERROR not in answer.text


@pytest.mark.django_db(transaction=True)
def test_of_a_database_that_does_not_answer_strangers_learn_nothing_else(client, monkeypatch):
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", SECRET_ERROR)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["components"]["database"]["note"] == "does not answer"
    assert SECRET_ERROR not in answer.text


def test_threads_and_processes_that_ask_at_once_write_once():
    reader, writer = os.pipe()  # One sign for each write, of whichever process.
    one = WriteProbe(lambda: os.write(writer, b".") and time.sleep(0.2))
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            one.is_well()
            os._exit(0)
        children.append(pid)
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: one.is_well(), range(20)))
    for pid in children:
        os.waitpid(pid, 0)
    os.close(writer)

    assert os.read(reader, 100) == b"."
    os.close(reader)


def test_a_write_that_hangs_keeps_nobody_waiting_and_counts_as_refused():
    began, hanging = threading.Event(), threading.Event()
    one = WriteProbe(lambda: began.set() or hanging.wait(30))
    thread = threading.Thread(target=one.is_well)
    thread.start()
    began.wait(5)

    assert one.is_well()
    age(one, INTERVAL_S + 1)
    at = time.monotonic()
    assert not one.is_well()
    assert time.monotonic() - at < 20

    hanging.set()
    thread.join()
    assert one.is_well()


def test_a_process_that_is_killed_at_it_leaves_the_turn_to_others():
    parent = os.getpid()
    one = WriteProbe(lambda: os._exit(9) if os.getpid() != parent else None)
    pid = os.fork()
    if pid == 0:
        one.is_well()
    os.waitpid(pid, 0)
    age(one, INTERVAL_S + 1)

    assert one.is_well()


@pytest.mark.django_db
def test_the_probe_is_no_part_that_can_be_silent(fresh, client):
    process_health.record_heartbeat(PART, now=timezone.now() - timedelta(hours=1))

    assert PART not in client.get("/healthz").json()["components"]
