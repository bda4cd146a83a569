"""What a bounce, or a complaint, does to the address of which it tells."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.actions import contact_methods, receipts, settings
from notifications.choices import ReceiptState
from notifications.models import Attempt, EarlyReceipt, Notification, Provider
from notifications.provider_accounts import account_of
from notifications.providers import find_provider
from notifications.receipts import Receipt
from opsportal.lib.encryption import decrypt
from tests.factories import make_incident, make_method, make_user

pytestmark = pytest.mark.django_db
REASON = "mails to it come back as undeliverable"


@pytest.fixture
def provider():
    config = find_provider("email", "postmark").example
    return Provider.objects.create(channel="email", kind="postmark", name="Post", config=config)


def make_sent(provider, method=None, **fields):
    """A mail that was accepted under the id pm-1."""
    method = method or make_method(make_user(email=False), "email", {"address": "jane@example.com"})
    incident = make_incident()
    row = Notification.objects.create(
        incident=incident,
        user=method.user,
        contact_method=method,
        channel="email",
        address=method.address,
        page_key=f"p{incident.pk}",
        address_key=f"m{method.pk}",
        facts={"paging_round": incident.paging_round},
        state="sent",
        **fields,
    )
    Attempt.objects.create(
        notification=row,
        number=1,
        started_at=timezone.now(),
        outcome="accepted",
        provider=str(provider.pk),
        provider_id="pm-1",
    )
    return row


def callback(client, provider, **told):
    url = account_of(provider).config["callback_url"]
    path = "/" + url.split("/", 3)[3]
    return client.post(path, {"MessageID": "pm-1", **told}, content_type="application/json")


def bounce(client, provider, kind="HardBounce"):
    return callback(client, provider, RecordType="Bounce", Type=kind, Description="No such user")


def method_of(row):
    row.contact_method.refresh_from_db()
    return row.contact_method


def test_a_hard_bounce_takes_the_proof_and_uses_the_next_way(client, provider):
    row = make_sent(provider)
    other = make_method(row.user, "email", {"address": "second@example.com"})

    assert bounce(client, provider).status_code == 200

    method = method_of(row)
    row.refresh_from_db()
    assert (method.is_verified, method.fault) == (False, REASON)
    assert row.error == "It was accepted, but not delivered (No such user)"
    assert Notification.objects.filter(contact_method=other, incident=row.incident).count() == 1


def test_its_person_is_told_by_another_way_and_once(client, provider):
    row = make_sent(provider)

    for _ in range(2):
        bounce(client, provider)

    told = Notification.objects.filter(event="notice", user=row.user)
    assert {one.facts["notice"]["title"] for one in told} == {
        "jane@example.com does not receive pages any more"
    }
    assert not told.filter(contact_method=row.contact_method).exists()
    assert told.filter(channel="inapp").count() == 1


def test_a_complaint_does_so_even_after_it_was_delivered(client, provider):
    row = make_sent(provider)
    callback(client, provider, RecordType="Delivery")

    callback(client, provider, RecordType="SpamComplaint")

    row.refresh_from_db()
    assert (row.state, row.attempts.get().receipt) == ("delivered", "delivered")
    assert method_of(row).fault == "a mail to it was reported as spam"


@pytest.mark.parametrize("kind", ["SoftBounce", "Transient", "AutoResponder"])
def test_what_can_pass_says_nothing_of_the_address(client, provider, kind):
    row = make_sent(provider)

    bounce(client, provider, kind)

    assert method_of(row).is_verified


def test_an_address_that_was_proved_since_stays_proved(client, provider):
    row = make_sent(provider)
    row.contact_method.verified_at = timezone.now() + timedelta(seconds=1)
    row.contact_method.save()

    bounce(client, provider)

    assert method_of(row).is_verified


def test_an_address_that_was_changed_since_is_left_alone(client, provider):
    row = make_sent(provider)
    settings.change_contact_method(
        row.contact_method_id, config={"address": "new@example.com"}, is_verified=True
    )
    Attempt.objects.update(started_at=timezone.now() + timedelta(seconds=1))

    bounce(client, provider)

    assert method_of(row).is_verified


def test_what_comes_before_the_acceptance_is_written_marks_it_after(provider):
    said = Receipt(provider_id="pm-1", state=ReceiptState.FAILED, address_fault=REASON)
    receipts.note(str(provider.pk), said)
    assert EarlyReceipt.objects.get().address_fault == REASON
    row = make_sent(provider)

    receipts.match_early(timezone.now())

    assert method_of(row).fault == REASON


def test_a_receipt_without_an_id_is_of_no_message(provider):
    row = make_sent(provider)
    Attempt.objects.update(provider_id="")

    receipts.note(
        str(provider.pk), Receipt(provider_id="", state=ReceiptState.FAILED, address_fault=REASON)
    )

    assert method_of(row).is_verified
    assert not EarlyReceipt.objects.exists()


@pytest.mark.parametrize("how", ["code", "admin", "address"])
def test_what_proves_it_again_takes_the_note_away(client, provider, how):
    row = make_sent(provider)
    bounce(client, provider)
    pk = row.contact_method_id

    if how == "code":
        sent = contact_methods.send_code(pk)
        contact_methods.confirm(pk, decrypt(sent.facts["code"]))
    elif how == "admin":
        settings.change_contact_method(pk, is_verified=True)
    else:
        settings.change_contact_method(pk, config={"address": "new@example.com"})

    method = method_of(row)
    assert (method.fault, method.fault_at) == ("", None)
    assert method.is_verified is (how != "address")


def test_the_page_of_the_person_says_why(client, provider):
    row = make_sent(provider)
    bounce(client, provider)
    client.force_login(row.user)

    text = client.get("/me/").content.decode()

    assert REASON in text
    assert "have a code sent to it" in text
