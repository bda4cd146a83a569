"""A signed message that comes again after its alert has closed opens nothing."""

import time

import pytest
from django.utils import timezone

from incidents.models import Alert
from integrations.models import InboundMessage
from integrations.setup import replay
from tests.api import owner
from tests.factories import make_integration
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.integrations.replays import episode, later, make, send

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("provider", ["generic", "github", "gitlab"])
@pytest.mark.parametrize("hours", [0, 23])
def test_it_opens_nothing_and_the_log_names_the_message_that_it_repeats(client, provider, hours):
    integration = make(provider)
    episode(client, integration, provider=provider)
    later(hours)

    send(client, integration, FAILURE, provider=provider)
    work()

    last = InboundMessage.objects.latest("pk")
    first = InboundMessage.objects.earliest("pk")
    assert log() == ["Mapped (opened)", "Mapped (closed)", "Mapped Ignored"]
    assert last.reason == f"a replay: message {first.pk} was the same, and its alert has closed"
    assert not Alert.objects.open().exists()


def test_it_is_known_too_where_all_is_worked_off_at_once(client):
    integration = make()
    for body in (FAILURE, RECOVERY, FAILURE):
        send(client, integration, body)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)", "Mapped Ignored"]


def test_while_its_alert_is_open_it_counts_as_a_repetition(client):
    integration = make()
    for _ in range(2):
        send(client, integration, FAILURE)
        work()

    assert log() == ["Mapped (opened)", "Mapped Appended"]
    assert Alert.objects.get().count == 2


def test_after_a_day_it_is_forgotten(client):
    integration = make()
    episode(client, integration)
    later(25)

    send(client, integration, FAILURE)
    work()

    assert log()[-1] == "Mapped (opened)"


def test_a_new_episode_differs_in_what_is_signed_and_opens(client):
    integration = make()
    episode(client, integration)

    send(client, integration, {**FAILURE, "started_at": "2026-03-02T10:00:00Z"})
    work()

    assert log()[-1] == "Mapped (opened)"


@pytest.mark.parametrize("provider", ["slack", "stripe", "zendesk"])
def test_a_time_that_is_signed_beside_the_body_tells_episodes_apart(client, provider):
    integration, now = make(provider), time.time()
    episode(client, integration, provider=provider, at=now - 60)

    send(client, integration, FAILURE, provider=provider, at=now - 60)
    work()
    replayed = log()[-1]
    send(client, integration, FAILURE, provider=provider, at=now)
    work()

    assert replayed == "Mapped Ignored"
    assert log()[-1] == "Mapped (opened)"


def test_without_a_signature_nothing_is_remembered(client):
    integration = make_integration(template="odown")
    for body in (FAILURE, RECOVERY, FAILURE):
        post(client, integration, body)
        work()

    assert log()[-1] == "Mapped (opened)"
    assert set(InboundMessage.objects.values_list("signed_digest", flat=True)) == {""}


def test_another_integration_with_the_same_secret_is_another_matter(client):
    episode(client, make())

    send(client, make(), FAILURE)
    work()

    assert log()[-1] == "Mapped (opened)"


def test_a_body_that_opened_nothing_before_is_no_replay(client):
    integration = make()
    send(client, integration, FAILURE)
    InboundMessage.objects.update(status="failed", processed_at=timezone.now())

    send(client, integration, FAILURE)
    work()

    assert log() == ["Mapping Failed", "Mapped (opened)"]


def test_a_person_may_replay_from_the_log(client):
    integration = make()
    episode(client, integration)

    copy = replay.replay(InboundMessage.objects.earliest("pk").pk)

    copy.refresh_from_db()
    assert copy.action == "opened"


def test_it_can_be_switched_off_on_the_page_and_by_the_api(client):
    integration = make()
    episode(client, integration)
    one, desk = f"/integrations/{integration.pk}/", admin_browser()
    page = text_of(desk.get(one))

    desk.post(f"{one}replays/", {"refuses": "0"})
    send(client, integration, FAILURE)
    work()
    shown = owner().get(f"/api/v1/integrations/{integration.pk}/").json()
    back = owner().patch(f"/api/v1/integrations/{integration.pk}/", {"refuses_replays": True})

    assert 'aria-checked="true" aria-label="Refuse replays"' in page
    assert log()[-1] == "Mapped (opened)"
    assert shown["refuses_replays"] is False
    assert back.json()["refuses_replays"] is True
