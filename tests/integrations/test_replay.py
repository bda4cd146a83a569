import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import Alert, Incident
from integrations.models import InboundMessage, Result
from integrations.setup import integrations, replay
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_user, minutes
from tests.integrations.posting import FAILURE, log, post, work
from tests.tasks import queued

pytestmark = pytest.mark.django_db


def make_message(client, **fields):
    integration = make_integration(service=make_service(make_policy(make_user())), **fields)
    post(client, integration, FAILURE)
    return InboundMessage.objects.get()


def test_a_dry_replay_says_what_would_happen_and_changes_nothing(client):
    message = make_message(client)

    results = replay.dry_run(message.pk)

    assert [one.result for one in results] == [Result.OPENED]
    assert not Incident.objects.exists()
    assert not Notification.objects.exists()
    assert queued() == []
    message.refresh_from_db()
    assert message.status == "pending"


def test_a_dry_replay_of_what_cannot_be_read_says_why(client):
    post(client, make_integration(), '{"half": ')
    message = InboundMessage.objects.get()

    (found,) = replay.dry_run(message.pk)

    assert found.result == Result.UNREADABLE
    assert "line 1" in found.reason


def test_a_replay_for_real_is_a_new_message_that_points_at_the_old_one(client):
    message = make_message(client)
    work()

    again = replay.replay(message.pk)

    assert (again.replay_of, again.route) == (message, "replay")
    assert log() == ["Mapped (opened)", "Mapped Appended"]
    assert Alert.objects.get().count == 2


def test_a_replay_is_by_todays_rules(client):
    message = make_message(client)
    work()
    rules = message.integration.rules
    for shape in rules["variants"]:
        shape["close_when"] = {"values": ["ALERT_FAILURE"]}
    integrations.change_rules(message.integration_id, rules)

    replay.replay(message.pk)

    assert log()[-1] == "Mapped (closed)"


def test_a_replay_is_neither_counted_nor_taken_for_a_retry(client):
    integration = make_integration(rate_limit=1)
    for _ in range(2):
        post(client, integration, FAILURE)
    work(now=timezone.now() + minutes(5))
    refused = InboundMessage.objects.latest("pk")

    again = replay.replay(refused.pk)

    assert (refused.answer, again.answer) == (429, 202)
    assert again.get_status_display() == "Mapped Appended"


def test_what_has_no_integration_any_more_cannot_be_replayed(client):
    message = make_message(client)
    message.integration.delete()

    with pytest.raises(InvalidRequest):
        replay.dry_run(message.pk)


@pytest.mark.parametrize(("name", "status"), [("open", "opened"), ("close", "closed")])
def test_a_sample_takes_the_real_path_and_is_marked_as_a_test(name, status):
    integration = make_integration()
    if name == "close":
        replay.send_sample(integration.pk)

    message = replay.send_sample(integration.pk, name)

    assert (message.action, message.is_test) == (status, True)
    assert Incident.objects.get().is_test


def test_a_sample_that_the_template_has_not_is_refused():
    with pytest.raises(InvalidRequest):
        replay.send_sample(make_integration().pk, "no such sample")


def test_a_disabled_integration_rejects_its_sample():
    message = replay.send_sample(make_integration(is_enabled=False).pk)

    assert message.get_status_display() == "Rejected"


def test_the_preview_explains_each_event():
    (explained,) = replay.preview(make_integration(), FAILURE)

    assert "ALERT_FAILURE" in str(explained)
