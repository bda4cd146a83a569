import pytest
from django.db import transaction

from opsportal.lib.django_internals import once_on_commit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def call(calls):
    return lambda: calls.append(1)


def test_a_transaction_that_asks_twice_is_followed_by_one_call(calls, call):
    with transaction.atomic():
        once_on_commit(call)
        with transaction.atomic():
            once_on_commit(call)
        assert calls == []

    assert calls == [1]


def test_what_a_savepoint_that_is_undone_asked_for_may_be_asked_for_again(calls, call):
    def ask_and_fail():
        with transaction.atomic():
            once_on_commit(call)
            raise ValueError("undone")

    with transaction.atomic():
        with pytest.raises(ValueError, match="undone"):
            ask_and_fail()
        once_on_commit(call)

    assert calls == [1]


def test_the_next_transaction_calls_again(calls, call):
    for _ in range(2):
        with transaction.atomic():
            once_on_commit(call)

    assert calls == [1, 1]


def test_without_a_transaction_it_is_called_at_once(calls, call):
    once_on_commit(call)

    assert calls == [1]
