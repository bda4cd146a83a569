from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations.inbound import rate_limit
from integrations.models import InboundMessage, Integration, RateWindow
from integrations.setup import replay
from tests.factories import make_integration, minutes
from tests.integrations.posting import FAILURE, RECOVERY, event, log, post, post_event, work

pytestmark = pytest.mark.django_db


def failure(number):
    return {"event": "ALERT_FAILURE", "monitor": {"id": number, "name": "Shop"}}


def an_hour_later(integration):
    """What the window looks like when an hour has passed."""
    hour = timedelta(hours=1)
    RateWindow.objects.filter(integration=integration).update(
        started_at=F("started_at") - hour,
        backlog_until=F("backlog_until") - hour,
        rejected_since=F("rejected_since") - hour,
    )


def test_the_121st_message_of_a_minute_is_429_and_yet_in_the_log(client):
    integration = make_integration()

    answers = [post(client, integration, failure(number)) for number in range(121)]

    assert {answer.status_code for answer in answers[:120]} == {202}
    last = answers[120]
    assert (last.status_code, last.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(last["Retry-After"]) <= 60
    message = InboundMessage.objects.latest("pk")
    assert (message.pk, message.status) == (last.json()["message_id"], "pending")


def test_what_was_refused_with_429_is_worked_off_in_its_order(client):
    integration = make_integration(rate_limit=2)
    rules = integration.rules
    for variant in rules["variants"]:  # What is critical does not wait for the pace.
        variant["severity"] = {"default": "warning"}
    Integration.objects.filter(pk=integration.pk).update(rules=rules)
    for number in range(5):
        post(client, integration, failure(number))

    at_once = work()
    work(now=timezone.now() + minutes(5))

    assert at_once == 2
    ids = list(Alert.objects.order_by("pk").values_list("source_id", flat=True))
    assert ids == ["0", "1", "2", "3", "4"]
    messages = InboundMessage.objects.filter(answer=429).order_by("pk")
    first, *rest = [message.ready_at for message in messages]
    assert all((at - first) / 30 == timedelta(seconds=n + 1) for n, at in enumerate(rest))


def test_what_comes_after_the_spool_queues_behind_it(client):
    integration = make_integration(rate_limit=1)
    for number in range(3):
        post(client, integration, failure(number))
    RateWindow.objects.update(started_at=F("started_at") - minutes(2))

    answer = post(client, integration, failure(3))

    assert answer.status_code == 202
    spooled, late = InboundMessage.objects.order_by("-pk").values_list("ready_at", flat=True)[:2]
    assert spooled >= late > timezone.now()


def test_an_event_that_has_to_queue_is_answered_as_pending_and_overtakes_nobody(client):
    integration = make_integration("events-api-v2", rate_limit=1)
    post_event(client, integration, event(key="other"))
    refused = post_event(client, integration, event())
    RateWindow.objects.update(started_at=F("started_at") - minutes(2))

    answer = post_event(client, integration, event("resolve"))
    work(now=timezone.now() + minutes(10))

    assert (refused.status_code, answer.status_code) == (429, 202)
    assert answer.json()["result"]["action"] == "pending"
    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapped (closed)"]


def test_the_same_body_again_after_429_is_ignored_as_a_retry(client):
    integration = make_integration(rate_limit=1)
    post(client, integration, failure(1))
    post(client, integration, failure(2))

    post(client, integration, failure(2))
    work(now=timezone.now() + minutes(5))

    assert log() == ["Mapped (opened)", "Mapped (opened)", "Mapped Ignored (retry)"]
    assert Alert.objects.get(source_id="2").count == 1
    first = InboundMessage.objects.filter(answer=429).earliest("pk")
    reason = InboundMessage.objects.latest("pk").reason
    assert reason == f"The sender repeats message {first.pk}"


def test_the_same_body_much_later_is_a_message_of_its_own(client):
    integration = make_integration(rate_limit=1)
    post(client, integration, failure(1))
    post(client, integration, failure(2))
    InboundMessage.objects.update(received_at=timezone.now() - minutes(16))
    an_hour_later(integration)

    post(client, integration, failure(2))
    work(now=timezone.now() + minutes(5))

    assert log()[-1] == "Mapped Appended"


def test_a_trouble_that_comes_back_is_no_retry(client):
    """The same words after the recovery: rather one page too many than one too few."""
    integration = make_integration(rate_limit=1)
    post(client, integration, failure(1))
    for body in (failure(2), {**failure(2), "event": "ALERT_RECOVERY"}, failure(2)):
        post(client, integration, body)

    work(now=timezone.now() + minutes(10))

    assert log()[1:] == ["Mapped (opened)", "Mapped (closed)", "Mapped (opened)"]


def test_past_the_bound_of_the_spool_the_loss_is_counted(client, settings):
    settings.INBOUND_BACKLOG_LIMIT = 3
    integration = make_integration(rate_limit=60)
    RateWindow.objects.create(
        integration=integration,
        started_at=timezone.now(),
        hits=60,
        backlog_until=timezone.now() - minutes(1),
        rejected_since=timezone.now(),
    )

    answers = [post(client, integration, FAILURE) for _ in range(8)]

    until = RateWindow.objects.get().backlog_until
    assert until < timezone.now() + timedelta(seconds=5), "what is lost takes no place in the spool"
    assert {answer.status_code for answer in answers} == {429}
    assert all(answer["Retry-After"] for answer in answers)
    integration.refresh_from_db()
    assert InboundMessage.objects.count() == 3
    assert integration.dropped_count == 5


def test_a_limit_of_zero_is_none(client):
    integration = make_integration(rate_limit=0)

    answers = {post(client, integration, FAILURE).status_code for _ in range(130)}

    assert answers == {202}


def test_the_limit_of_the_portal_holds_where_the_integration_says_nothing(client, settings):
    settings.INBOUND_RATE_LIMIT = 2
    integration = make_integration()

    answers = [post(client, integration, FAILURE).status_code for _ in range(3)]

    assert answers == [202, 202, 429]


def test_integrations_do_not_share_a_limit(client):
    busy, calm = make_integration(rate_limit=1), make_integration(rate_limit=1)
    for _ in range(3):
        post(client, busy, FAILURE)

    assert post(client, calm, RECOVERY).status_code == 202


@pytest.mark.parametrize(
    ("seconds_ago", "before", "allowed"),
    [
        (0, 0, True),
        (30, 0, True),
        (61, 10, False),  # Ten in the minute before weigh nearly all of their weight.
        (90, 10, True),  # Half a minute later they weigh half.
        (121, 10, True),
    ],
)
def test_the_minute_before_weighs_less_and_less(seconds_ago, before, allowed):
    integration = make_integration()
    now = timezone.now()
    RateWindow.objects.create(
        integration=integration,
        started_at=now - timedelta(seconds=seconds_ago),
        hits=before,
        backlog_until=now,
        rejected_since=now,
    )

    assert rate_limit.admit(integration.pk, 9).allowed == allowed


def test_a_person_who_tests_is_not_counted(client):
    integration = make_integration(rate_limit=1)
    post(client, integration, FAILURE)

    message = replay.send_sample(integration.pk)

    assert message.get_status_display() == "Mapped"
    assert Incident.objects.get().is_test
