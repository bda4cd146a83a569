"""Callbacks about which a worker asks the provider: the web waits for nobody."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from notifications.actions import callbacks
from notifications.models import FollowUp
from notifications.page import MAX_ATTEMPTS
from notifications.providers.pushover import pushover
from tests.notifications.providers.fakes import Vendor, make_account, make_page, provider_of
from tests.tasks import queued, run_tasks

pytestmark = pytest.mark.django_db
PUSHOVER = provider_of("pushover", "pushover")
USER = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"
RECEIPT = "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"
ACKNOWLEDGED = {"status": 1, "acknowledged": 1, "acknowledged_by": USER}


@pytest.fixture
def vendor(receiver, monkeypatch):
    said = {"status": 1, "request": "r-1", "receipt": RECEIPT}
    vendor = Vendor(receiver, lambda *request: (200, said))
    monkeypatch.setattr(pushover, "API", vendor.url)
    return vendor


@pytest.fixture
def called_back(vendor, client):
    """A page that Pushover says somebody has acknowledged, and nobody has asked it about yet."""
    _row, path = make_account("pushover", "pushover", PUSHOVER.example)
    page = make_page("pushover", {"user_key": USER})
    form = "application/x-www-form-urlencoded"
    body = urlencode({"receipt": RECEIPT})
    answer = client.post(f"{path}?n={page.incident_id}", body, content_type=form)
    assert answer.status_code == 200
    return page


def status_of(page):
    page.incident.refresh_from_db()
    return page.incident.status


def test_the_callback_is_answered_before_anybody_is_asked(called_back, vendor):
    assert [path for path in vendor.paths if "receipts" in path] == []
    assert queued() == [(callbacks.FOLLOW_UP, (FollowUp.objects.get().pk,))]
    vendor.answers_with(200, ACKNOWLEDGED)

    run_tasks()

    assert status_of(called_back) == "acknowledged"
    assert not FollowUp.objects.exists()


def test_what_fails_is_asked_again_later_until_it_is_given_up(called_back, vendor):
    tries = 0
    while FollowUp.objects.exists():
        vendor.answers_with(500, {"status": 0})
        run_tasks()
        tries += 1
        row = FollowUp.objects.first()
        assert row is None or row.due_at > timezone.now()
        FollowUp.objects.update(due_at=timezone.now())
        callbacks.hand_over_due(timezone.now())

    assert (tries, status_of(called_back)) == (MAX_ATTEMPTS, "open")


def test_after_an_outage_it_is_done_all_the_same(called_back, vendor):
    vendor.answers_with(500, {"status": 0})
    run_tasks()
    vendor.answers_with(200, ACKNOWLEDGED)

    later = timezone.now() + timedelta(minutes=10)
    FollowUp.objects.update(due_at=timezone.now())
    callbacks.hand_over_due(later)
    run_tasks()

    assert status_of(called_back) == "acknowledged"


def test_what_is_refused_for_good_is_not_asked_again(called_back, vendor):
    vendor.answers_with(400, {"status": 0, "errors": ["receipt not found"]})

    run_tasks()

    assert not FollowUp.objects.exists()


def test_two_workers_ask_once(called_back, vendor):
    pk = FollowUp.objects.get().pk
    FollowUp.objects.update(due_at=timezone.now() + callbacks.LEASE)

    callbacks.run_follow_up(pk)

    assert [path for path in vendor.paths if "receipts" in path] == []


def test_the_follow_up_of_an_account_that_is_gone_is_dropped(called_back, vendor):
    FollowUp.objects.update(token="gone")

    run_tasks()

    assert not FollowUp.objects.exists()
