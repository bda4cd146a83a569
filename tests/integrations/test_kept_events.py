"""What a look at a long queue has mapped is kept for the turn of each message."""

import pytest
from django.utils import timezone

from incidents.models import Alert
from integrations.engine import engine, lookahead
from integrations.engine.parsed import MAX_LOOKED_AT_BYTES, LookedAt, OpenMessage
from integrations.engine.pipeline import kept_events
from integrations.mapping.variants import Variant
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.test_urgent_first import flood, store, turns

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def integration():
    lookahead._queues.clear()
    kept_events.__init__()
    yield make_integration("events-api-v2", rate_limit=0)
    kept_events.__init__()


@pytest.fixture
def mapped(monkeypatch):
    """The places of events that were mapped, one for each time."""
    places, event = [], Variant.event

    def count(self, scope, place):
        places.append(place)
        return event(self, scope, place)

    monkeypatch.setattr(Variant, "event", count)
    return places


def test_each_message_is_mapped_once(integration, mapped):
    flood(integration, 60)

    turns(3)

    assert Alert.objects.count() == 60
    assert len(mapped) == 60
    assert (kept_events.known, kept_events.held_bytes) == ({}, 0)


def test_after_a_change_of_the_integration_they_are_mapped_anew(integration, mapped):
    rows = flood(integration, 60)
    lookahead.claim_urgent(integration.pk, engine.MessageParser(), timezone.now(), limit=10)
    assert len(kept_events.known) == len(rows)

    integration.rules = {
        **integration.rules,
        "fields": {**integration.rules["fields"], "subject": {"static": "By new rules"}},
    }
    integration.changed_at = timezone.now()
    integration.save()
    turns(3)

    assert len(mapped) == 120
    assert set(Alert.objects.values_list("incident__title", flat=True)) == {"By new rules"}


def test_what_another_engine_worked_off_is_let_go(integration):
    rows = flood(integration, 60)
    lookahead.claim_urgent(integration.pk, engine.MessageParser(), timezone.now(), limit=10)
    InboundMessage.objects.filter(pk__in=[row.pk for row in rows]).update(status="mapped")

    lookahead.claim_urgent(integration.pk, engine.MessageParser(), timezone.now(), limit=10)

    assert (kept_events.known, kept_events.held_bytes) == ({}, 0)


def test_large_bodies_are_not_kept_past_the_bound(integration):
    kept, opened = LookedAt(), OpenMessage(integration, 0, lambda place: place)
    [small, large] = store(integration, {"event_action": "trigger"}, {"text": "x"})
    large.body = b"x" * MAX_LOOKED_AT_BYTES

    kept.keep(small, [integration], opened)
    kept.keep(large, [integration], opened)

    assert list(kept.known) == [small.pk]
    assert kept.take(small, [integration]) is opened
    assert kept.held_bytes == 0
