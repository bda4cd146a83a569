"""A storm from a real Alertmanager against a limit that is far too low: nothing is lost."""

from itertools import pairwise

import pytest

from benchmarks.alertmanager_storm import Storm
from benchmarks.house import House
from benchmarks.receiver import Receiver
from tests.monitoring import until
from tests.portal import PATIENCE_S

pytestmark = [
    pytest.mark.slow,
    pytest.mark.endurance,
    pytest.mark.load,
    pytest.mark.alertmanager,
    pytest.mark.needs("prometheus-alertmanager"),
]
ALERTS, LIMIT = 500, 12
ROWS = """
    SELECT answer, status, action, extract(epoch FROM ready_at), body_digest
    FROM integrations_inboundmessage WHERE integration_id = %s ORDER BY id
"""


# As if ten thousand messages waited: 10,000 (INBOUND_BACKLOG_LIMIT) times five seconds. What may be
# urgent has room for as long as fewer than 11,000 really wait.
FULL = """
    INSERT INTO integrations_ratewindow
        (integration_id, started_at, hits, previous_hits, backlog_until, allowed,
         rejected_since, rejected)
    VALUES (%s, now(), 12, 0, now() + interval '50000 seconds', true, now(), 0)
"""
LOSSES = """
    SELECT title, description FROM incidents_incident WHERE title LIKE '%%loses messages'
"""


@pytest.fixture(scope="module")
def house(started_empty):
    receiver = Receiver()
    try:
        with House(receiver, copy_of=started_empty) as house:
            yield house
    finally:
        receiver.close()


@pytest.fixture(scope="module")
def storm(house, tmp_path_factory):
    """500 alerts in some seconds, against twelve a minute, until Alertmanager has repeated some."""
    storm = Storm(house, tmp_path_factory.mktemp("storm") / "am", again="4s")
    storm.limit(LIMIT)
    with storm.flood as flood:
        flood.fire("Storm", ALERTS, rate=200)
        until(lambda: storm.stored() == ALERTS)
        until(lambda: len(rows(house)) > ALERTS + 50)
        storm.rows = rows(house)
    return storm


def rows(house):
    return house.sql(ROWS, house.places["later"]["integration"])


def test_of_every_alert_there_is_a_message_whatever_it_was_answered(storm):
    answers = [answer for answer, *_ in storm.rows]

    assert storm.stored() == ALERTS
    assert answers.count(202) <= LIMIT * 3
    assert answers.count(429) > ALERTS - LIMIT * 3
    assert set(answers) == {202, 429}


def test_what_was_refused_is_due_one_after_another_at_the_pace_of_the_limit(storm):
    due = sorted(at for answer, _, _, at, _ in storm.rows if answer == 429)

    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert min(gaps) == pytest.approx(60 / LIMIT, abs=0.01)


def test_in_the_end_each_alert_is_exactly_one_incident(house, storm):
    storm.work_off(PATIENCE_S)

    alerts, incidents, _ = storm.opened("Storm")
    worked_off = rows(house)
    assert (alerts, incidents) == (ALERTS, ALERTS)
    assert {status for _, status, *_ in worked_off} <= {"mapped", "appended", "ignored"}
    repeats = [action for _, _, action, *_ in worked_off if action == "retry"]
    assert len(repeats) >= 50, "what Alertmanager has repeated is known as that"


def test_what_is_more_than_the_spool_holds_is_counted_and_an_incident_of_the_portal(
    house, tmp_path
):
    full = Storm(house, tmp_path / "am", place="critical")
    full.limit(LIMIT)
    integration = full.place["integration"]
    house.sql(FULL, integration)

    with full.flood as flood:
        flood.fire("Beyond", 40, severity="warning")
        until(lambda: lost(house, integration) + full.stored() == 40)
        [(title, description)] = until(lambda: house.sql(LOSSES))

    assert lost(house, integration) >= 38
    assert title == "Integration “critical” loses messages"
    assert "messages were refused and not kept" in description


def lost(house, integration):
    return house.value(
        "SELECT dropped_count FROM integrations_integration WHERE id = %s", integration
    )
