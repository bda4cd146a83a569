"""What Zabbix's own media types for Opsgenie and PagerDuty send, and what they ask of the answer.

The media types are scripts that run inside of Zabbix. Here is each of their requests, by their
documented parameters, and each condition that they put on an answer before they call it a success.
"""

import json

import pytest

from incidents.models import Alert, Incident
from tests.factories import make_integration, make_team
from tests.integrations.opsgenie import auth, get, send
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db
POLLS = 25
PROBLEM = {
    "message": "Problem: Disk of db-1 is full",
    "alias": "4711",
    "description": "Problem started at 10:15:00 on 2026.03.02",
    "priority": "P2",
    "source": "Zabbix",
    "details": {
        "Zabbix server": "https://zabbix.example.net/",
        "Problem": "https://zabbix.example.net/tr_events.php?triggerid=7&eventid=4711",
    },
    "responders": [{"type": "team", "name": ""}],
    "tags": ["scope:capacity", ""],
}
UPDATE = {"user": "", "note": "Resolved at 10:20:00"}


@pytest.fixture
def genie():
    return make_integration("opsgenie", rate_limit=0)


def accepted(client, genie, path, body):
    """As `getAlertId`: the answer must be 202 with a result; then it asks, at once, up to 25 times
    for as long as there are no data or there is no success, and fails if there is none."""
    answer = send(client, genie, "post", path, body)
    assert answer.status_code == 202
    assert "result" in answer.json()
    for asked in range(1, POLLS + 1):
        found = get(client, genie, f"/v2/alerts/requests/{answer.json()['requestId']}")
        assert found.status_code in (200, 404)
        data = found.json().get("data")
        tolerated = data and any(
            words in data["status"] for words in ("There is no open alert", "Alert is already")
        )
        if data and (data["success"] or tolerated):
            return data, asked
    raise AssertionError(f"not processed within {POLLS} requests")


def test_a_problem_is_known_at_the_first_question_and_its_recovery_closes_it(client, genie):
    problem, asked = accepted(client, genie, "/v2/alerts/", PROBLEM)
    recovery, _ = accepted(client, genie, "/v2/alerts/4711/close?identifierType=alias", UPDATE)

    assert asked == 1
    assert problem["success"] is True
    assert recovery["alertId"] == problem["alertId"]
    assert Incident.objects.get().is_resolved
    assert Alert.objects.get().url == PROBLEM["details"]["Problem"]


@pytest.mark.parametrize(
    ("method", "status"),
    [("acknowledge", "acknowledged"), ("notes", "open")],
)
def test_an_update_of_a_problem_is_done(client, genie, method, status):
    accepted(client, genie, "/v2/alerts/", PROBLEM)

    data, _ = accepted(client, genie, f"/v2/alerts/4711/{method}?identifierType=alias", UPDATE)

    assert data["success"] is True
    assert Incident.objects.get().status == status


def test_a_recovery_of_what_was_closed_by_hand_is_no_endless_question(client, genie):
    accepted(client, genie, "/v2/alerts/", PROBLEM)
    accepted(client, genie, "/v2/alerts/4711/close?identifierType=alias", UPDATE)

    data, asked = accepted(client, genie, "/v2/alerts/4711/close?identifierType=alias", UPDATE)

    assert (data["success"], asked) == (False, 1)


def test_asking_twenty_five_times_without_a_pause_is_answered_each_time(client, genie):
    answer = send(client, genie, "post", "/v2/alerts/", PROBLEM)
    path = f"/v2/alerts/requests/{answer.json()['requestId']}"

    found = [client.get(path, headers=auth(genie)) for _ in range(POLLS)]

    assert {one.status_code for one in found} == {200}
    assert log() == ["Mapped (opened)"]


def test_a_team_that_zabbix_names_is_told_of_in_the_alert(client, genie):
    team = make_team()
    body = {**PROBLEM, "responders": [{"type": "team", "name": team.name}]}

    accepted(client, genie, "/v2/alerts/", body)

    assert Alert.objects.get().attributes["recipient_groups"] == [team.name]


def test_zabbix_by_its_media_type_for_pagerduty(client):
    """Exactly 202, JSON, status success; the key of the answer goes back into its event."""
    integration = make_integration("events-api-v2")
    body = {
        "routing_key": integration.token,
        "event_action": "trigger",
        "dedup_key": "4711",
        "client": "Zabbix",
        "client_url": "https://zabbix.example.net",
        "payload": {
            "summary": "Disk of db-1 is full",
            "source": "db-1 : 10.0.0.1",
            "severity": "error",
            "custom_details": {"Event ID": "4711", "Event tags": "scope:capacity"},
        },
        "links": [
            {"href": "https://zabbix.example.net/tr_events.php?eventid=4711", "text": "Event"}
        ],
    }
    over = {"routing_key": integration.token, "event_action": "resolve", "dedup_key": "4711"}

    answers = [
        client.post("/v2/enqueue", json.dumps(sent), content_type="application/json")
        for sent in (body, over)
    ]
    work()

    for answer in answers:
        assert answer.status_code == 202
        assert answer.json()["status"] == "success"
        assert answer.json()["dedup_key"] == "4711"
    assert log() == ["Mapped (opened)", "Mapped (closed)"]
