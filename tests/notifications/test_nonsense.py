"""Providers that answer, or call back with, what they never documented."""

import hmac
import json
from decimal import Decimal
from functools import partial

import pytest

from notifications.actions import provider_tests, receipts
from notifications.choices import ReceiptState
from notifications.models import Attempt, Provider
from notifications.provider_accounts import accounts_of
from notifications.providers import _twilio, find_provider
from notifications.providers.pushover import pushover
from notifications.providers.sms import bird, plivo, vonage
from notifications.receipts import Accepted, Receipt
from opsportal.lib.net.errors import DeliveryError
from tests.keys import lose
from tests.notifications.accounts import ACCEPTED, make_page, make_phone, make_provider, send
from tests.notifications.providers.calls import PHONE
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import answer
from tests.rows import each

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def vendor(receiver, monkeypatch):
    base = receiver.url.removesuffix("/hook/t0ken")
    for module in (_twilio, plivo, bird, vonage, pushover):
        monkeypatch.setattr(module, "API", base)
    return receiver


def says(vendor, body, status=200, kind="application/json"):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    vendor.behave = partial(answer, status=status, body=body, Content_Type=kind)


def try_to_send(kind):
    """What was accepted, or the flags of the error."""
    provider = find_provider("sms", kind)
    try:
        return provider.send(provider.example, PHONE, make_message(make_brief()))
    except DeliveryError as error:
        names = ("permanent", "provider_fault", "address_fault", "ambiguous")
        return {name for name in names if getattr(error, name)}


@each("kind", ["twilio", "plivo", "bird", "vonage"])
def test_a_page_of_html_with_200_is_no_acceptance(vendor, kind):
    says(vendor, b"<html>Log in to the guest network</html>", kind="text/html; charset=utf-8")

    assert try_to_send(kind) == {"provider_fault", "ambiguous"}


@each(
    ("kind", "said", "segments"),
    [
        ("twilio", {"sid": "SM1", "num_segments": "two"}, 0),
        ("twilio", {"sid": "SM1", "num_segments": "99999"}, 255),
        ("vonage", {"messages": [{"status": "0", "message-price": "free"}]}, 1),
        ("vonage", {"messages": [{"status": "0", "message-price": "NaN"}]}, 1),
        ("vonage", {"messages": [{"status": "0", "message-price": "1E+30"}]}, 1),
    ],
)
def test_what_was_accepted_stays_so_whatever_is_said_of_parts_and_prices(
    vendor, kind, said, segments
):
    says(vendor, said)

    accepted = try_to_send(kind)

    assert (accepted.segments, accepted.price) == (segments, None)


def test_the_number_of_an_error_that_is_none_leaves_its_words(vendor):
    says(vendor, {"code": "E-20003", "message": "No"}, 401)

    assert try_to_send("twilio") == {"permanent", "provider_fault"}


@each("price", ["NaN", "sNaN", "Infinity", "-1", "1E+9"])
def test_an_amount_that_is_none_is_no_price(price):
    receipt = Receipt(provider_id="1", state=ReceiptState.SENT, price=Decimal(price))

    assert (receipt.price, Accepted(price=Decimal(price)).price) == (None, None)


@each(
    ("said", "seconds"),
    [("30", 30), (2, 2), ("nan", None), (float("nan"), None), ("soon", None), ([9], None), (-3, 0),
     (float("inf"), 86_400), (10**400, None), (None, None)],
)  # fmt: skip
def test_for_how_long_to_wait_is_a_number_of_seconds_or_nothing(said, seconds):
    assert DeliveryError("busy", retry_after=said).retry_after == seconds


@pytest.mark.django_db
def test_an_acceptance_without_an_id_is_in_doubt_and_may_repeat(vendor):
    make_provider()
    says(vendor, [])
    row = send(make_page(make_phone()))
    assert (row.state, row.error) == ("waiting", "Twilio answered without the id of a message.")
    says(vendor, ACCEPTED, 201)

    row = send(row)

    assert list(row.attempts.values_list("outcome", "may_repeat")) == [
        ("started", False),
        ("accepted", True),
    ]
    assert b"May+be+a+repeat" in vendor.requests[-1][2]


@pytest.mark.django_db
def test_a_defect_after_it_was_sent_may_repeat_and_shows_no_secret(vendor):
    hook("sms", "vonage")
    says(vendor, {"messages": ["s3cret0f-key"]})

    row = send(make_page(make_phone()))

    assert row.error == "A defect of the portal: AttributeError, see its log"
    assert row.attempts.get().outcome == "started"


@pytest.mark.django_db
def test_who_tries_an_account_is_told_that_its_answer_cannot_be_read(vendor):
    hook("sms", "vonage")
    says(vendor, {"messages": ["?"]})
    account, user = accounts_of("sms")[0], make_phone().user

    with pytest.raises(DeliveryError, match="answered what it does not document"):
        provider_tests.send_test(account, user)
    lose(user.contact_methods.get(channel="sms"), "config")
    with pytest.raises(DeliveryError, match="cannot be read"):
        provider_tests.send_test(account, user)


@pytest.mark.django_db
def test_of_an_id_that_a_gateway_gives_again_the_newer_message_is_meant(vendor):
    make_provider()
    says(vendor, ACCEPTED, 201)
    old, new = send(make_page(make_phone())), send(make_page(make_phone("+4915100000002")))

    key = Attempt.objects.latest("pk").provider
    receipts.note(key, Receipt(provider_id="SM1", state=ReceiptState.FAILED))

    old.refresh_from_db(), new.refresh_from_db()
    assert (old.state, new.state) == ("sent", "failed")


def hook(channel, kind, **config):
    config = find_provider(channel, kind).example | config
    row = Provider.objects.create(channel=channel, kind=kind, name=kind, config=config)
    return f"/callbacks/{row.token}/"


@pytest.mark.django_db
@each(
    "body",
    [b"[]", b"5", b'{"entry": 5}', b'{"entry": [7]}', b"{", b"[" * 20_000,
     b'{"entry": [{"changes": [{"value": {"statuses": [{"status": []}]}}]}]}'],
)  # fmt: skip
def test_a_signed_callback_of_other_types_is_answered_and_no_fault_of_the_portal(client, body):
    path = Provider.objects.filter(kind="meta").values_list("token", flat=True).first()
    path = f"/callbacks/{path}/" if path else hook("whatsapp", "meta")
    digest = hmac.new(b"meta-app-secret", body, "sha256").hexdigest()

    said = client.post(
        path, body, content_type="text/plain", headers={"X-Hub-Signature-256": f"sha256={digest}"}
    )

    assert said.status_code == 400


@pytest.mark.django_db
def test_a_signature_and_a_token_that_are_not_ascii_are_refused(client, monkeypatch):
    for name, value in find_provider("sms", "twilio").example.items():
        monkeypatch.setenv(find_provider("sms", "twilio").environment.get(name, "UNUSED"), value)

    forged = client.post(hook("sms", "twilio"), {}, headers={"X-Twilio-Signature": "é"})

    assert forged.status_code == 403
    assert client.post("/callbacks/é/").status_code == 404
