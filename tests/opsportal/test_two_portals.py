"""Two whole portals on one database: each step is taken once, and one goes on without the other."""

import json
import os
import signal
import urllib.request
from contextlib import suppress

import pytest

from opsportal.runtime import embedded_postgres
from tests.notifications.servers import Mailbox
from tests.portal import Portal

pytestmark = [pytest.mark.endurance, pytest.mark.slow, pytest.mark.load]

INCIDENTS = 12
SOON_S = 120  # Far more than it takes, unless other work keeps all cores busy.
NODES = ("one@example.com", "two@example.com")
FURNISH = """
from tests import factories as f
people = [f.make_user(name) for name in ("Ann", "Ben", "Cleo")]
policy = f.make_policy()
for person in people:
    f.add_step(policy, person, wait=3)
print(f.make_integration("odown", service=f.make_service(policy)).token)
"""
PAGED = """
    SELECT incident_id, count(*) FROM incidents_timelineentry WHERE verb = 'paged'
    GROUP BY incident_id
"""
TOLD = """
    SELECT incident_id, count(*), count(DISTINCT user_id), bool_and(state = 'sent')
    FROM notifications_notification WHERE channel = 'email' GROUP BY incident_id
"""
REPEATED = """
    SELECT n.id FROM notifications_notification n
    JOIN notifications_attempt a ON a.notification_id = n.id
    GROUP BY n.id HAVING count(*) > 1
"""
HEARD = """
    SELECT process, count(*) FROM escalation_processheartbeat, jsonb_each_text(facts -> 'nodes')
    WHERE process IN ('engine', 'scheduler', 'worker')
          AND value::timestamptz > now() - interval '1 minute'
    GROUP BY process
"""
UNDER_WAY = """
    SELECT (SELECT count(*) FROM escalation_run WHERE position < 3),
           (SELECT count(*) FROM notifications_notification WHERE next_attempt_at IS NOT NULL)
"""


@pytest.fixture(scope="module")
def mailbox():
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture(scope="module")
def nodes(make_folder, started_empty, mailbox):
    """Two portals, each with a data folder of its own, on the database of the first; from whom
    their mails are says which of them it was."""
    mails = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": mailbox.port}
    own, other = ({**mails, "DEFAULT_FROM_EMAIL": address} for address in NODES)
    first = Portal(make_folder(), copy_of=started_empty, with_demo=False, **own)
    started = [first]
    try:
        other["SECRET_KEY"] = (first.data_dir / "secret_key").read_text().strip()
        other["DATABASE_URL"] = embedded_postgres.url(first.data_dir)
        started.append(Portal(make_folder(), with_demo=False, **other))
        yield started
    finally:
        for node in reversed(started):
            node.stop()


@pytest.fixture(scope="module")
def token(nodes):
    return nodes[0].manage("shell", "-v", "0", "-c", FURNISH).split()[-1]


def post_to(node, token, key):
    request = urllib.request.Request(
        f"{node.url}/POSTAlert/{token}/it",
        json.dumps({"event": "ALERT_FAILURE", "monitor": {"id": key, "name": key}}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status


def post_to_both(nodes, token, name):
    for number in range(INCIDENTS):
        assert post_to(nodes[number % 2], token, f"{name} {number}") == 202


def senders(mailbox):
    return {mail.mail_from for mail in mailbox.mails}


def wait_until_over(node, opened):
    """Until all steps of so many incidents were taken, and all that they tell was sent."""

    def is_over():
        return len(node.sql(PAGED)) == opened and node.sql(UNDER_WAY) == [(0, 0)]

    node.wait_until(is_over, "all told", SOON_S)


def assert_each_step_was_taken_once(node, opened):
    assert [count for _, count in node.sql(PAGED)] == [3] * opened
    assert [row[1:] for row in node.sql(TOLD)] == [(3, 3, True)] * opened


def test_both_take_steps_and_each_is_taken_once(nodes, token, mailbox):
    post_to_both(nodes, token, "disk")
    wait_until_over(nodes[0], INCIDENTS)

    assert_each_step_was_taken_once(nodes[0], INCIDENTS)
    assert nodes[0].sql(REPEATED) == []
    assert dict(nodes[0].sql(HEARD)) == {"engine": 2, "scheduler": 2, "worker": 2}
    assert senders(mailbox) <= set(NODES)


def test_one_that_is_killed_in_the_middle_leaves_nothing_undone(nodes, token, mailbox):
    first, second = nodes
    post_to_both(nodes, token, "host")
    first.wait_until(lambda: len(first.sql(PAGED)) == 2 * INCIDENTS, "paged", SOON_S)
    for pid in second.tree():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    wait_until_over(first, 2 * INCIDENTS)

    assert_each_step_was_taken_once(first, 2 * INCIDENTS)
    assert NODES[0] in senders(mailbox)
    first.wait_until(first.is_well, "well")
