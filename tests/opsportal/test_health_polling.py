"""The chat_poller is looked after only where there is something for it to do."""

import pytest
from django.utils import timezone

from escalation.actions import process_health
from notifications.models import Provider
from notifications.providers import find_provider
from opsportal.runtime import chat_poller, health
from tests.factories import minutes

pytestmark = pytest.mark.django_db
EXAMPLE = find_provider("telegram", "telegram").example


@pytest.fixture(autouse=True)
def clock():
    process_health.record_heartbeat("scheduler", now=timezone.now())


def condition():
    return health.examine(timezone.now()).get(chat_poller.PART)


def make_bot(**fields):
    config = EXAMPLE | {"polls": True}
    return Provider.objects.create(
        channel="telegram", kind="telegram", name="t", config=config, **fields
    )


def test_without_anything_to_do_it_is_not_missed():
    Provider.objects.create(channel="telegram", kind="telegram", name="t", config=EXAMPLE)

    assert condition() is None
    assert not chat_poller.is_wanted()


@pytest.mark.parametrize("way", ["row", "environment"])
def test_where_it_is_set_up_and_silent_the_portal_says_so(monkeypatch, way):
    if way == "row":
        make_bot()
    else:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", EXAMPLE["token"])
        monkeypatch.setenv("TELEGRAM_POLLING", "true")

    assert chat_poller.is_wanted()
    assert not condition().ok
    process_health.record_heartbeat(chat_poller.PART, now=timezone.now() - minutes(1))
    assert "silent" in condition().note
    process_health.record_heartbeat(chat_poller.PART, now=timezone.now())
    assert condition().ok
    assert health.examine(timezone.now()).get("mail_receiver") is None


def test_a_disabled_account_asks_for_nothing():
    make_bot(is_enabled=False)

    assert condition() is None
    assert not chat_poller.is_wanted()
