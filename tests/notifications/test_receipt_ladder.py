"""How far each page came, as the incident shows it."""

import pytest
from django.utils import timezone

from notifications.actions import receipts
from notifications.choices import ReceiptState
from notifications.models import Attempt, Notification
from notifications.receipt_ladder import ladders_of
from notifications.receipts import Receipt
from tests.factories import make_incident
from tests.notifications.accounts import make_page, make_phone, make_provider, sent_page, twilio
from tests.pages import browser, make_person, words

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db


def rungs_of(row):
    """→ the names and words of the rungs of the only ladder."""
    rows = Notification.objects.filter(pk=row.pk).prefetch_related("attempts")
    (ladder,) = ladders_of(rows)
    return [(rung.name, rung.words) for rung in ladder.rungs]


def note(row, state, code=""):
    attempt = row.attempts.get()
    receipt = Receipt(provider_id=attempt.provider_id, state=state, code=code)
    receipts.note(attempt.provider, receipt)


def test_what_was_taken_is_sent_and_accepted(twilio):
    assert rungs_of(sent_page(twilio)) == [("Sent", ""), ("Accepted", "Main")]


@pytest.mark.parametrize(
    ("state", "last"),
    [
        (ReceiptState.DELIVERED, [("Delivered", "")]),
        (ReceiptState.READ, [("Delivered", ""), ("Read", "")]),
    ],
)
def test_receipts_are_the_rungs_above(twilio, state, last):
    row = sent_page(twilio)

    note(row, state)

    assert rungs_of(row) == [("Sent", ""), ("Accepted", "Main"), *last]


def test_a_failure_has_the_provider_s_words(twilio):
    row = sent_page(twilio)

    note(row, ReceiptState.FAILED, "30003 Unreachable")

    assert rungs_of(row)[-1] == ("Not delivered", "30003 Unreachable")


def test_what_was_refused_says_why():
    row = make_page(make_phone())
    now = timezone.now()
    Attempt.objects.create(
        notification=row, number=1, started_at=now, finished_at=now, outcome="refused"
    )
    Notification.objects.filter(pk=row.pk).update(
        state="failed", next_attempt_at=None, error="Twilio: not a number (21211)"
    )

    assert rungs_of(row) == [("Sent", ""), ("Failed", "Twilio: not a number (21211)")]


def test_of_one_address_the_latest_page_counts_and_news_is_none():
    method, incident = make_phone(), make_incident()
    make_page(method, incident)
    later = Notification.objects.get()
    later.pk, later.page_key = None, "later"
    later.save()
    make_page(make_phone("+4915112345679"), incident, is_announcement=True)

    ladders = ladders_of(Notification.objects.prefetch_related("attempts"))

    assert [ladder.row.page_key for ladder in ladders] == ["later"]


def test_the_incident_shows_it(twilio):
    row = sent_page(twilio)
    note(row, ReceiptState.READ)
    reader = browser(make_person("App Admin"))

    page = words(reader.get(row.incident.get_absolute_url()))

    assert "How far it came" in page
    assert "Accepted" in page
    assert "by Main → Delivered → Read" in page


def test_what_waits_for_a_limit_says_until_when():
    make_provider()
    row = make_page(make_phone(), waits_for_rate=True, error="Main takes 1 a second")
    reader = browser(make_person("App Admin"))

    page = words(reader.get(row.incident.get_absolute_url()))

    assert "waits for a limit of its provider until" in page
    assert "Main takes 1 a second" in page
