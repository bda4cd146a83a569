"""Receipts of messages in several parts, and how long they are waited for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.actions import receipts, record
from notifications.choices import ReceiptState
from notifications.models import Attempt, EarlyReceipt
from notifications.receipts import Accepted, Receipt
from tests.notifications.accounts import make_page, make_phone

pytestmark = pytest.mark.django_db


def accepted_page(segments, **fields):
    row = make_page(make_phone())
    record.claim([row], "sms: A", provider="1")
    accepted = Accepted(provider_id="r-1", segments=segments, **fields)
    record.record_success([row], accepted, receipt_within_s=60.0)
    return row


def note(part, state="delivered"):
    receipts.note("1", Receipt(provider_id="r-1", state=ReceiptState(state), part=part))


def known(row):
    row.refresh_from_db()
    return row.state, row.attempts.get().receipt


def test_a_message_is_delivered_once_each_of_its_parts_is():
    row = accepted_page(2)

    note("a")
    note("a")
    assert known(row) == ("sent", "sent")
    note("b")

    assert known(row) == ("delivered", "delivered")


def test_one_part_that_did_not_arrive_is_a_failure_of_the_message():
    row = accepted_page(2)

    note("a")
    note("b", "failed")
    note("b")

    assert known(row) == ("failed", "failed")


def test_parts_that_are_confirmed_before_the_acceptance_is_written_down_count():
    note("a")
    note("b")
    row = accepted_page(2)

    receipts.match_early(timezone.now())

    assert known(row) == ("delivered", "delivered")
    assert not EarlyReceipt.objects.exists()


@pytest.mark.parametrize(("said", "seconds"), [(None, 60), (0.0, 0), (90.0, 90)])
def test_an_answer_may_say_how_long_its_receipt_is_waited_for(said, seconds):
    row = accepted_page(1, receipt_within_s=said)

    attempt = Attempt.objects.get(notification=row)
    assert attempt.receipt_due_at - attempt.finished_at == timedelta(seconds=seconds)
