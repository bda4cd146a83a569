"""A signed end or acknowledgement that comes again does nothing to a later episode."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import restart
from incidents.actions import respond
from incidents.actions.restart import expire_acknowledgement
from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from integrations.setup import replay
from tests.factories import make_integration
from tests.integrations.posting import RECOVERY, event, log, post, work
from tests.integrations.replays import ending, later, make, opening, send_all

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("provider", ["generic", "github", "gitlab"])
@pytest.mark.parametrize("at_once", [False, True])
def test_the_end_of_an_earlier_episode_does_not_end_a_later_one(client, provider, at_once):
    integration = make(provider)
    bodies = [opening(1), ending(1), opening(2), ending(1)]

    send_all(client, integration, *bodies, at_once=at_once, provider=provider)

    last, end = InboundMessage.objects.order_by("-pk")[::2]
    assert log()[1:] == ["Mapped (closed)", "Mapped (opened)", "Mapped Ignored"]
    assert (
        last.reason == f"a replay: message {end.pk} was the same, and came before this alert opened"
    )
    assert Alert.objects.open().count() == 1

    send_all(client, integration, ending(2), provider=provider)
    assert not Alert.objects.open().exists()


def test_an_end_that_is_sent_twice_is_no_matter(client):
    integration = make()

    send_all(client, integration, opening(1), ending(1), ending(1))

    assert log() == ["Mapped (opened)", "Mapped (closed)", "Mapped Ignored"]


@pytest.mark.parametrize("at_once", [False, True])
def test_an_end_that_came_too_early_ends_what_it_is_about_when_it_comes_again(client, at_once):
    integration = make()

    send_all(client, integration, ending(1), opening(1), ending(1), at_once=at_once)

    assert log() == ["Mapped Ignored", "Mapped (opened)", "Mapped (closed)"]


def test_after_a_day_the_same_end_ends_again(client):
    integration = make()
    send_all(client, integration, opening(1), ending(1), opening(2))
    later(25)

    send_all(client, integration, ending(1))

    assert log()[-1] == "Mapped (closed)"


def test_a_time_that_is_signed_beside_it_tells_two_ends_apart(client):
    integration, now = make("slack"), time.time()
    send_all(client, integration, opening(1), RECOVERY, opening(2), provider="slack", at=now - 60)
    before = Alert.objects.open().count()

    send_all(client, integration, RECOVERY, provider="slack", at=now - 60)
    replayed = Alert.objects.open().count()
    send_all(client, integration, RECOVERY, provider="slack", at=now)

    assert (before, replayed, Alert.objects.open().count()) == (1, 1, 0)


def test_where_replays_are_not_refused_the_same_end_ends_each_episode(client):
    integration = make(refuses_replays=False)

    send_all(client, integration, opening(1), RECOVERY, opening(2), RECOVERY)

    assert log() == ["Mapped (opened)", "Mapped (closed)"] * 2


@pytest.mark.parametrize("at_once", [False, True])
def test_without_a_signature_the_same_end_ends_each_episode(client, at_once):
    integration = make_integration(template="odown")

    for body in (opening(1), RECOVERY, opening(2), RECOVERY):
        post(client, integration, body)
        if not at_once:
            work()
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"] * 2


def test_a_recorded_end_does_not_close_what_a_person_reopened(client):
    integration = make()
    send_all(client, integration, opening(1), ending(1))
    restart.reopen(Incident.objects.get().pk)
    end = InboundMessage.objects.latest("pk")

    send_all(client, integration, ending(1))

    assert log()[-1] == "Mapped Ignored"
    reason = f"a replay: message {end.pk} was the same, and this alert was reopened after it"
    assert InboundMessage.objects.latest("pk").reason == reason
    assert Incident.objects.get().is_open

    send_all(client, integration, ending(2))
    assert Incident.objects.get().is_resolved


PAGING_AGAIN = {
    "taken back": restart.unacknowledge,
    "run out": lambda pk: expire_acknowledgement(pk, "Nobody worked on it"),
    "put on hold": lambda pk: respond.snooze(pk, timezone.now() + timedelta(hours=1)),
}


@pytest.mark.parametrize("way", PAGING_AGAIN)
def test_a_recorded_acknowledgement_does_not_silence_what_pages_again(client, way):
    integration = make(template="events-api-v2")
    send_all(client, integration, event(), event("acknowledge"), event("acknowledge"))
    assert log()[1:] == ["Mapped (acknowledged)"] * 2

    PAGING_AGAIN[way](Incident.objects.get().pk)
    send_all(client, integration, event("acknowledge"))
    replayed = Incident.objects.get().status
    send_all(client, integration, {**event("acknowledge"), "sent_at": "10:30:00"})

    assert replayed == ("on_hold" if way == "put on hold" else "open")
    assert Incident.objects.get().status == "acknowledged"


def test_a_person_may_replay_an_end_from_the_log(client):
    integration = make()
    send_all(client, integration, opening(1), ending(1), opening(2))

    replay.replay(InboundMessage.objects.order_by("pk")[1].pk)

    assert not Alert.objects.open().exists()
