"""Alerts whose sender falls silent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import ingest, respond
from incidents.models import Alert, Incident
from integrations.engine import timers
from integrations.models import InboundMessage
from integrations.setup import routing as integration_routing
from tests.factories import (
    NOON,
    make_integration,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.integrations.posting import log, post, work
from tests.threads import race

once = pytest.mark.django_db
A_MOMENT = timedelta(milliseconds=1)
RULES = {
    "source": "Probe",
    "fields": {"source_id": "id", "status": "state", "expires_at": "until"},
    "close_when": {"operator": "equals", "value": "up"},
    "update_when": {"operator": "equals", "value": "note"},
}


def silent_after(count=None, **fields):
    routing = {"close_after_minutes": count} if count else {}
    service = make_service(make_policy(make_user()))
    return make_integration("custom", service=service, rules=RULES, routing=routing, **fields)


def arrive(client, integration, at, **fields):
    post(client, integration, {"id": 1, "state": "down", **fields})
    newest = InboundMessage.objects.latest("pk")
    InboundMessage.objects.filter(pk=newest.pk).update(received_at=at)
    work()


@once
def test_what_is_not_repeated_in_time_closes_at_that_moment(client):
    integration = silent_after(10, name="Prometheus")
    arrive(client, integration, NOON)
    assert timers.next_timer() == NOON + minutes(10)

    assert timers.run_timers(NOON + minutes(10) - A_MOMENT) == 0
    assert timers.run_timers(NOON + minutes(10)) == 1

    incident, alert = Incident.objects.get(), Alert.objects.get()
    assert (incident.status, incident.resolution) == ("resolved", "resolved")
    assert alert.closed_at == incident.resolved_at == NOON + minutes(10)
    assert alert.last_seen_at == NOON
    line = incident.timeline.get(verb="resolved")
    assert line.text == "Probe was not repeated until 2026-03-02 12:10:00 UTC"
    assert line.via == "Prometheus"
    assert timers.next_timer() is None


@once
@pytest.mark.parametrize("state", ["down", "note"])
def test_each_message_of_the_alert_puts_its_end_off(client, state):
    integration = silent_after(10)
    arrive(client, integration, NOON)

    arrive(client, integration, NOON + minutes(9), state=state)
    assert timers.run_timers(NOON + minutes(18)) == 0

    assert timers.next_timer() == NOON + minutes(19)
    assert Incident.objects.get().status == "open"


@once
def test_the_sender_may_say_until_when_it_is_so(client):
    integration = silent_after(10)

    arrive(client, integration, NOON, until=(NOON + minutes(3)).isoformat())

    assert Alert.objects.get().expires_at == NOON + minutes(3)


@once
def test_a_sender_that_no_longer_says_so_leaves_it_open(client):
    integration = silent_after()
    arrive(client, integration, NOON, until=(NOON + minutes(3)).isoformat())

    arrive(client, integration, NOON + minutes(1), until="0001-01-01T00:00:00Z")

    assert Alert.objects.get().expires_at is None
    assert timers.run_timers(NOON + minutes(99)) == 0


@once
def test_it_ends_silently_what_was_held_back(client):
    integration = silent_after()
    integration_routing.change_routing(
        integration.pk,
        {"close_after_minutes": 5, "delay": {"rule": "minutes", "minutes": 10}},
    )
    arrive(client, integration, NOON)

    timers.run_timers(NOON + minutes(5))

    line = Incident.objects.get().timeline.get(verb="resolved")
    assert line.is_announced
    assert line.text.endswith("; nobody had been told")


@once
def test_what_somebody_has_closes_too(client):
    arrive(client, silent_after(10), NOON)
    respond.acknowledge(Incident.objects.get().pk, by=make_user())

    timers.run_timers(NOON + minutes(10))

    assert Incident.objects.get().status == "resolved"


@once
def test_the_same_again_after_its_end_opens_a_new_incident(client):
    integration = silent_after(10)
    arrive(client, integration, NOON)
    timers.run_timers(NOON + minutes(10))

    arrive(client, integration, NOON + minutes(11))

    assert log() == ["Mapped (opened)", "Mapped (opened)"]


@pytest.mark.django_db(transaction=True)
def test_a_message_against_the_end_leaves_it_either_open_or_opens_it_anew():
    service, now = make_service(), timezone.now()

    for key in map(str, range(20)):
        first = make_report(service, key=key, expires_at=now)
        ingest.report([first])
        again = make_report(service, key=key, expires_at=now + minutes(5))
        race(lambda: ingest.report([again]), lambda: timers.run_timers(now))  # noqa: B023

    assert Alert.objects.open().count() == 20
    assert not Alert.objects.expired(now).exists()


@once
def test_hundreds_that_expire_together_are_all_closed_by_one_look():
    service, now = make_service(), timezone.now()
    reports = [make_report(service, key=str(n), expires_at=now) for n in range(450)]
    ingest.report(reports)

    assert timers.run_timers(now) == 450
    assert not Alert.objects.open().exists()
