from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from escalation.models import Run
from incidents.errors import InvalidRequest
from incidents.models import Alert, Change, Incident, TimelineEntry
from integrations.engine import engine
from integrations.inbound import retention
from integrations.models import InboundMessage
from integrations.setup import replay
from notifications.models import Notification
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, RECOVERY, post
from tests.threads import race

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def age(message, days):
    at = timezone.now() - days * DAY
    InboundMessage.objects.filter(pk=message.pk).update(received_at=at)


def stored(client, integration, body=FAILURE):
    post(client, integration, body)
    engine.process_pending()
    return InboundMessage.objects.latest("pk")


def test_a_message_goes_when_it_is_older_than_messages_are_kept(client):
    integration = make_integration()
    old, young = stored(client, integration), stored(client, integration)
    age(old, 401)
    age(young, 399)

    assert retention.prune(timezone.now()) >= 1

    assert list(InboundMessage.objects.values_list("pk", flat=True)) == [young.pk]


def test_a_body_goes_before_its_message_and_what_became_of_it_stays(client):
    message = stored(client, make_integration())
    age(message, 91)

    retention.prune(timezone.now())

    message.refresh_from_db()
    assert (bytes(message.body), message.headers, message.is_body_pruned) == (b"", {}, True)
    assert (message.status, message.action) == ("mapped", "opened")
    with pytest.raises(InvalidRequest, match="deleted"):
        replay.dry_run(message.pk)


def test_zero_days_keep_everything_for_ever(client):
    retention.change_retention(message_days=0, body_days=0, alert_days=0)
    message = stored(client, make_integration())
    age(message, 5000)

    assert retention.prune(timezone.now()) == 0

    assert bytes(InboundMessage.objects.get().body)


def test_what_is_pending_is_never_pruned_however_old_it_is(client):
    post(client, make_integration(), FAILURE)
    message = InboundMessage.objects.get()
    age(message, 5000)

    retention.prune(timezone.now())

    assert bytes(InboundMessage.objects.get().body)


def test_a_resolved_incident_goes_with_everything_that_belongs_to_it(client):
    integration = make_integration()
    stored(client, integration)
    stored(client, integration, RECOVERY)
    Incident.objects.update(resolved_at=timezone.now() - 401 * DAY)

    retention.prune(timezone.now())

    for model in (Incident, Alert, Run, TimelineEntry, Notification):
        assert not model.objects.exists()
    assert InboundMessage.objects.filter(incident=None).count() == 2


def test_an_open_incident_is_kept_however_old_it_is(client):
    stored(client, make_integration())
    Incident.objects.update(opened_at=timezone.now() - 5000 * DAY)

    retention.prune(timezone.now())

    assert Incident.objects.count() == 1


def test_a_message_goes_although_a_replay_of_it_stays(client):
    message = stored(client, make_integration())
    copy = replay.replay(message.pk)
    age(message, 401)

    retention.prune(timezone.now())

    assert InboundMessage.objects.get().pk == copy.pk


def test_changes_are_kept_as_long_as_closed_alerts():
    service = make_integration().service
    for days in (401, 399):
        Change.objects.create(service=service, summary="v2", at=timezone.now() - days * DAY)

    retention.prune(timezone.now())

    assert Change.objects.count() == 1


def test_bodies_are_not_looked_for_again_where_they_were_dropped(client):
    integration = make_integration()
    for _ in range(3):
        age(stored(client, integration), 100)

    assert retention.prune(timezone.now()) == 3

    assert retention.prune(timezone.now()) == 0
    assert retention.retention().bodies_until is not None


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_left_for_the_next_time(client):
    message = stored(client, make_integration())
    age(message, 401)

    with transaction.atomic():
        InboundMessage.objects.select_for_update().get()
        [meanwhile] = race(lambda: retention.prune(timezone.now()))

    assert meanwhile == 0
    assert retention.prune(timezone.now()) == 1
