"""Events that PagerDuty would refuse for their length, up to what a message may be at all."""

import pytest

from incidents.models import Alert, Incident
from tests.factories import make_integration
from tests.integrations.posting import enqueue, event, log, post_event, work

pytestmark = pytest.mark.django_db
LONG = {
    "summary": {"summary": "Disk " + "x" * 4995},
    "summary of several lines": {"summary": "\n".join(["Disk full"] * 500)},
    "source": {"source": "db-1." + "x" * 5000},
    "class and group": {"class": "c" * 5000, "group": "g" * 5000, "component": "k" * 5000},
    "details in one text": {"custom_details": {"log": "x" * 600_000}},
    "details in many": {"custom_details": {f"k{n}": "x" * 100 for n in range(5000)}},
    "details in a list": {"custom_details": ["x" * 1000] * 600},
}


@pytest.mark.parametrize("send", [post_event, enqueue], ids=["/api/events", "/v2/enqueue"])
@pytest.mark.parametrize("payload", LONG.values(), ids=LONG)
def test_a_long_one_is_taken_and_its_end_finds_it(client, send, payload):
    integration = make_integration("events-api-v2")

    answers = [send(client, integration, event(**payload)).status_code]
    answers.append(send(client, integration, event("resolve")).status_code)
    work()

    assert set(answers) <= {200, 202}
    assert log() == ["Mapped (opened)", "Mapped (closed)"]
    assert Incident.objects.get().title.startswith("Disk")
    assert not Alert.objects.open().exists()


def test_a_long_key_is_one_key(client):
    integration = make_integration("events-api-v2")
    keys = ["k" * 254 + end for end in "ab"]

    for key in (*keys, keys[0]):
        enqueue(client, integration, event(key=key))
    work()

    assert sorted(alert.count for alert in Alert.objects.all()) == [1, 2]


def test_version_1_takes_a_long_description_too(client):
    integration = make_integration("events-api-v2")
    body = {"service_key": integration.token, "event_type": "trigger", "incident_key": "d"}
    body |= {"description": "Disk " + "x" * 4995, "details": {"log": "x" * 600_000}}

    answer = client.post("/generic/2010-04-15/create_event.json", body, "application/json")
    work()

    assert answer.status_code == 200
    assert log() == ["Mapped (opened)"]
