"""A contact method is proven by answers to what was sent there, and by nothing else."""

import pytest
from django.utils import timezone

from notifications import action_links
from notifications.actions import build_message, contact_methods, receipts, replies, settings
from notifications.actions.address_faults import note_address_fault
from notifications.choices import NotificationState, ReceiptState
from notifications.message.short import sms_text
from notifications.models import Attempt, ContactMethod
from notifications.receipts import Receipt, Reply
from opsportal.lib.encryption import decrypt
from tests.factories import make_method, make_user
from tests.notifications.accounts import NUMBER, make_page, make_phone
from tests.notifications.test_pages_action import stranger
from tests.pages import words

pytestmark = pytest.mark.django_db
UNKNOWN = "20880000-0000-4000-8000-000000000000"


def sent(row):
    """The message arrived at the provider."""
    row.state, row.done_at, row.next_attempt_at = NotificationState.SENT, timezone.now(), None
    row.save()
    Attempt.objects.create(
        notification=row,
        number=1,
        started_at=row.done_at,
        provider="sms:1",
        provider_id=f"SM{row.pk}",
    )
    return row


def make_test(method):
    return sent(contact_methods.send_test(method_id=method.pk))


def message_of(row):
    return build_message.build_message([row], now=timezone.now(), may_repeat=False)


def path_of(row):
    url = message_of(row).url
    return url[url.index("/a/") :]


def is_proven(method):
    method.refresh_from_db()
    return method.proven_at is not None


def reply(text, **fields):
    fields.setdefault("event_id", f"{text} {timezone.now()}")
    return replies.answer("sms", "sms:1", Reply(address=NUMBER, text=text, **fields))


def test_a_test_is_proof_once_the_button_behind_its_link_is_pressed_and_not_before():
    method = make_method(make_user("Ana"))
    row = make_test(method)

    opened = stranger().get(path_of(row))
    stranger().head(path_of(row))
    assert "Yes, this reached me" in words(opened)
    assert not is_proven(method)

    assert "Thank you." in words(stranger().post(path_of(row)))
    assert is_proven(method)


def test_the_link_of_a_test_stands_in_every_text_of_it():
    message = message_of(make_test(make_phone()))

    assert message.url in message.body
    assert sms_text(message).endswith(f"Reply ok if this reached you, or open {message.url}")
    assert message.link_label == "Yes, this reached me"


def test_a_link_of_no_test_proves_nothing():
    method = make_method(make_user("Ana"))
    url = action_links.action_url(0, method.user_id, "reached", delivery_id=UNKNOWN)

    assert stranger().post(url[url.index("/a/") :]).status_code == 404
    assert not is_proven(method)


def test_the_button_in_a_page_proves_the_address_that_it_came_to_and_no_other():
    method, other = make_phone(), make_phone("+4915100000000")
    row = sent(make_page(method))
    url = action_links.action_url(
        row.incident_id, method.user_id, "acknowledge", delivery_id=str(row.delivery_id)
    )

    stranger().get(url[url.index("/a/") :])
    assert not is_proven(method)
    stranger().post(url[url.index("/a/") :])

    assert is_proven(method)
    assert not is_proven(other)


def test_ok_to_a_test_is_proof_and_acknowledges_nothing():
    method = make_phone()
    row = sent(make_page(method))
    make_test(method)

    assert reply("Ok") == "Thank you. What is sent here reaches you."
    assert is_proven(method)
    row.incident.refresh_from_db()
    assert row.incident.status == "open"


def test_an_answer_to_a_page_by_its_id_is_one_to_the_page_though_a_test_came_later():
    method = make_phone()
    row = sent(make_page(method))
    make_test(method)

    assert reply("ok", in_reply_to=f"SM{row.pk}") == f"Yours: #{row.incident_id} acknowledged."
    assert is_proven(method)


@pytest.mark.parametrize("text", ["I am out of the office until Monday", "help"])
def test_what_a_robot_may_have_written_is_no_proof(text):
    method = make_phone()
    make_test(method)

    reply(text)

    assert not is_proven(method)


def test_an_answer_is_no_proof_where_nothing_was_sent():
    method = make_phone()

    reply("ok")

    assert not is_proven(method)


@pytest.mark.parametrize(("is_answer", "proven"), [(True, True), (False, False)])
def test_a_key_is_proof_and_a_receipt_is_not(is_answer, proven):
    method = make_phone()
    row = make_test(method)

    receipts.note(
        "sms:1",
        Receipt(provider_id=f"SM{row.pk}", state=ReceiptState.DELIVERED, is_answer=is_answer),
    )

    assert is_proven(method) == proven


def test_a_code_that_was_typed_in_had_come():
    method = make_method(make_user("Ana"), is_verified=False)
    code = decrypt(contact_methods.send_code(method.pk).facts["code"])

    contact_methods.confirm(method.pk, code)

    assert is_proven(method)


@pytest.mark.parametrize("how", ["changed", "bounced", "taken back"])
def test_the_proof_is_of_the_address_as_it_was(how):
    method = make_method(make_user("Ana"))
    row = make_test(method)
    ContactMethod.objects.update(proven_at=timezone.now())

    if how == "changed":
        new = {"address": "other@example.com"}
        settings.change_contact_method(method.pk, config=new, is_verified=True)
        assert stranger().post(path_of(row)).status_code == 409
    elif how == "bounced":
        attempt = row.attempts.get()
        attempt.started_at = timezone.now()
        note_address_fault(attempt, "mailbox unknown")
    else:
        settings.change_contact_method(method.pk, is_verified=False)
        assert stranger().post(path_of(row)).status_code == 409

    assert not is_proven(method)
