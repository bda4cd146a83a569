"""What is critical, and what is over, does not wait behind the messages of its own integration."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.models import ServicePolicy
from incidents.models import Alert, Incident
from integrations.engine import engine, lookahead
from integrations.engine.slices import SliceSize
from integrations.inbound.urgent_words import urgent_pattern
from integrations.models import InboundMessage, Integration, RateWindow
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_user
from tests.integrations.posting import post_event, work
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


def event(key, action="trigger", severity="warning"):
    body = {"event_action": action, "dedup_key": key}
    payload = {"summary": key, "source": "db-1", "severity": severity}
    return {**body, "payload": payload} if action == "trigger" else body


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    lookahead._queues.clear()
    monkeypatch.setattr(engine, "_size", SliceSize(events=10))


@pytest.fixture
def integration():
    return make_integration("events-api-v2", rate_limit=0)


def store(integration, *events, ready_in_s=0):
    """As many messages that wait for the engine."""
    at = timezone.now()
    rows = [
        InboundMessage(
            integration=integration,
            service=integration.service,
            route="events",
            content_type="application/json",
            body=json.dumps(one).encode(),
            body_digest=f"{number}",
            received_at=at,
            ready_at=at + timedelta(seconds=ready_in_s),
        )
        for number, one in enumerate(events)
    ]
    return InboundMessage.objects.bulk_create(rows)


def flood(integration, count=300, **how):
    return store(integration, *(event(f"w{number}") for number in range(count)), **how)


def state(row):
    return InboundMessage.objects.get(pk=row.pk).status


def turns(count):
    for _ in range(count):
        engine.process_pending()


def order():
    """The keys of the alerts in the order in which they were opened."""
    return list(Alert.objects.order_by("pk").values_list("dedup_key", flat=True))


def test_a_critical_does_not_wait_behind_those_of_its_own_integration(integration):
    flood(integration, 600)
    [critical] = store(integration, event("c", severity="critical"))

    turns(3)

    assert state(critical) == "mapped"
    assert Alert.objects.count() < 400


def test_an_end_comes_first_with_what_it_ends(integration):
    flood(integration)
    begun, *_ = store(integration, event("x"))
    flood(integration)
    [end] = store(integration, event("x", "resolve"))

    turns(3)

    assert (state(begun), state(end)) == ("mapped", "mapped")
    assert not Alert.objects.filter(dedup_key="x", closed_at=None).exists()
    assert Alert.objects.count() < 400


def test_the_order_of_one_key_is_kept(integration):
    flood(integration)
    store(integration, event("x"))
    flood(integration, 20)
    store(integration, event("x", "resolve"))
    flood(integration, 20)
    store(integration, event("x", severity="critical"))

    work()

    x = InboundMessage.objects.filter(results__0__key=Alert.objects.filter(dedup_key="x")[0].key)
    assert list(x.order_by("pk").values_list("action", flat=True)) == ["opened", "closed", "opened"]
    assert Alert.objects.filter(dedup_key="x", closed_at=None).count() == 1


def test_all_is_worked_off_in_the_end_and_each_in_its_order(integration):
    rows = flood(integration, 200)
    work()

    assert {state(row) for row in rows} == {"mapped"}
    assert order() == [f"w{number}" for number in range(200)]
    assert not InboundMessage.objects.filter(attempts__gt=0).exists()


def test_what_is_not_urgent_has_its_turns(integration):
    flood(integration, 60)
    store(integration, *(event(f"c{number}", severity="critical") for number in range(200)))

    turns(lookahead.TURNS + 2)

    done = order()
    assert any(key.startswith("w") for key in done)
    assert any(key.startswith("c") for key in done)


def test_nothing_overtakes_a_message_that_was_tried_before(integration):
    flood(integration, 100)
    [tried] = store(integration, event("x"))
    InboundMessage.objects.filter(pk=tried.pk).update(attempts=1)
    [end] = store(integration, event("x", "resolve"))

    engine.process_pending()

    assert state(end) == "pending"


@pytest.mark.parametrize(("action", "severity"), [("trigger", "critical"), ("resolve", "")])
def test_in_the_spool_it_does_not_wait_for_the_pace(integration, action, severity):
    store(integration, event("c"))
    work()
    paced = flood(integration, 5, ready_in_s=60)
    [urgent] = store(integration, event("c", action, severity), ready_in_s=600)

    work()

    assert state(urgent) != "pending"
    assert {state(row) for row in paced} == {"pending"}


def test_a_full_spool_keeps_room_for_what_is_critical_or_over(client, settings):
    settings.INBOUND_BACKLOG_LIMIT = 20
    integration = make_integration("events-api-v2", rate_limit=60)
    flood(integration, 20, ready_in_s=60)
    now = timezone.now()
    RateWindow.objects.create(
        integration=integration,
        started_at=now,
        hits=100,
        backlog_until=now + timedelta(seconds=30),
        rejected_since=now,
    )

    for number in range(3):
        post_event(client, integration, event(f"more{number}"))
    post_event(client, integration, event("c", severity="critical"))
    post_event(client, integration, event("w1", "resolve"))
    work()

    assert Integration.objects.get(pk=integration.pk).dropped_count == 3
    assert order()[0] in ("c", "w1")
    assert set(order()) == {"c", "w1"}


def test_the_words_of_a_template_tell_what_may_be_urgent():
    rules = {
        "severity": {"default": "warning", "map": {"P1": "critical", "P2": "error"}},
        "close_when": {"values": ["online"]},
    }
    pattern = urgent_pattern(rules)

    assert pattern.search(b'{"level": "p1"}')
    assert pattern.search(b'{"state": "online"}')
    assert not pattern.search(b'{"level": "p2", "state": "offline"}')
    assert urgent_pattern({"severity": {"default": "critical"}}).search(b"anything")


def test_a_long_queue_is_looked_at_in_little_time(integration):
    flood(integration, 2000)
    parser = engine.MessageParser()
    began_at = time.process_time()
    while not lookahead._queues or lookahead._queues[integration.pk].last_id == 0:
        lookahead.claim_urgent(integration.pk, parser, timezone.now(), limit=10)

    assert time.process_time() - began_at < 2.0


def test_what_another_engine_has_worked_off_is_no_barrier(integration):
    [command] = store(integration, event("x"))
    InboundMessage.objects.filter(pk=command.pk).update(route="opsgenie-act")
    flood(integration, 60)
    [critical] = store(integration, event("c", severity="critical"))
    turns(1)
    InboundMessage.objects.filter(pk__lte=command.pk + 30).update(status="mapped")

    turns(3)

    assert state(critical) == "mapped"


def test_an_end_behind_a_backlog_comes_before_the_second_step(integration):
    first, second = make_user(), make_user()
    ServicePolicy.objects.create(service=integration.service, policy=make_policy(first, second))
    store(integration, event("x", severity="critical"))
    work()
    flood(integration, 600)
    store(integration, event("x", "resolve"))

    turns(3)
    incident = Incident.objects.get(alerts__dedup_key="x")
    advance_due(incident.opened_at + timedelta(minutes=6))

    assert incident.status == "resolved"
    assert not Notification.objects.filter(incident=incident, user=second).exists()
