"""Settings, Notifications: the channels with their accounts, and a test to oneself."""

import pytest
from django.utils import timezone

from incidents.models import User
from notifications.models import Lane
from tests.api import make_person
from tests.notifications.accounts import make_phone, make_provider, twilio

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db
SMS = "/settings/notifications/sms/"


@pytest.fixture
def admin(client):
    client.force_login(make_person("App Admin"))
    return client


def test_each_channel_is_listed_with_what_carries_it(admin, monkeypatch):
    make_provider("Main account")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "1" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t0ken")
    monkeypatch.setenv("TWILIO_PHONE_NUMBER", "+15005550006")

    hub = admin.get("/settings/").content.decode()
    channels = admin.get("/settings/notifications/").content.decode()
    page = admin.get(SMS).content.decode()

    assert 'href="/settings/notifications/"' in hub
    assert f'href="{SMS}"' in channels
    assert "Main account" in page
    assert "Twilio (environment)" in page
    assert "set by variables, not here" in page
    assert "t0ken" not in page


def test_an_account_that_fails_says_why(admin):
    make_provider("Main")
    now = timezone.now()
    Lane.objects.create(
        key="sms: Main", failures=2, failing_since=now, failed_at=now, opened_until=now,
        last_error="Twilio: Authenticate (20003)",
    )  # fmt: skip

    page = admin.get("/settings/notifications/").content.decode()

    assert "Twilio: Authenticate (20003)" in page


def test_a_test_goes_to_the_first_address_of_whoever_asks(admin, twilio):
    make_provider()
    without = admin.post(f"{SMS}test/", follow=True).content.decode()
    make_phone(user=User.objects.get())

    answer = admin.post(f"{SMS}test/", follow=True)
    done = answer.content.decode()

    assert "You have no address on this channel" in without
    assert "Twilio accepted a test for +4915112345678 as SM1" in done
    assert answer.redirect_chain[-1][0] == SMS


def test_a_saved_account_leads_to_where_it_is_tested(admin):
    row = make_provider("Main")
    form = {"name": "Main account", "config_account_sid": "AC" + "1" * 32, "position": 0,
            "config_sender": "+15005550006", "is_enabled": "on", "currency": ""}  # fmt: skip

    answer = admin.post(f"/admin/notifications/provider/{row.pk}/change/", form)

    assert answer.url == SMS


def test_no_test_is_offered_of_an_account_that_is_disabled(admin):
    row = make_provider("Main")
    offered = admin.get(SMS).content.decode()
    row.is_enabled = False
    row.save()

    assert "Send Test SMS" in offered
    assert "Send Test SMS" not in admin.get(SMS).content.decode()


def test_who_adds_an_address_that_nothing_carries_is_told_so_before(admin):
    add = "/me/contact-methods/add/sms/"
    before = admin.get(add).content.decode()
    make_provider()

    assert "Nothing carries SMS yet" in before
    assert f'href="{SMS}"' in before
    assert "Nothing carries" not in admin.get(add).content.decode()


def test_a_channel_that_nothing_carries_is_not_there(admin):
    assert admin.get("/settings/notifications/webhook/").status_code == 404
