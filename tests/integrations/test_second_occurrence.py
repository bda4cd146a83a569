"""A problem that comes again after its end pages again, whichever API names it."""

import pytest

from incidents.models import Alert, Incident
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.integrations.opsgenie import create, do
from tests.integrations.posting import enqueue, event, post, post_event, work

pytestmark = pytest.mark.django_db


def opsgenie(client, integration, is_open, number):
    return create(client, integration) if is_open else do(client, integration, "close")


def events_api(client, integration, is_open, number):
    return post_event(client, integration, event("trigger" if is_open else "resolve"))


def enqueued(client, integration, is_open, number):
    return enqueue(client, integration, event("trigger" if is_open else "resolve"))


def goalert(client, integration, is_open, number):
    path = f"/api/v2/generic/incoming?token={integration.token}"
    body = {"summary": "Disk full", "dedup": "disk"} | ({} if is_open else {"action": "close"})
    return client.post(path, body, content_type="application/json")


def alertmanager(client, integration, is_open, number):
    alert = {
        "status": "firing" if is_open else "resolved",
        "labels": {"alertname": "DiskFull"},
        "annotations": {},
        "startsAt": f"2026-03-02T1{number}:00:00Z",
        "fingerprint": "f1",
    }
    return post(client, integration, {"version": "4", "alerts": [alert]})


def monitor(client, integration, is_open, number):
    heartbeat = {"status": 0 if is_open else 1}
    body = {"heartbeat": heartbeat, "monitor": {"id": 5, "name": "Shop"}, "msg": "Shop"}
    return post(client, integration, body)


@pytest.mark.parametrize(
    ("template", "send"),
    [
        ("opsgenie", opsgenie),
        ("events-api-v2", events_api),
        ("events-api-v2", enqueued),
        ("goalert", goalert),
        ("alertmanager", alertmanager),
        ("uptime-kuma", monitor),
    ],
)
def test_what_comes_again_is_a_new_incident_and_a_new_page(client, template, send):
    person = make_user()
    integration = make_integration(template, service=make_service(make_policy(person)))

    for number in range(3):
        assert send(client, integration, True, number).status_code < 300
        work()
        assert send(client, integration, False, number).status_code < 300
        work()
    send(client, integration, True, 3)
    work()

    paged = Notification.objects.filter(user=person, channel="email", event="incident.triggered")
    assert Incident.objects.count() == 4
    assert set(paged.values_list("incident", flat=True)) == {
        row.pk for row in Incident.objects.all()
    }
    assert Alert.objects.open().count() == 1
