"""By which provider a message goes, and what happens when it fails."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from notifications.actions import routes
from notifications.models import Attempt, Lane, Notification
from notifications.provider_accounts import ProviderAccount, accounts_of, in_order
from notifications.providers import find_provider
from tests.factories import make_user
from tests.notifications.accounts import (
    ACCEPTED,
    NUMBER,
    make_mail,
    make_page,
    make_phone,
    make_provider,
    send,
    twilio,
)
from tests.notifications.servers import answer

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db


def account(name, *prefixes, position=0):
    provider = find_provider("sms", "twilio")
    return ProviderAccount(
        key=name, channel="sms", name=name, token="", provider=provider, config={},
        prefixes=prefixes, position=position,
    )  # fmt: skip


def names(accounts, number=NUMBER, **how):
    return "".join(one.name for one in in_order(accounts, number, **how))


def test_the_longest_prefix_goes_first_then_the_position():
    accounts = [
        account("a", position=1),
        account("b"),
        account("c", "+49", "+1"),
        account("d", "+4915"),
    ]

    assert names(accounts) == "dcba"
    assert names(accounts, "+15005550006") == "cba"
    assert names(accounts, "+33612345678") == "ba"


def test_one_that_fails_is_asked_last_and_what_was_tried_after_what_was_not():
    accounts = [account("a"), account("b", position=1), account("c", position=2)]

    assert names(accounts, failing={"sms: a"}) == "bca"
    assert names(accounts, tries={"a": 1, "b": 0, "c": 0}.get) == "bca"
    assert (
        names(accounts, failing={"sms: b", "sms: c"}, tries={"a": 1, "b": 0, "c": 0}.get) == "bca"
    )


def test_the_variables_of_the_seeds_are_an_account_after_the_rows(monkeypatch):
    make_provider(position=30)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "1" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t0ken")
    assert [one.name for one in accounts_of("sms")] == ["Main"]

    monkeypatch.setenv("TWILIO_PHONE_NUMBER", "+15005550006")

    assert [one.name for one in accounts_of("sms")] == ["Main", "Twilio (environment)"]
    assert "t0ken" not in repr(accounts_of("sms"))


def test_it_is_sent_by_the_provider_and_its_words_are_kept(twilio):
    provider = make_provider()

    row = send(make_page(make_phone()))

    attempt = row.attempts.get()
    assert row.state == "sent"
    assert (attempt.provider, attempt.provider_id, attempt.segments) == (str(provider.pk), "SM1", 2)
    assert attempt.receipt_due_at - attempt.finished_at == timedelta(seconds=60)


def test_where_nobody_carries_it_the_sentence_says_what_to_add():
    make_provider(prefixes="+1")

    row = send(make_page(make_phone()))

    assert row.state == "failed"
    assert "No provider of SMS carries to this address" in row.error


def test_what_one_provider_fails_at_another_is_asked_for_at_once(twilio):
    first, second = make_provider(), make_provider("Second", position=1)
    twilio.behave = partial(answer, status=401, body=b'{"code": 20003, "message": "Authenticate"}')
    row = send(make_page(make_phone()))
    assert row.state == "waiting"
    assert row.next_attempt_at <= timezone.now()
    twilio.behave = partial(answer, status=201, body=ACCEPTED)

    row = send(row)

    assert row.state == "sent"
    assert list(row.attempts.values_list("provider", "outcome")) == [
        (str(first.pk), "failed"),
        (str(second.pk), "accepted"),
    ]
    assert Lane.objects.get().key == "sms: Main"


def test_a_number_that_is_none_is_asked_of_no_other_provider(twilio):
    make_provider(), make_provider("Second", position=1)
    twilio.behave = partial(answer, status=400, body=b'{"code": 21211, "message": "Invalid To"}')

    row = send(make_page(make_phone()))

    assert (row.state, row.attempts.count()) == ("failed", 1)
    assert row.error == "Twilio: Invalid To (21211)"


def test_while_its_breaker_is_open_a_provider_is_asked_last(twilio):
    make_provider(), make_provider("Second", position=1)
    now = timezone.now()
    Lane.objects.create(key="sms: Main", failures=2, opened_until=now + timedelta(seconds=30))

    assert routes.route_of(make_page(make_phone())).account.name == "Second"


def test_attempts_of_other_channels_name_no_provider():
    user = make_user()
    method = make_mail(user)
    row = make_page(make_phone(user=user))
    Notification.objects.filter(pk=row.pk).update(channel="email", contact_method=method)

    send(Notification.objects.get(pk=row.pk))

    assert Attempt.objects.get().provider == ""
