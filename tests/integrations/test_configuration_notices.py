"""The engine keeps what it knows of integrations and policies until the database says a change."""

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import Play
from incidents.models import ConferenceBridge, Incident
from incidents.sla_targets import target_row
from integrations.engine import engine
from integrations.engine.pipeline import MessageParser
from integrations.models import InboundMessage
from opsportal.lib.pg_notify import CONFIGURATION, Listener
from tests.escalation.workflows import make_workflow
from tests.factories import make_integration, make_policy, make_round_robin, make_service, make_user
from tests.integrations.posting import post

TRIGGER = "integrations_notify_configuration"
# Written by messages themselves, and asked for with each.
OF_MESSAGES = {
    "incidents_alert",
    "integrations_inboundmessage",
    "integrations_integrationoptout",
    "integrations_replay",
}
ALERTS = {
    "version": "4",
    "status": "firing",
    "receiver": "ops",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Down", "severity": "critical"},
            "annotations": {"summary": "Down"},
            "startsAt": "2026-11-30T00:00:00Z",
            "fingerprint": "a",
        }
    ],
}


def watched_tables():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = %s", [TRIGGER]
        )
        return {table for (table,) in cursor.fetchall()}


@pytest.mark.django_db
def test_every_table_that_it_keeps_something_of_says_its_changes(client):
    play = Play.objects.create(name="All hands")
    play.tiers.create().users.add(make_user())
    by_play = make_integration("alertmanager", service=make_service(make_policy([make_user()])))
    by_play.play, by_play.conference_bridge = (
        play,
        ConferenceBridge.objects.create(name="Room", meeting_url="https://meet.example/1"),
    )
    by_play.save()
    policy = make_policy([make_user()])
    ring = make_round_robin(make_user(), ask_next_after_minutes=5)
    policy.steps.get().targets.create(kind="round_robin", round_robin=ring)
    by_policy = make_integration("odown", service=make_service(policy))
    make_workflow()
    post(client, by_play, ALERTS)
    post(client, by_policy, {"event": "ALERT_FAILURE", "monitor": {"id": 7, "name": "Shop"}})

    with CaptureQueriesContext(
        connection,
    ) as asked:
        parser = MessageParser()
        parser.parse(InboundMessage.objects.all())
        assert parser.workflows.rows

    tables = {
        table for query in asked for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])
    }
    assert {"integrations_integration", "escalation_step", "escalation_tier"} <= tables
    assert "escalation_workflow_services" in tables
    assert tables - OF_MESSAGES <= watched_tables()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.save(update_fields=["name"]),
        lambda row: row.users.clear() or row.users.add(make_user()),
        lambda row: type(row).objects.filter(pk=row.pk).update(name="Other"),
        lambda row: Group.objects.create(name="Night"),
        lambda row: row.delete(),
    ],
    ids=["saved", "recipients", "updated", "role", "deleted"],
)
def test_a_change_is_heard_once(change):
    row = make_integration("odown")
    listener = Listener([CONFIGURATION])
    listener.wait(1)
    assert listener.has_heard(CONFIGURATION)  # Nobody knows what was before.

    change(row)

    assert listener.wait(5)
    assert listener.has_heard(CONFIGURATION)
    assert not listener.has_heard(CONFIGURATION)
    listener.close()


@pytest.mark.django_db(transaction=True)
def test_a_turn_of_a_round_robin_is_no_change_of_the_configuration_and_an_entry_is():
    ring = make_round_robin(make_user(), make_user())
    listener = Listener([CONFIGURATION])
    listener.wait(1)
    listener.has_heard(CONFIGURATION)

    type(ring).objects.update(next_index=1, skipped=[])
    assert not listener.wait(0.3)
    type(ring).objects.update(ask_next_after_minutes=5)
    assert listener.wait(5)
    assert listener.has_heard(CONFIGURATION)
    ring.entries.first().delete()
    assert listener.wait(5)
    listener.close()


def test_without_a_connection_everything_may_have_changed():
    assert Listener([CONFIGURATION]).has_heard(CONFIGURATION)


@pytest.mark.django_db(transaction=True)
def test_what_is_heard_between_two_waits_ends_the_next_one():
    listener = Listener([CONFIGURATION])
    listener.wait(1)
    listener.has_heard(CONFIGURATION)
    make_user()

    heard = [listener.has_heard(CONFIGURATION) for _ in range(20)]

    assert any(heard)
    assert listener.wait(30)
    listener.close()


@pytest.mark.django_db
def test_what_no_workflow_and_no_target_of_a_policy_waits_for_asks_for_none(client):
    integration = make_integration("odown", service=make_service(make_policy([make_user()])))
    parser = MessageParser()
    for number in (1, 2):
        body = {"event": "ALERT_FAILURE", "monitor": {"id": number, "name": "Shop"}}
        post(client, integration, body)
        with CaptureQueriesContext(connection) as asked:
            engine.process_pending(parser=parser)

    assert Incident.objects.count() == 2
    tables = {table for query in asked for table in re.findall(r'FROM "(\w+)"', query["sql"])}
    assert "incidents_service" in tables
    assert not tables & {"escalation_workflow", "escalation_policy"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda row: type(row).objects.update(is_enabled=False),
        lambda row: row.services.add(make_service()),
        lambda row: row.policies.add(make_policy(make_user())),
        lambda row: row.conditions.create(field="urgency", value="high"),
        lambda row: row.delete(),
    ],
    ids=["switched off", "service", "policy", "condition", "deleted"],
)
def test_a_change_of_a_workflow_is_heard(change):
    row = make_workflow()
    listener = Listener([CONFIGURATION])
    listener.wait(1)
    listener.has_heard(CONFIGURATION)

    change(row)

    assert listener.wait(5)
    assert listener.has_heard(CONFIGURATION)
    listener.close()


@pytest.mark.django_db
def test_a_workflow_and_the_targets_of_a_policy_begin_with_the_message_after_their_change(client):
    policy = make_policy([make_user()])
    integration = make_integration("odown", service=make_service(policy))
    post(client, integration, {"event": "ALERT_FAILURE", "monitor": {"id": 1, "name": "Shop"}})
    engine.process_pending()
    make_workflow("opened")
    policy.sla_targets = [target_row(7, 70)]
    policy.save()

    post(client, integration, {"event": "ALERT_FAILURE", "monitor": {"id": 2, "name": "Shop"}})
    engine.process_pending()

    before, after = Incident.objects.order_by("pk")
    assert (before.workflow_runs.count(), after.workflow_runs.count()) == (0, 1)
    assert (before.acknowledge_target_minutes, after.acknowledge_target_minutes) == (None, 7)
