"""Limits of providers: nothing is dropped, pages come first, and the incident says what waits."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from notifications.actions import rate_limits
from notifications.channels import all_channels
from notifications.models import Notification, RateBucket
from notifications.provider_accounts import account_of
from notifications.providers import find_provider
from notifications.rates import Limit, Rate
from tests.api import owner
from tests.notifications.accounts import make_page, make_phone, make_provider, send, twilio
from tests.notifications.servers import answer
from tests.pages import browser, make_person, words

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db
SLOW = Limit("sms: Main", Rate(0.001, 1), "Main")


def waiting(**fields):
    """A message that waits for the limit; by default a page of high urgency."""
    row = make_page(make_phone(f"+49151{Notification.objects.count():08}"), **fields)
    rate_limits.put_aside([row], rate_limits.Held(SLOW, timezone.now() + timedelta(minutes=5)))
    row.refresh_from_db()
    return row


def wait_s(row, *limits):
    """So many seconds the message has to wait; 0 where it has taken a token of each."""
    now = timezone.now()
    held = rate_limits.take(limits or [SLOW], row, now)
    return round((held.until - now).total_seconds()) if held else 0


def test_a_burst_goes_at_once_and_the_next_waits_for_its_token():
    limit = Limit("k", Rate(0.1, 3), "Main")
    row = make_page(make_phone())

    assert [wait_s(row, limit) for _ in range(4)] == [0, 0, 0, 10]


def test_a_whole_number_and_a_fraction_go_together():
    row = make_page(make_phone())
    limits = Limit("account", Rate(80, 80), "Meta"), Limit("person", Rate(1 / 6, 1), "Meta")

    assert [wait_s(row, *limits) for _ in range(2)] == [0, 6]


def test_what_waits_takes_nothing():
    row = make_page(make_phone())
    wait_s(row)

    assert [wait_s(row) for _ in range(2)] == [1000, 1000]


def test_tokens_come_back_with_time_and_not_above_the_burst():
    limit = Limit("k", Rate(1, 2), "Main")
    row = make_page(make_phone())
    RateBucket.objects.create(key="k", tokens=0, at=timezone.now() - timedelta(hours=1))

    assert [wait_s(row, limit) for _ in range(3)] == [0, 0, 1]


def test_a_clock_that_was_set_back_takes_no_token_away():
    row = make_page(make_phone())
    RateBucket.objects.create(key=SLOW.key, tokens=1, at=timezone.now() + timedelta(days=1))

    assert wait_s(row) == rate_limits.MAX_CLOSED_S


def test_of_two_limits_none_is_taken_where_one_has_nothing():
    wide, narrow = Limit("wide", Rate(0.001, 1), "Bot"), Limit("narrow", Rate(0.01, 1), "Chat")
    row = make_page(make_phone())
    wait_s(row, narrow)

    assert wait_s(row, wide, narrow) == 100
    assert wait_s(row, wide) == 0


def test_a_page_goes_before_what_is_less_urgent_and_waits():
    waiting(urgent=False), waiting(is_announcement=True)
    RateBucket.objects.create(key=SLOW.key, tokens=1, at=timezone.now())

    assert wait_s(make_page(make_phone())) == 0


@pytest.mark.parametrize(
    "fields",
    [{"urgent": False}, {"is_announcement": True}, {"is_announcement": True, "urgent": False}],
)
def test_what_is_less_urgent_leaves_the_token_to_a_page_that_waits(fields):
    waiting()
    RateBucket.objects.create(key=SLOW.key, tokens=1, at=timezone.now())

    assert wait_s(make_page(make_phone(), **fields)) == 1000


def test_of_equals_the_older_goes_first():
    older = make_page(make_phone())
    waiting()
    newer = make_page(make_phone("+4915199999999"))
    RateBucket.objects.create(key=SLOW.key, tokens=1, at=timezone.now())

    assert wait_s(newer) == 1000
    assert wait_s(older) == 0


def test_a_code_that_somebody_waits_for_goes_before_pages():
    waiting()
    RateBucket.objects.create(key=SLOW.key, tokens=1, at=timezone.now())

    assert wait_s(make_page(make_phone(), event="verification", urgent=False)) == 0


def test_what_is_too_much_waits_without_an_attempt_and_says_until_when(twilio):
    make_provider(rate_per_s=0.01, burst=1)
    first, second = make_page(make_phone()), make_page(make_phone("+4915112345679"))

    before = timezone.now()
    send(first), send(second)

    assert (first.state, second.state, second.attempts_made) == ("sent", "waiting", 0)
    assert second.error == "Main takes one every 100 s, 1 at once: this waits for its turn"
    wait = (second.next_attempt_at - before).total_seconds()
    assert 95 < wait < 105
    assert len(twilio.requests) == 1


def test_it_goes_once_its_turn_has_come(twilio):
    make_provider(rate_per_s=0.01, burst=1)
    rows = [make_page(make_phone()), make_page(make_phone("+4915112345679"))]
    for row in rows:
        send(row)

    RateBucket.objects.update(at=timezone.now() - timedelta(seconds=101))
    send(rows[1])

    assert (rows[1].state, rows[1].waits_for_rate, rows[1].error) == ("sent", False, "")


def test_a_provider_that_names_a_time_closes_its_buckets(twilio):
    make_provider(rate_per_s=10, burst=10)
    twilio.behave = partial(answer, status=429, headers={"Retry-After": "60"})

    send(make_page(make_phone()))

    other = make_page(make_phone("+4915112345679"))
    assert send(other).waits_for_rate
    bucket = RateBucket.objects.get()
    assert bucket.tokens == 0
    assert bucket.at > other.created_at
    assert other.next_attempt_at > bucket.at


@pytest.mark.parametrize(
    ("channel", "kind", "address", "rates"),
    [
        ("slack", "slack", {"to": "C1"}, [Rate(1, 3)]),
        ("telegram", "telegram", {"chat_id": "5"}, [Rate(25, 25), Rate(1, 3)]),
        ("telegram", "telegram", {"chat_id": "-5"}, [Rate(25, 25), Rate(20 / 60, 5)]),
        ("whatsapp", "meta", {"number": "+491"}, [Rate(80, 80), Rate(1 / 6, 10)]),
        ("email", "resend", {"address": "a@example.com"}, [Rate(2, 2)]),
        ("sms", "twilio", {"number": "+491"}, [Rate(1, 10_000)]),
        ("sms", "vonage", {"number": "+491"}, []),
    ],
)
def test_what_the_providers_say_of_themselves(channel, kind, address, rates):
    row = make_provider(rate_per_s=None)
    row.channel, row.kind, row.config = channel, kind, find_provider(channel, kind).example

    assert [limit.rate for limit in account_of(row).limits(address)] == rates


@pytest.mark.parametrize(
    ("channel", "rate"),
    [
        ("discord", Rate(2.5, 5)),
        ("googlechat", Rate(1, 1)),
        ("teams", Rate(4, 4)),
        ("ntfy", Rate(0.2, 60)),
        ("webhook", None),
    ],
)
def test_what_chats_by_url_take(channel, rate):
    found = all_channels()[channel]

    assert [limit.rate for limit in found.limits(found.example)] == ([rate] if rate else [])


def test_the_webhooks_of_one_space_share_its_limit():
    chat = all_channels()["googlechat"]
    urls = [f"https://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token={n}" for n in "12"]

    assert len({chat.limits({"url": url}) for url in urls}) == 1


def test_no_key_of_a_limit_holds_a_secret():
    for channel in ("discord", "ntfy", "teams"):
        found = all_channels()[channel]
        (limit,) = found.limits(found.example)
        assert not any(str(found.example[name]) in limit.key for name in found.secret_fields)


@pytest.mark.parametrize(
    ("fields", "rate"),
    [
        ({}, Rate(1, 10_000)),
        ({"rate_per_s": 3}, Rate(3, 10_000)),
        ({"burst": 5}, Rate(1, 5)),
        ({"rate_per_s": 100, "burst": 200}, Rate(100, 200)),
    ],
)
def test_an_account_says_otherwise(fields, rate):
    (limit,) = account_of(make_provider(**fields)).limits({"number": "+491"})

    assert limit.rate == rate


def test_the_page_of_the_account_says_what_holds_and_takes_another():
    row, admin = make_provider(), browser(make_person("App Admin"))

    page = words(admin.get(f"/admin/notifications/provider/{row.pk}/change/"))
    wrong = owner().patch(f"/api/v1/providers/{row.pk}/", {"rate_per_s": 0})
    right = owner().patch(f"/api/v1/providers/{row.pk}/", {"rate_per_s": 3, "burst": 9})

    assert "Empty: 1 a second, 10000 at once, as the provider says." in page
    assert wrong.status_code == 400
    assert (right.json()["rate_per_s"], right.json()["burst"]) == (3, 9)
