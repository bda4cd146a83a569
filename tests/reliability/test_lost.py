"""Failures that lost pages elsewhere: rows L of docs/reliability.md that no other test holds."""

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from integrations.setup import edit, integrations
from notifications.actions import enqueue
from tests.factories import make_integration, make_policy, make_service, make_user, minutes
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.reliability.routes import RESOLVE, TRIGGER
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


def test_l7_ten_times_the_limit_is_kept_at_every_address(route):
    limit = 3
    edit.change_rate_limit(route.integration.pk, limit)

    for number in range(10 * limit):
        route(TRIGGER, f"db-{number}")
    work(now=timezone.now() + minutes(60))

    assert InboundMessage.objects.count() == 10 * limit
    assert Alert.objects.count() == Incident.objects.count() == 10 * limit


def test_l8_what_comes_to_a_disabled_integration_is_kept_and_shown_at_every_address(route):
    integrations.set_enabled(route.integration.pk, False)

    answer = route(TRIGGER)

    assert 400 <= answer.status_code < 500
    assert log() == ["Rejected"]
    assert InboundMessage.objects.get().reason == "The integration is disabled."


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize("template", ["alertmanager", "grafana", "prometheus-server"])
def test_l9_each_alert_of_a_message_counts_and_not_the_first_alone(client, template, count):
    integration = make_integration(template, rate_limit=0)
    group = {"version": "4", "groupKey": "g", "receiver": "portal"}

    def send(states):
        alerts = [alert_of(number, is_over) for number, is_over in enumerate(states)]
        body = alerts if template == "prometheus-server" else group | {"alerts": alerts}
        post(client, integration, body)
        work()

    send([False] * count)
    opened = Alert.objects.open().count()
    send([number % 2 == 0 for number in range(count)])

    assert opened == Incident.objects.count() == count
    still = set(Alert.objects.open().values_list("source_id", "title"))
    assert len(still) == count // 2


def alert_of(number, is_over):
    times = {"startsAt": "2026-03-02T12:00:00Z"}
    times["endsAt"] = "2026-03-02T12:05:00Z" if is_over else "2036-03-02T12:00:00Z"
    return {
        "status": "resolved" if is_over else "firing",
        "labels": {"alertname": "Down", "instance": f"db-{number}"},
        "annotations": {"summary": f"db-{number} is down"},
        "fingerprint": f"{number:016x}",
        **times,
    }


def test_l10_long_keys_that_differ_in_their_last_character_are_different_alerts(route):
    """As long as the strictest of them takes; others cut such keys at their hundredth letter."""
    for end in "ab":
        route(TRIGGER, "k" * 254 + end)
    work()

    assert Alert.objects.count() == Incident.objects.count() == 2


def test_l15_messages_are_taken_while_everything_behind_the_way_in_is_stuck(client):
    """What an engine, a clock and the workers write to is not even there."""
    integration = make_integration()
    tables = "incidents_incident, incidents_alert, escalation_run, notifications_notification"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {tables} CASCADE")  # The test ends with a rollback.

    answers = [post(client, integration, FAILURE).status_code for _ in range(3)]

    assert answers == [202, 202, 202]
    assert InboundMessage.objects.count() == 3


def test_l16_after_a_pause_each_person_is_told_once_and_of_nothing_that_is_over(
    client, mail_server
):
    alice = make_user()
    integration = make_integration(service=make_service(make_policy(alice)), rate_limit=0)
    for number in range(40):
        monitor = {"id": number, "name": f"Shop-{number}-"}
        post(client, integration, {**FAILURE, "monitor": monitor})
        if number % 2:
            post(client, integration, {**RECOVERY, "monitor": monitor})
    InboundMessage.objects.update(received_at=timezone.now() - minutes(180))

    work()
    enqueue.dispatch_due(timezone.now() + minutes(1))
    run_tasks()

    mails = [mail for mail in mail_server if "resolved" not in mail.subject.lower()]
    told = "".join(f"{mail.subject}{mail.body}" for mail in mails)
    assert len(mails) <= 2
    assert [n for n in range(40) if f"Shop-{n}-" in told] == list(range(0, 40, 2))


def test_l17_an_end_without_a_beginning_is_kept_opens_nothing_and_is_no_error(route):
    answer = route(RESOLVE)
    work()

    assert answer.status_code < 300
    assert [entry.split(" (")[0] for entry in log()] == ["Mapped Ignored"]
    assert not Incident.objects.exists()
