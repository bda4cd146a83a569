"""What providers say later of a message: delivered, not delivered, or nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from incidents.actions import respond
from notifications.actions import receipts
from notifications.choices import ReceiptState
from notifications.models import EarlyReceipt, Notification, Provider
from notifications.receipts import Receipt
from tests.notifications.accounts import (
    make_mail,
    make_page,
    make_phone,
    make_provider,
    send,
    sent_page,
    twilio,
)

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db


def note(state, provider_id="SM1", **fields):
    key = str(Provider.objects.get().pk)
    receipts.note(key, Receipt(provider_id=provider_id, state=ReceiptState(state), **fields))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["read", "delivered"], "read"),
        (["sent", "failed", "sent"], "failed"),
        (["delivered", "delivered"], "delivered"),
    ],
)
def test_a_receipt_never_goes_back_whatever_the_order(twilio, said, kept):
    row = sent_page(twilio)

    for state in said:
        note(state)

    row.refresh_from_db()
    assert row.attempts.get().receipt == kept
    assert row.state == ("failed" if kept == "failed" else "delivered")


def test_what_is_said_before_the_acceptance_is_written_down_is_noted_after_it(twilio):
    make_provider()
    at = timezone.now() - timedelta(seconds=7)
    note("delivered", at=at, price=Decimal("0.079"), currency="EUR")
    assert EarlyReceipt.objects.count() == 1
    row = send(make_page(make_phone()))

    receipts.match_early(timezone.now())

    row.refresh_from_db()
    attempt = row.attempts.get()
    assert row.state == "delivered"
    assert (attempt.receipt_at, attempt.price, attempt.currency) == (at, Decimal("0.079"), "EUR")
    assert not EarlyReceipt.objects.exists()


def test_what_was_accepted_and_not_delivered_goes_by_the_next_way_at_once(twilio):
    row = sent_page(twilio)
    mail = make_mail(row.user)

    note("failed", code="30003")

    row.refresh_from_db()
    assert row.error == "It was accepted, but not delivered (30003)"
    assert Notification.objects.filter(contact_method=mail, incident=row.incident).count() == 1


def test_after_silence_the_next_way_is_used_in_addition_and_once(twilio):
    row = sent_page(twilio)
    mail = make_mail(row.user)
    now = row.attempts.get().receipt_due_at

    early = receipts.use_next_way_of_silent(now - timedelta(seconds=1))
    found = [receipts.use_next_way_of_silent(now) for _ in range(2)]

    row.refresh_from_db()
    assert (early, found, row.state) == (0, [1, 0], "sent")
    assert Notification.objects.filter(contact_method=mail).count() == 1


def test_silence_about_what_somebody_has_by_now_pages_nobody(twilio):
    row = sent_page(twilio)
    make_mail(row.user)
    respond.acknowledge(row.incident_id, by=row.user)

    receipts.use_next_way_of_silent(timezone.now() + timedelta(minutes=2))

    assert (
        Notification.objects.exclude(channel="sms").filter(event="incident.triggered").count() == 0
    )
