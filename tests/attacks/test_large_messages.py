"""One message with thousands of alerts: done whole and in time, and others are told meanwhile."""

import json
import signal
import time

import psutil
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from escalation.actions import ingest
from escalation.models import Run
from escalation.workflows.enabled import EnabledWorkflows
from incidents.models import Alert, Incident
from incidents.report import Group, Suppression
from integrations.engine import engine
from integrations.models import InboundMessage, MaintenanceWindow
from integrations.setup import routing
from notifications.models import Notification
from tests.attacks import engines
from tests.factories import (
    make_catch_all,
    make_integration,
    make_policy,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.integrations.posting import FAILURE, post, work
from tests.rows import at_length

once = pytest.mark.django_db
# The keys of a slice are locked until its transaction ends, and a server holds some thousands.
committed = pytest.mark.django_db(transaction=True)


def alerts_of(count, status="firing"):
    return {
        "version": "4",
        "status": status,
        "alerts": [
            {
                "status": status,
                "labels": {"alertname": "Down", "instance": f"db-{number}"},
                "fingerprint": f"{number:016x}",
                "startsAt": "2026-03-02T12:00:00Z",
            }
            for number in range(count)
        ],
    }


def post_alerts(client, integration, count, status="firing"):
    body = json.dumps(alerts_of(count, status), separators=(",", ":"))
    assert post(client, integration, body).status_code == 202
    return InboundMessage.objects.latest("pk")


def state(message):
    message.refresh_from_db()
    return message.get_status_display(), message.action, message.events_done


@pytest.mark.endurance
@committed
@pytest.mark.load
def test_more_than_ten_thousand_alerts_in_one_message_open_and_some_thousand_end(client, settings):
    settings.INBOUND_MAX_BYTES = 4 * 1024 * 1024
    integration = make_integration("alertmanager", rate_limit=0)

    for status, count, action in (("firing", 10_500, "opened"), ("resolved", 2000, "closed")):
        message = post_alerts(client, integration, count, status)
        work()
        assert state(message) == ("Mapped", action, count)
        assert message.reason.endswith(f"({count} events)")
        assert len(message.event_results) == 200

    assert Alert.objects.count() == Incident.objects.count() == 10_500
    assert Alert.objects.open().count() == Incident.objects.unresolved().count() == 8500


@once
def test_others_are_told_between_two_slices_of_a_large_message(client):
    policy = make_policy(make_user())
    message = post_alerts(client, make_integration("alertmanager"), 2000)
    engine.process_pending()
    post(client, make_integration(service=make_service(policy)), FAILURE)

    engine.process_pending()

    assert state(message)[0] == "Pending"
    assert 0 < message.events_done < 2000
    assert "of 2000 events are done" in message.reason
    assert Notification.objects.filter(channel="email").count() == 1


@once
def test_what_comes_later_to_the_same_integration_waits_for_the_large_message(client):
    integration = make_integration("alertmanager", rate_limit=0)
    post_alerts(client, integration, 800)
    end = post_alerts(client, integration, 800, "resolved")

    work()

    assert state(end) == ("Mapped", "closed", 800)
    assert not Alert.objects.open().exists()


@committed
def test_engines_that_are_killed_between_slices_neither_lose_nor_double_an_event(client):
    service = make_service(make_policy(make_user()))
    message = post_alerts(client, make_integration("alertmanager", service=service), 1500)

    for _ in range(2):
        message.refresh_from_db()
        before = message.events_done
        with engines.start() as process:
            until_further(message, before, process)
            process.send_signal(signal.SIGKILL)
    engines.run("body")

    assert state(message) == ("Mapped", "opened", 1500)
    assert Alert.objects.count() == Alert.objects.filter(count=1).count() == 1500
    assert Incident.objects.count() == Run.objects.count() == 1500
    assert Notification.objects.filter(channel="email").count() == 1500


def until_further(message, events, process):
    deadline = time.monotonic() + engines.PATIENCE_S
    while message.events_done <= events and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
        message.refresh_from_db()


@pytest.mark.endurance
@committed
def test_two_thousand_alerts_become_one_incident_by_grouping(client):
    person = make_user()
    integration = make_integration(
        "alertmanager", service=make_service(make_policy(person)), rate_limit=0
    )
    routing.change_routing(integration.pk, {"grouping": {"by": ["labels.alertname"]}})
    message = post_alerts(client, integration, 2000)

    work()

    assert state(message) == ("Mapped", "opened", 2000)
    assert Incident.objects.get().alerts.count() == 2000
    assert Notification.objects.filter(channel="email", user=person).count() == 1


@pytest.mark.endurance
@committed
def test_two_thousand_alerts_in_a_maintenance_page_nobody_until_it_is_over(client):
    integration = make_integration(
        "alertmanager", service=make_service(make_policy(make_user())), rate_limit=0
    )
    now = timezone.now()
    MaintenanceWindow.objects.create(
        name="Move", is_for_all=True, starts_at=now - minutes(5), ends_at=now + minutes(5)
    )
    message = post_alerts(client, integration, 2000)

    work()

    assert state(message) == ("Mapped", "suppressed", 2000)
    assert Run.objects.filter(state="suppressed").count() == 2000
    assert not Notification.objects.exists()


@once
def test_the_worst_that_a_message_did_is_in_its_log_though_it_came_last(client):
    integration = make_integration("alertmanager", rate_limit=0)
    post_alerts(client, integration, 700)
    work()
    message = post_alerts(client, integration, 701)

    work()

    opened = Alert.objects.latest("pk")
    assert state(message) == ("Mapped", "opened", 701)
    assert message.alert == opened
    assert message.event_results[-1].alert_id == opened.pk


def opened(service, count):
    return [make_report(service, key=f"k{number}") for number in range(count)]


def ended(service, count):
    return [make_report(service, "resolve", f"k{number}") for number in range(count)]


def worse(service, count):
    return [make_report(service, key=f"k{n}", severity="critical") for n in range(count)]


def mild(service, count):
    return [make_report(service, key=f"k{n}", severity="warning") for n in range(count)]


def suppressed(service, count, alerts=2):
    held = Suppression("it waits for two", alerts=alerts)
    return [make_report(service, key=f"k{n}", suppression=held) for n in range(count)]


def grouped(service, count):
    group = Group("all")
    return [make_report(service, key=f"k{number}", group=group) for number in range(count)]


def repeated(service, count):
    """Each of them is told to everybody anew: its run is exhausted."""
    again = Suppression("with each", alerts=1, again=True)
    return [make_report(service, key=f"k{n}", suppression=again) for n in range(count)]


# What a batch of reports may do: the reports that come first, and those that are counted.
BATCHES = {
    "they open": (None, opened),
    "they are repeated": (opened, opened),
    "they end": (opened, ended),
    "they page again": (opened, repeated),
}
NEIGHBOURS = {
    "they get worse": (mild, worse),
    "they are suppressed": (None, suppressed),
    "they are suppressed no longer": (suppressed, suppressed),
    "they join one incident": (None, grouped),
}


@once
@pytest.mark.parametrize(
    "batch",
    [*BATCHES.values(), *at_length(*((batch,) for batch in NEIGHBOURS.values()))],
    ids=[*BATCHES, *NEIGHBOURS],
)
def test_the_cost_of_alerts_is_linear_and_a_thousand_take_as_many_statements_as_ten(batch):
    """In CPU time of ours and of the server; a square would be eight times as much for each."""
    with_ten, _ = cost_of(batch, 10)  # What is only done once is done now.

    _, few_s = cost_of(batch, 125)
    with_many, many_s = cost_of(batch, 1000)

    # A statement takes 1,000 rows, and an alert may write two lines of the timeline.
    assert with_many - with_ten in {0, 1}
    assert many_s < 8 * few_s * 2.5


def cost_of(batch, count):
    """How many statements, and how many seconds of CPU time, so many alerts take.

    Nobody is there who could be told, but the catch-all, so that all steps are taken at once.
    """
    make_catch_all(make_user(email=False))
    first, counted = batch
    service = make_service()
    if first is not None:
        ingest.report(first(service, count), now=timezone.now())
    backend = psutil.Process(connection.connection.info.backend_pid)
    began, there = time.process_time(), sum(backend.cpu_times()[:2])
    # As the engine keeps them: nobody looks for workflows after some seconds.
    with EnabledWorkflows().kept(), CaptureQueriesContext(connection) as found:
        ingest.report(counted(service, count), now=timezone.now())
    took = time.process_time() - began + sum(backend.cpu_times()[:2]) - there
    return len(found), took
