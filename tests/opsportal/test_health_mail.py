"""The mail_receiver is looked after only where there is something for it to do."""

import pytest
from django.utils import timezone

from escalation.actions import process_health
from integrations.mail import mail_receiver
from integrations.models import MailAccount
from opsportal.runtime import health
from opsportal.runtime.supervisor import Supervisor
from tests.factories import minutes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    process_health.record_heartbeat("scheduler", now=timezone.now())


def condition():
    return health.examine(timezone.now()).get(mail_receiver.PART)


def test_without_anything_to_do_it_is_not_missed():
    assert condition() is None


@pytest.mark.parametrize("way", ["smtp", "imap"])
def test_where_it_is_set_up_and_silent_the_portal_says_so(settings, way):
    if way == "smtp":
        settings.INBOUND_SMTP = "127.0.0.1:2525"
    else:
        MailAccount.objects.create(name="Ops", host="h", username="u", password="p")

    assert not condition().ok
    process_health.record_heartbeat(mail_receiver.PART, now=timezone.now() - minutes(1))
    assert "silent" in condition().note
    assert any(line.startswith("mail_receiver: has been silent") for line in health.problems())
    process_health.record_heartbeat(mail_receiver.PART, now=timezone.now())
    assert condition().ok


def test_a_disabled_account_asks_for_nothing():
    MailAccount.objects.create(name="Ops", host="h", username="u", password="p", is_enabled=False)

    assert not mail_receiver.is_wanted()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("2525", ("127.0.0.1", 2525)),
        ("0.0.0.0:25", ("0.0.0.0", 25)),
        ("[::1]:2525", ("::1", 2525)),
        (":2525", ("127.0.0.1", 2525)),
    ],
)
def test_where_the_receiver_listens(settings, text, place):
    settings.INBOUND_SMTP = text

    assert mail_receiver.listen_address() == place


def test_a_part_is_added_to_the_supervisor_once():
    quiet = {
        name: lambda *_: None for name in ("before_fork", "on_change", "on_tick", "when_ready")
    }
    supervisor = Supervisor({}, is_ready=lambda: True, **quiet)

    supervisor.add("mail_receiver", print)
    first = supervisor.services["mail_receiver"]
    supervisor.add("mail_receiver", repr)

    assert supervisor.services == {"mail_receiver": first}
    supervisor.selector.close()
