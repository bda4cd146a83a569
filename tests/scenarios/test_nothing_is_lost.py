"""A whole portal under load whose processes are killed, again and again, in the middle of work."""

import os
import random
import signal
import threading
import time
from collections import defaultdict
from dataclasses import dataclass

import pytest

from benchmarks import tree
from benchmarks.house import House
from benchmarks.load import Load, Sender, request_of
from benchmarks.receiver import Receiver

pytestmark = [pytest.mark.slow, pytest.mark.load]

SEED = 20261121
RATE, SECONDS, KILLS = 40, 14, 14
PATIENCE_S = 300  # a lease, and what may come before and after it
STORED = """
    SELECT source_id, count(*), count(DISTINCT incident_id), max(alert_id),
           bool_and(status IN ('mapped', 'appended') AND incident_id IS NOT NULL)
    FROM integrations_inboundmessage GROUP BY source_id
"""
ATTEMPTS = """
    SELECT n.delivery_id::text, array_agg(a.outcome ORDER BY a.number)
    FROM notifications_notification n JOIN notifications_attempt a ON a.notification_id = n.id
    GROUP BY n.id
"""


@dataclass
class Aftermath:
    """What is left when the killing is over and the portal has caught up."""

    load: Load
    killed: list[str]
    accepted: dict[str, int]  # by key: how many posts were answered with 2xx
    stored: dict[str, tuple]  # by key: messages, incidents, alert, whether all are worked off
    counts: dict[int, int]  # by alert
    told: dict[str, list[tuple]]  # by key: what arrived at the receiver
    attempts: dict[str, list[str]]  # by delivery: how each attempt ended


@pytest.fixture(scope="module")
def aftermath(started_empty):
    receiver = Receiver()
    try:
        with House(receiver, copy_of=started_empty) as house:
            yield live_through(house, receiver)
    finally:
        receiver.close()


def live_through(house, receiver):
    tag, path = house.tag(), house.places["hook"]["path"]
    # Each key is posted twice: the second finds the alert of the first.
    sender = Sender(
        house.port, 8, lambda n: request_of(path, house.message(house.key(tag, n // 2)))
    )
    loads = []
    load = threading.Thread(target=lambda: loads.append(sender.pace(RATE, SECONDS)))
    load.start()
    killed = kill_at_random(house)
    load.join()
    sender.close()
    house.settle(PATIENCE_S)
    accepted = defaultdict(int)
    for number, *_ in loads[0].posts:
        accepted[house.key(tag, number // 2)] += 1
    told = defaultdict(list)
    for arrival in receiver.take()[0]:
        told[arrival[1].split()[2]].append(arrival)
    return Aftermath(
        loads[0],
        killed,
        accepted,
        {key: tuple(rest) for key, *rest in house.sql(STORED)},
        dict(house.sql("SELECT id, count FROM incidents_alert")),
        told,
        dict(house.sql(ATTEMPTS)),
    )


def kill_at_random(house):
    """Every second one: a part by name, each kind in its turn, or a process that it has started."""
    chance, killed = random.Random(SEED), []
    for turn in range(KILLS):
        time.sleep(chance.uniform(0.4, 1.2))
        parts = parts_of(house)
        names = [name for name in sorted(parts) if name.startswith(KINDS[turn % len(KINDS)])]
        if not names:
            continue  # It is just being started again.
        name = chance.choice(names)
        family = tree.processes(parts[name])
        try:
            os.kill(chance.choice(sorted(family)), signal.SIGKILL)
            killed.append(name.split("-")[0])
        except ProcessLookupError:
            pass
    return killed


KINDS = ("web", "worker", "scheduler", "engine")


def parts_of(house):
    lines = (house.folder / "portal.pid").read_text().splitlines()
    return {line.split()[2]: int(line.split()[0]) for line in lines}


def test_every_kind_of_process_was_killed_under_load(aftermath):
    assert set(aftermath.killed) == set(KINDS)
    assert len(aftermath.load.posts) > RATE * SECONDS * 0.8


def test_every_accepted_message_is_in_the_log_and_at_its_end(aftermath):
    lost = {
        key: (count, aftermath.stored.get(key))
        for key, count in aftermath.accepted.items()
        if key not in aftermath.stored
        or aftermath.stored[key][0] < count
        or not aftermath.stored[key][3]
    }

    assert lost == {}


def test_each_message_was_counted_once_and_each_key_opened_one_incident(aftermath):
    off = {
        key: (messages, incidents, aftermath.counts.get(alert))
        for key, (messages, incidents, alert, _) in aftermath.stored.items()
        if incidents != 1 or aftermath.counts.get(alert) != messages
    }

    assert off == {}


def test_of_every_incident_somebody_was_told(aftermath):
    untold = set(aftermath.stored) - set(aftermath.told)

    assert untold == set()


def test_what_was_sent_twice_says_so_and_has_the_same_delivery_id(aftermath):
    repeats = [
        recent_occurrences
        for recent_occurrences in aftermath.told.values()
        if len(recent_occurrences) > 1
    ]

    for first, *others in repeats:
        assert not first[3]
        assert all(other[2] == first[2] and other[3] for other in others)


def test_only_what_died_between_sending_and_recording_was_sent_twice(aftermath):
    for first, *others in aftermath.told.values():
        results = aftermath.attempts[first[2]]

        assert len(others) <= results.count("started")
        assert results[-1] == "accepted"
