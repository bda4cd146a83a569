"""A signed message that comes again after its alert has closed opens nothing."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import Alert
from integrations.models import InboundMessage
from integrations.setup import replay
from tests.api import owner
from tests.factories import make_integration
from tests.integrations.pages import admin_browser, text_of
from tests.integrations.posting import FAILURE, RECOVERY, log, post, work
from tests.integrations.signing import SENDERS, secret_for

pytestmark = pytest.mark.django_db


def make(provider="generic", **fields):
    return make_integration(
        template="odown",
        signature_provider=provider,
        signature_secret=secret_for(provider),
        **fields,
    )


def send(client, integration, body, provider="generic", at=None):
    content = json.dumps(body).encode()
    headers = SENDERS[provider](secret_for(provider), content, int(at or time.time()))
    answer = post(client, integration, content, headers=headers)
    assert answer.status_code == 202, answer.content
    return answer


def episode(client, integration, **options):
    for body in (FAILURE, RECOVERY):
        send(client, integration, body, **options)
        work()


def later(hours):
    """As if all that came had come so many hours before."""
    for row in InboundMessage.objects.all():
        row.received_at -= timedelta(hours=hours)
        row.save(update_fields=["received_at"])


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


def opening(number):
    return {**FAILURE, "started_at": f"2026-03-02T10:00:0{number}Z"}


def ending(number):
    return {**RECOVERY, "ended_at": f"2026-03-02T11:00:0{number}Z"}


def send_all(client, integration, *bodies, at_once=False, **options):
    for body in bodies:
        send(client, integration, body, **options)
        if not at_once:
            work()
    work()


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


def test_a_person_may_replay_an_end_from_the_log(client):
    integration = make()
    send_all(client, integration, opening(1), ending(1), opening(2))

    replay.replay(InboundMessage.objects.order_by("pk")[1].pk)

    assert not Alert.objects.open().exists()


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
