"""Failures that paged twice, or whom nobody meant: the rows D that no other test holds."""

import threading

import pytest

from benchmarks.alertmanager_storm import Flood
from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.integrations.posting import post, work
from tests.monitoring import until
from tests.reliability.routes import RESOLVE, TRIGGER


@pytest.mark.alertmanager
@pytest.mark.needs("prometheus-alertmanager")
@pytest.mark.django_db(transaction=True)
def test_d1_two_alertmanagers_that_post_the_same_at_once_open_one_incident(live_server, tmp_path):
    """Twins that know nothing of each other, as after a split of their network."""
    integration = make_integration(
        "alertmanager", service=make_service(make_policy(make_user())), rate_limit=0
    )
    url = f"{live_server.url}/POSTAlert/{integration.token}/twins"

    with Flood(tmp_path / "a", url) as one, Flood(tmp_path / "b", url) as two:
        twins = [threading.Thread(target=twin.fire, args=("Twins", 5)) for twin in (one, two)]
        for twin in twins:
            twin.start()
        for twin in twins:
            twin.join()
        until(lambda: InboundMessage.objects.count() == 10)
    work()

    assert Alert.objects.count() == Incident.objects.count() == 5
    assert set(Alert.objects.values_list("count", flat=True)) == {2}
    assert Notification.objects.filter(channel="email").count() == 5


@pytest.mark.django_db
def test_d1_the_same_twice_is_one_incident_that_pages_once_at_every_address(route):
    make_policy_of(route.integration)
    for _ in range(2):
        route(TRIGGER)
    work()

    assert Incident.objects.count() == 1
    assert Alert.objects.get().count == 2
    assert Notification.objects.filter(channel="email").count() == 1


def make_policy_of(integration):
    integration.policy = make_policy(make_user())
    integration.save()


@pytest.mark.django_db
def test_d2_a_group_that_shrinks_and_ends_is_closed_whatever_its_text(client):
    integration = make_integration("alertmanager")

    for firing in ("abc", "ab", "b", ""):
        alerts = [alert(name, is_over=name not in firing) for name in "abc"]
        status = "firing" if firing else "resolved"
        summary = {"commonAnnotations": {"summary": f"{len(firing)} hosts are down"}}
        post(client, integration, {"version": "4", "status": status, "alerts": alerts, **summary})
        work()

    assert Incident.objects.count() == 3
    assert not Incident.objects.unresolved().exists()


def alert(name, *, is_over):
    return {
        "status": "resolved" if is_over else "firing",
        "labels": {"alertname": "Down", "instance": name},
        "fingerprint": name * 16,
        "startsAt": "2026-03-02T12:00:00Z",
    }


@pytest.mark.django_db
def test_d3_d4_the_end_closes_what_the_beginning_opened_at_every_address(route):
    for action in (TRIGGER, RESOLVE, TRIGGER, TRIGGER, RESOLVE):
        route(action)
    work()

    assert Incident.objects.count() == 2
    assert not Incident.objects.unresolved().exists()
