import re
from functools import partial

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from notifications.actions import contact_methods
from notifications.models import ContactMethod, Notification
from tests.factories import make_shared_channel, make_user, minutes
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


def make_unproved():
    return contact_methods.add_contact_method(make_user(), "email", {"address": "new@example.com"})


def code_of(mails):
    run_tasks()
    return re.search(r"\b\d{6}\b", mails[-1].body)[0]


def age(method, by):
    ContactMethod.objects.filter(pk=method.pk).update(code_sent_at=timezone.now() - by)


def test_an_address_is_used_once_it_is_proved_by_its_code(mail_server):
    method = make_unproved()
    before = method.is_verified
    contact_methods.send_code(method.pk)

    proved = contact_methods.confirm(method.pk, f" {code_of(mail_server)} ")

    assert (before, proved.is_verified) == (False, True)
    assert mail_server[-1].to == ["new@example.com"]


def test_an_admin_may_vouch_for_an_address():
    method = contact_methods.add_contact_method(
        make_user(), "email", {"address": "new@example.com"}, is_verified=True
    )

    assert method in ContactMethod.objects.usable()


def test_a_wrong_code_proves_nothing_and_five_of_them_end_it(mail_server):
    method = make_unproved()
    contact_methods.send_code(method.pk)
    code = code_of(mail_server)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        with pytest.raises(InvalidRequest):
            contact_methods.confirm(method.pk, wrong)

    with pytest.raises(InvalidRequest):
        contact_methods.confirm(method.pk, code)

    method.refresh_from_db()
    assert not method.is_verified


def test_a_code_lives_a_quarter_of_an_hour(mail_server):
    method = make_unproved()
    contact_methods.send_code(method.pk)
    code = code_of(mail_server)
    age(method, minutes(15))

    with pytest.raises(InvalidRequest):
        contact_methods.confirm(method.pk, code)


@pytest.mark.parametrize("code", ["", "000000", "é", "\x00"])
def test_without_a_code_that_was_sent_nothing_is_proved(code):
    with pytest.raises(InvalidRequest):
        contact_methods.confirm(make_unproved().pk, code)


def test_codes_are_sent_at_most_twice_a_minute(mail_server):
    method = make_unproved()
    contact_methods.send_code(method.pk)

    with pytest.raises(InvalidRequest):
        contact_methods.send_code(method.pk)

    assert Notification.objects.filter(event="verification").count() == 1


def test_a_new_code_ends_the_old_one(mail_server):
    method = make_unproved()
    contact_methods.send_code(method.pk)
    old = code_of(mail_server)
    age(method, minutes(1))
    contact_methods.send_code(method.pk)
    new = code_of(mail_server)
    if old == new:  # One in a million.
        return

    with pytest.raises(InvalidRequest):
        contact_methods.confirm(method.pk, old)

    assert contact_methods.confirm(method.pk, new).is_verified


def test_an_address_that_is_none_is_refused():
    with pytest.raises(InvalidRequest, match=r"^config: address: "):
        contact_methods.add_contact_method(make_user(), "email", {"address": "nobody"})


def test_a_test_takes_the_path_of_real_pages(outside):
    outside.answers_with(200)
    channel = make_shared_channel()

    row = contact_methods.send_test(shared_channel_id=channel.pk)
    run_tasks()

    row.refresh_from_db()
    assert (row.state, outside.bodies[0]["event"]) == ("sent", "test")


def test_a_test_of_an_address_is_sent_even_before_it_is_proved(mail_server):
    row = contact_methods.send_test(method_id=make_unproved().pk)

    run_tasks()

    row.refresh_from_db()
    assert row.state == "sent"
    assert mail_server[0].to == ["new@example.com"]


def test_codes_and_tests_by_one_channel_are_counted_for_a_person_whatever_the_address():
    user = make_user()
    for number in range(contact_methods.MAX_ASKED_FOR - 1):
        method = contact_methods.add_contact_method(
            user, "sms", {"number": f"+49151000000{number:02}"}
        )
        contact_methods.send_code(method.pk)
        method.delete()
    last = contact_methods.add_contact_method(user, "sms", {"number": "+4915100000099"})
    contact_methods.send_test(method_id=last.pk)

    for ask in (partial(contact_methods.send_test, method_id=last.pk),
                partial(contact_methods.send_code, last.pk)):  # fmt: skip
        with pytest.raises(InvalidRequest, match="enough for an hour"):
            ask()
    contact_methods.send_test(method_id=user.contact_methods.get(channel="email").pk)
