"""What is told to an address whose settings were encrypted with another key."""

import pytest

from notifications.actions import contact_methods
from notifications.models import Notification
from tests.factories import make_method, make_rule, make_shared_channel, make_user
from tests.keys import lose
from tests.notifications.test_fallback import tell, told
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


def test_a_page_to_an_address_that_cannot_be_read_goes_to_another_at_once(mail_server):
    alice = make_user()
    lost, other = alice.contact_methods.get(), make_method(alice)
    make_rule(lost)
    make_rule(other, after_minutes=10)
    lose(lost, "config")
    incident = tell(alice)

    run_tasks()

    row = Notification.objects.get(incident=incident, contact_method=lost)
    assert told(mail_server) == [other.config["address"]]
    assert row.state == Notification.State.FAILED
    assert "cannot be read" in row.error


def test_a_code_under_another_key_fails_and_is_not_sent_empty(mail_server):
    method = make_method(make_user(), is_verified=False)
    row = contact_methods.send_code(method.pk)
    row.facts = {"code": "gAAAAABnot-of-this-key"}
    row.save(update_fields=["facts"])

    run_tasks()

    row.refresh_from_db()
    assert told(mail_server) == []
    assert (row.state, "cannot be read" in row.error) == (Notification.State.FAILED, True)


def test_a_shared_channel_that_cannot_be_read_fails_with_its_reason():
    channel = make_shared_channel()
    lose(channel, "config")

    row = contact_methods.send_test(shared_channel_id=channel.pk)
    run_tasks()

    row.refresh_from_db()
    assert (row.state, "cannot be read" in row.error) == (Notification.State.FAILED, True)
