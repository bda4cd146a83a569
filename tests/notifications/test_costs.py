"""What messages cost by each account, and what is said of a limit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.cache import cache
from django.utils import timezone

from notifications.actions import costs, record
from notifications.models import Attempt, Notification, Provider
from notifications.provider_accounts import account_of
from notifications.receipts import Accepted
from opsportal.runtime import health
from tests.api import make_person, owner, script
from tests.notifications.accounts import (
    ACCEPTED,
    make_page,
    make_phone,
    make_provider,
    send,
    twilio,
)
from tests.notifications.servers import answer

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    cache.clear()
    yield
    cache.clear()


def priced(unit_price, accepted):
    row = Provider(
        channel="sms", kind="twilio", config={"x": 1}, unit_price=unit_price, currency="EUR"
    )
    found = account_of(row).priced(accepted)
    return found.price, found.currency


@pytest.mark.parametrize(
    ("unit_price", "accepted", "price"),
    [
        (Decimal("0.07"), Accepted(segments=2), (Decimal("0.14"), "EUR")),
        (Decimal("0.07"), Accepted(), (Decimal("0.07"), "EUR")),
        (
            Decimal("0.07"),
            Accepted(segments=2, price=Decimal("0.1"), currency="USD"),
            (Decimal("0.1"), "USD"),
        ),
        (None, Accepted(segments=2), (None, "")),
        (Decimal(0), Accepted(segments=2), (Decimal(0), "EUR")),
    ],
)
def test_the_price_of_the_account_counts_where_the_provider_names_none(unit_price, accepted, price):
    assert priced(unit_price, accepted) == price


def test_what_is_sent_costs_its_parts(twilio):
    make_provider(unit_price="0.07", currency="EUR")
    row = make_page(make_phone())

    send(row)

    attempt = row.attempts.get()
    assert (attempt.segments, attempt.price, attempt.currency) == (2, Decimal("0.14"), "EUR")


def spend(provider, price, *, currency="EUR", count=1):
    """A message to one person for so many incidents."""
    method = make_phone(f"+49151{Notification.objects.count():08}")
    rows = [make_page(method) for _ in range(count)]
    record.claim(rows, "sms: Main", provider=str(provider.pk))
    record.record_success(rows, Accepted(segments=1, price=Decimal(price), currency=currency))
    return rows


def spent(provider, now=None):
    return costs.spent([provider], now or timezone.now())[provider.pk]


def test_a_message_for_several_incidents_is_paid_for_once():
    main, other = make_provider(currency="EUR"), make_provider("Second", currency="EUR")
    spend(main, "0.07", count=3)
    spend(main, "0.03")
    spend(main, "5", currency="USD")
    spend(other, "9")

    assert spent(main) == Decimal("0.10")


def test_the_month_begins_anew_on_its_first_day_in_utc():
    main = make_provider(currency="EUR")
    rows = spend(main, "1") + spend(main, "2")
    first = datetime(2026, 5, 1, tzinfo=UTC)
    for row, at in zip(rows, (first - timedelta(seconds=1), first), strict=True):
        Attempt.objects.filter(notification=row).update(started_at=at)

    assert spent(main, first + timedelta(days=20)) == 2


@pytest.mark.parametrize(
    ("price", "fields", "said"),
    [
        ("7.99", {}, []),
        ("8", {}, ["Main has spent 8.00 of 10.00 EUR this month"]),
        ("12.5", {}, ["Main has spent 12.50 of 10.00 EUR this month"]),
        ("12.5", {"is_enabled": False}, []),
        ("12.5", {"monthly_limit": None}, []),
    ],
)
def test_every_page_says_what_is_near_its_limit(price, fields, said):
    main = make_provider(**{"currency": "EUR", "monthly_limit": "10", **fields})
    spend(main, price)

    assert costs.warnings(timezone.now()) == said
    assert [line for line in health.problems() if "has spent" in line] == said


def test_above_its_limit_a_page_goes_out_all_the_same(twilio):
    main = make_provider(currency="EUR", monthly_limit="1")
    spend(main, "100")
    twilio.behave = partial(answer, status=201, body=ACCEPTED)

    assert send(make_page(make_phone("+4915112345679"))).state == "sent"


def test_the_page_of_an_account_tells_what_was_spent(client):
    main = make_provider(currency="EUR", monthly_limit="10")
    spend(main, "1.5")
    client.force_login(make_person("App Admin"))

    page = client.get(f"/admin/notifications/provider/{main.pk}/change/").content.decode()

    assert "1.50 EUR" in page
    assert 'name="monthly_limit"' in page


def test_where_no_account_has_a_limit_pages_sum_nothing_up(django_assert_num_queries):
    make_provider()
    cache.clear()

    with django_assert_num_queries(0):  # What is prepared is not counted.
        assert costs.warnings(timezone.now()) == []


def test_the_api_says_what_each_account_has_sent_in_a_month():
    provider = make_provider("Main", currency="EUR")
    spend(provider, "0.14", count=2)
    spend(provider, "0.07")
    last = spend(provider, "9")[0].attempts.get()
    last.started_at = datetime(2026, 1, 15, tzinfo=UTC)
    last.save()
    client, month = owner(), f"{timezone.now():%Y-%m}"

    this = client.get("/api/v1/providers/spending/").json()
    past = client.get("/api/v1/providers/spending/?month=2026-01").json()
    wrong = client.get("/api/v1/providers/spending/?month=January")

    assert month != "2026-01"
    assert [(one["account"], one["messages"], one["amount"]) for one in this] == [
        (provider.pk, 2, "0.210000")
    ]
    assert [(one["currency"], one["amount"]) for one in past] == [("EUR", "9.000000")]
    assert wrong.status_code == 400


def test_what_was_spent_is_for_who_sees_the_accounts():
    assert script(make_person("Responder")).get("/api/v1/providers/spending/").status_code == 403
