"""Accounts at providers on their pages and by the REST API; what callbacks do."""

from functools import partial
from urllib.parse import urlencode

import pytest

from incidents.models import User
from notifications.models import Provider
from notifications.providers import _twilio, find_provider
from tests.api import make_person
from tests.notifications.accounts import make_page, make_phone, make_provider, send, twilio
from tests.notifications.servers import answer

__all__ = ["twilio"]
pytestmark = pytest.mark.django_db
ADD = "/admin/notifications/provider/add/"
HTTP_GATEWAY = find_provider("sms", "http_gateway")
CONFIG = {"config_account_sid": "AC" + "0" * 31 + "1", "config_auth_token": "t0ken"}


@pytest.fixture
def admin(client):
    person = make_person("App Admin")
    client.force_login(person)
    return client


def test_the_page_offers_every_provider_and_explains_how_to_get_there(admin):
    offered = admin.get(ADD, follow=True).content.decode()
    form = admin.get(f"{ADD}?provider=sms/twilio").content.decode()

    assert "Twilio" in offered
    assert "console.twilio.com" in form
    assert form.count("<li>") >= len(find_provider("sms", "twilio").steps)


def test_an_account_is_saved_and_its_secret_is_never_shown_again(admin):
    fields = {**CONFIG, "name": "Main", "config_sender": "+15005550006", "position": 0}
    admin.post(f"{ADD}?provider=sms/twilio", {**fields, "is_enabled": "on", "prefixes": "+49"})

    row = Provider.objects.get()
    page = admin.get(f"/admin/notifications/provider/{row.pk}/change/").content.decode()
    assert (row.channel, row.kind, row.prefixes) == ("sms", "twilio", "+49")
    assert row.config["auth_token"] == "t0ken"
    assert "t0ken" not in page
    assert f"/callbacks/{row.token}/" in page


def test_what_has_several_lines_is_written_in_a_field_of_several_lines(admin):
    example = {f"config_{name}": text for name, text in HTTP_GATEWAY.example.items()}
    headers = "X-One: 1\r\nX-Two: {{secret}}"
    form = admin.get(f"{ADD}?provider=sms/http_gateway").content.decode()

    admin.post(
        f"{ADD}?provider=sms/http_gateway",
        {**example, "config_headers": headers, "name": "G", "position": 0, "is_enabled": "on"},
    )

    assert form.count("<textarea") == 2
    assert Provider.objects.get().config["headers"] == headers


def test_a_wrong_number_is_named_at_its_field(admin):
    page = admin.post(
        f"{ADD}?provider=sms/twilio", {**CONFIG, "name": "M", "config_sender": "0151x!"}
    )

    assert "Enter a number such as +15005550006" in page.content.decode()
    assert not Provider.objects.exists()


def test_an_account_of_the_environment_is_shown_and_cannot_be_edited(admin, monkeypatch):
    for name, value in {
        "ACCOUNT_SID": "AC" + "1" * 32,
        "AUTH_TOKEN": "x",
        "PHONE_NUMBER": "+15005550006",
    }.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)

    page = admin.get("/admin/notifications/provider/").content.decode()

    assert "Twilio (environment)" in page


def test_check_says_in_the_words_of_the_provider_what_is_wrong(admin, twilio):
    row = make_provider()
    twilio.behave = partial(answer, status=401, body=b'{"code": 20003, "message": "Authenticate"}')

    page = press(admin, row, "check_account")

    assert "Twilio: Authenticate (20003)" in page


def test_a_test_goes_to_the_address_of_whoever_asks(admin, twilio):
    row = make_provider()
    make_phone(user=User.objects.get())

    page = press(admin, row, "send_test")

    assert "accepted a test for +4915112345678 as SM1" in page
    assert b"Test+message" in twilio.requests[0][2]


@pytest.mark.parametrize(
    ("status", "state"), [("delivered", "delivered"), ("undelivered", "failed"), ("sent", "sent")]
)
def test_a_signed_callback_is_a_receipt_and_a_forged_one_is_refused(client, twilio, status, state):
    account, row = make_provider(), send_page()
    url = f"http://testserver/callbacks/{account.token}/"
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30003"}
    good = sign(url, form)

    forged = call_back(client, url, form, sign(url, {**form, "ErrorCode": ""}))
    row.refresh_from_db()
    before = row.state
    taken = call_back(client, url, form, good)

    row.refresh_from_db()
    assert (forged.status_code, before, taken.status_code, row.state) == (403, "sent", 200, state)


def test_an_answer_is_done_and_answered_in_the_same_request(client, twilio):
    account, row = make_provider(), send_page()
    url = f"http://testserver/callbacks/{account.token}/"
    form = {"MessageSid": "SM9", "From": "+4915112345678", "Body": f"ack {row.incident_id}"}

    said = call_back(client, url, form, sign(url, form))

    row.incident.refresh_from_db()
    assert row.incident.status == "acknowledged"
    assert said["Content-Type"] == "text/xml"
    assert said.content.decode() == (
        f"<Response><Message>Yours: #{row.incident_id} acknowledged.</Message></Response>"
    )


def test_an_address_that_is_no_account_is_not_there(client):
    assert client.post("/callbacks/nobody/", {}).status_code == 404


def press(admin, row, button):
    """What the page says after the form of an account was saved by one of its buttons."""
    fields = {**CONFIG, "name": "Main", "config_sender": "+15005550006", "position": 0}
    sent = {**fields, f"notifications_provider_{button}": "1"}
    path = f"/admin/notifications/provider/{row.pk}/change/"
    return admin.post(path, sent, follow=True).content.decode()


def call_back(client, url, form, signature):
    return client.post(
        url,
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )


def send_page():
    return send(make_page(make_phone()))


def sign(url, form):
    url = url.replace("http://testserver", "http://localhost:8000")
    return _twilio._signature("t0ken", url, list(form.items()), "sha1")
