"""Nothing that comes with a valid key vanishes without a trace, and somebody hears of it."""

import gzip
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.models import Policy
from incidents.models import Incident
from integrations.engine.unreadable import report_unreadable
from integrations.models import InboundMessage, Integration
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.integrations.posting import FAILURE, enqueue, event, log, post, work

pytestmark = pytest.mark.django_db
GROUP = {
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "NodeDown", "instance": f"node-{number}"},
            "annotations": {"summary": f"Node {number} down", "description": "x" * 550},
        }
        for number in range(1600)
    ],
}
BIG = json.dumps(GROUP).encode()


def tell(later=0):
    return report_unreadable(now=timezone.now() + timedelta(seconds=later))


def count(integration):
    return Integration.objects.get(pk=integration.pk).unreadable_count


@pytest.fixture
def person():
    return make_user("Anna")


@pytest.fixture
def integration(person):
    service = make_service(make_policy(person), name="Shop")
    return make_integration(name="Sender", service=service)


def paged(person):
    return Notification.objects.filter(user=person, channel="email").count()


def test_1600_alerts_of_one_group_leave_a_row_a_count_and_one_incident(client, person, integration):
    assert len(BIG) > 1024 * 1024

    answers = [post(client, integration, BIG).status_code for _ in range(3)]
    tell()
    tell()

    assert answers == [413] * 3
    row = InboundMessage.objects.order_by("pk")[0]
    assert (row.status, row.answer) == ("rejected", 413)
    assert row.reason.startswith("Rejected: too large.")
    assert bytes(row.body) == BIG[:4096]
    assert count(integration) == 3
    incident = Incident.objects.get()
    assert incident.title == "Messages of “Sender” cannot be read"
    assert incident.service == integration.service
    assert paged(person) == 1


@pytest.mark.parametrize("size", [2 * 1024 * 1024, 30 * 1024 * 1024])
def test_what_is_too_large_once_unpacked_leaves_the_same(client, integration, size):
    packed = gzip.compress(BIG + b" " * size)

    answer = post(client, integration, packed, HTTP_CONTENT_ENCODING="gzip")

    assert answer.status_code == 413
    assert bytes(InboundMessage.objects.get().body) == BIG[:4096]
    assert count(integration) == 1


def test_a_key_in_a_body_that_is_too_large_is_found(client, integration):
    body = event(summary="x" * 1_100_000)
    packed = json.dumps({"routing_key": integration.token, **body}).encode()

    answers = [
        client.post("/v2/enqueue", packed, "application/json").status_code,
        client.post(
            "/v2/enqueue", gzip.compress(packed), "application/json", HTTP_CONTENT_ENCODING="gzip"
        ).status_code,
    ]

    assert answers == [413, 413]
    assert log() == ["Rejected", "Rejected"]


@pytest.mark.parametrize(
    "path", ["/POSTAlert/{}/x", "/alertmanager/{}/api/v2/alerts", "/alertmanager/{}/api/v1/alerts"]
)
def test_of_a_stranger_nothing_is_kept(client, path):
    answer = client.post(path.format("0" * 32), BIG, "application/json")

    assert answer.status_code == 404
    assert not InboundMessage.objects.exists()


def test_who_may_not_send_leaves_no_count(client, integration):
    Integration.objects.filter(pk=integration.pk).update(allowed_networks=["10.9.9.0/24"])

    post(client, integration, BIG)

    assert count(integration) == 0


def test_a_body_that_is_not_packed_as_it_says_is_told_of(client, integration):
    answer = post(client, integration, b"no gzip", HTTP_CONTENT_ENCODING="gzip")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_encoding")
    assert log() == ["Mapping Failed"]
    assert tell() == 1


def test_numbers_that_json_does_not_know_are_taken_as_null(client):
    integration = make_integration("alertmanager")
    alert = '{"status": "firing", "labels": {"alertname": "Disk"}, "value": NaN}'

    answer = post(client, integration, f'{{"alerts": [{alert}], "max": -Infinity}}')
    work()

    assert answer.status_code == 202
    assert log() == ["Mapped (opened)"]


@pytest.mark.parametrize(
    ("body", "answer"),
    [(b"<html>", 400), (b'{"event": "ALERT', 400), (b"", 400), ({"some": "thing"}, 202)],
)
def test_what_cannot_be_read_tells_somebody(client, person, integration, body, answer):
    assert post(client, integration, body).status_code == answer
    work()
    tell()

    assert log() == ["Mapping Failed"]
    assert Incident.objects.get().alerts.get().severity == "critical"
    assert paged(person) == 1


def test_a_flood_of_it_pages_once(client, person, integration):
    for _ in range(5):
        for _ in range(20):
            post(client, integration, b"{")
        tell()

    assert count(integration) == 100
    assert Incident.objects.count() == 1
    assert paged(person) == 1


def test_the_next_message_that_is_read_closes_it(client, integration):
    post(client, integration, b"{")
    tell()
    before = Incident.objects.get()
    post(client, integration, FAILURE)
    work()
    tell()

    before.refresh_from_db()
    assert before.status == "resolved"
    assert tell() == 0
    assert Incident.objects.exclude(status="resolved").count() == 1  # what the message said


def test_one_that_is_read_at_once_does_not_hide_what_was_lost(client, person, integration):
    post(client, integration, b"{")
    post(client, integration, FAILURE)
    work()

    tell()

    assert Incident.objects.filter(title="Messages of “Sender” cannot be read").count() == 1
    tell()
    lost = Incident.objects.get(title="Messages of “Sender” cannot be read")
    assert lost.status == "resolved"


def test_good_and_bad_ones_in_turn_page_once_in_five_minutes(client, person, integration):
    for _ in range(3):
        post(client, integration, b"{")
        tell()
        post(client, integration, {**FAILURE, "event": "ALERT_RECOVERY"})
        work()
        tell()

    assert paged(person) == 1


def test_what_was_closed_by_hand_opens_no_new_one_by_itself(client, integration):
    post(client, integration, b"{")
    tell()
    incident = Incident.objects.get()
    incident.alerts.update(closed_at=timezone.now())

    assert tell() == 0
    post(client, integration, b"{")
    assert tell() == 1


def test_what_no_filter_accepts_is_wanted_so(client, integration):
    rules = {
        **integration.rules,
        "filters": {"all": [{"path": "event", "operator": "equals", "value": "X"}]},
    }
    Integration.objects.filter(pk=integration.pk).update(rules=rules)

    post(client, integration, FAILURE)
    work()

    assert log() == ["Mapping Failed"]
    assert count(integration) == 0


def test_the_plan_of_the_integration_pages(client, person, integration):
    other = make_user("Ben")
    Integration.objects.filter(pk=integration.pk).update(policy=make_policy(other))

    enqueue(client, integration, {"event_action": "no such"})
    tell()

    assert (paged(person), paged(other)) == (0, 1)
    assert Policy.objects.count() == 2
