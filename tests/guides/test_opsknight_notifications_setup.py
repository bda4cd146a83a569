"""OpsKnight's guide, Part 2, sentences 46 to 61: mail, text messages and push, on pages and by
variables."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from notifications.models import ContactMethod, Provider
from notifications.provider_accounts import from_environment
from tests.factories import make_method
from tests.guides.desk import sit_down
from tests.guides.told import channels_of, opened, owner, paged_service, person_with, settings_page
from tests.notifications.providers.test_smtp import settings_with
from tests.notifications.push_service import Device
from tests.notifications.servers import Mailbox
from tests.outside import local_network
from tests.tasks import run_tasks

__all__ = ["local_network"]
pytestmark = pytest.mark.django_db
STATIC = Path(__file__).parents[2] / "static"
EMAIL = "/settings/notifications/email/"
BY_API = [
    pytest.param("Resend", "re_t0ken", "api.resend.com", id="46"),
    pytest.param("SendGrid", "SG.t0ken", "api.sendgrid.com", id="47"),
]
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "t0ken",
    "TWILIO_PHONE_NUMBER": "+15005550006",
}
SNS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
}
ONESIGNAL = {
    "ONESIGNAL_APP_ID": "9f1c2b7e-5a44-4c53-9a0e-2f7d6f0c1a11",
    "ONESIGNAL_API_KEY": "os_v2_app_t0ken",
}
ENVIRONMENTS = [
    pytest.param("email", {"RESEND_API_KEY": "re_xxx"}, "Resend", id="53"),
    pytest.param("email", {"SENDGRID_API_KEY": "SG.xxx"}, "SendGrid", id="54"),
    pytest.param("sms", TWILIO, "Twilio", id="55"),
    pytest.param("sms", SNS, "Amazon SNS", id="56"),
    pytest.param("onesignal", ONESIGNAL, "OneSignal", id="58"),
]


@pytest.fixture
def admin():
    client = owner()
    make_method(client.user, "email", {"address": "me@example.com"})
    return client


def email_settings(client):
    return settings_page("Email", client=client)


def sent_test(page, word="Send Test Email"):
    """What the page says after the button for a test."""
    return page.press(word, "/test/").text


@pytest.mark.parametrize(("provider", "key", "host"), BY_API)
def test_46_to_47_an_api_key_is_all_that_a_provider_of_mail_needs(
    admin, outside, provider, key, host
):
    outside.answers_with(202, {"id": "1"}, {"X-Message-Id": "1"})

    page = email_settings(admin).follow(provider)
    page = page.fill(name="Main", config_api_key=key).press("Save")
    said = sent_test(page)

    assert f"{provider} accepted a test for me@example.com" in said
    (request,) = outside.requests
    assert f"https://{host}/" in request.url
    assert request.headers["Authorization"] == f"Bearer {key}"


def test_48_smtp_takes_host_port_user_and_password(admin, local_network):
    server = Mailbox()
    server.start()
    page = (
        email_settings(admin)
        .follow("SMTP")
        .fill(
            name="Ours",
            config_host="127.0.0.1",
            config_port=str(server.port),
            config_security="none",
            config_user="",
            config_password="",
        )
    )

    page = page.press("Save")
    said = sent_test(page)
    server.stop()

    assert "SMTP accepted a test for me@example.com" in said
    labels = email_settings(admin).follow(
        "/admin/notifications/provider/add/?provider=email%2Fsmtp"
    )
    assert {"Host", "Port", "User", "Password"} <= {
        re.sub(r"\W", "", one) for one in labels.labels()
    }


def test_49_the_path_leads_to_email():
    page = settings_page("Email")

    assert page.path == EMAIL
    assert "Settings chevron_right Notifications chevron_right Email" in page.text


def test_50_a_provider_is_selected_and_its_credentials_are_kept_encrypted(admin):
    page = email_settings(admin)
    offered = {one for one in ("Resend", "SendGrid", "SMTP") if page.follow(one)}

    page.follow("Resend").fill(name="Main", config_api_key="re_t0ken").press("Save")

    row = Provider.objects.get()
    assert offered == {"Resend", "SendGrid", "SMTP"}
    assert (row.kind, row.config["api_key"]) == ("resend", "re_t0ken")
    assert "re_t0ken" not in sit_down(row_page(row), admin).source


def row_page(row):
    return f"/admin/notifications/provider/{row.pk}/change/"


def test_51_the_button_is_called_send_test_email_and_says_what_is_wrong(admin, outside):
    outside.answers_with(401, {"message": "API key is invalid", "name": "validation_error"})
    page = email_settings(admin).follow("Resend")

    said = sent_test(page.fill(name="Main", config_api_key="re_wr0ng").press("Save"))

    assert "API key is invalid" in said


def test_52_the_variables_of_smtp_configure_the_mail_server(tmp_path):
    said = settings_with(
        SMTP_HOST="smtp.example.com",
        SMTP_PORT="587",
        SMTP_USER="user@example.com",
        SMTP_PASSWORD="password",
        SMTP_FROM="noreply@example.com",
        DATA_DIR=str(tmp_path),
    )

    server, port, user, password, *_, sender = said.split()
    assert (server, port, user, password) == (
        *("smtp.example.com", "587", "user@example.com", "password"),
    )
    assert sender == "noreply@example.com"


def by_variables(channel):
    """The accounts of the environment, without the portal's own mail server."""
    return [one for one in from_environment(channel) if one.key]


@pytest.mark.parametrize(("channel", "variables", "provider"), ENVIRONMENTS)
def test_53_to_58_the_variables_of_the_guide_are_an_account(
    admin, monkeypatch, channel, variables, provider
):
    *_, last = variables
    for name, value in variables.items():
        assert not by_variables(channel)
        monkeypatch.setenv(name, value)

    (account,) = by_variables(channel)
    page = sit_down(f"/settings/notifications/{channel}/", admin)

    assert account.provider.label == provider
    assert variables[last] in account.config.values()
    assert f"{provider} (environment)" in page.text
    assert variables[last] not in page.source


def test_55_a_text_message_goes_by_twilios_variables(monkeypatch, outside):
    for name, value in TWILIO.items():
        monkeypatch.setenv(name, value)
    outside.answers_with(201, {"sid": "SM1", "num_segments": "1"})

    opened(paged_service(person_with("sms")))

    (request,) = outside.requests
    assert f"/Accounts/{TWILIO['TWILIO_ACCOUNT_SID']}/Messages.json" in request.url
    assert "From=%2B15005550006" in request.body


def test_57_a_number_is_added_under_profile_contact_methods_and_proved(monkeypatch, outside):
    for name, value in TWILIO.items():
        monkeypatch.setenv(name, value)
    outside.answers_with(201, {"sid": "SM1"})
    outside.answers_with(201, {"sid": "SM2"})
    client = owner()
    without = opened(paged_service(client.user))

    page = sit_down("/", client).follow("Profile")
    assert "Contact methods" in page.text
    page = page.follow("/me/contact-methods/add/sms/").fill(number="+49 151 12345678").press("Add")
    run_tasks()
    sent = parse_qs(outside.requests[0].body)
    code = re.search(r"\b\d{6}\b", sent["Body"][0])[0]
    page.fill(code=code).press("Confirm")

    assert sent["To"] == ["+4915112345678"]
    assert "sms" not in channels_of(without)
    assert ContactMethod.objects.get(channel="sms").is_verified
    assert "sms" in channels_of(opened(paged_service(client.user)))


def test_59_the_portal_can_be_installed_as_an_app():
    source = sit_down("/", owner()).source
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())

    assert 'rel="manifest"' in source
    assert manifest["display"] == "standalone"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}


def test_60_the_browser_asks_for_the_permission_after_a_button():
    page = sit_down("/", owner()).follow("Profile")
    script = (STATIC / "js" / "device.js").read_text()

    assert "Use this device" in page.text
    assert "js/device" in page.source
    assert "requestPermission" in script


def test_61_the_device_is_registered_without_a_form(outside):
    client, device = owner(), Device("https://push.example/send/1")
    outside.answers_with(201, b"")

    answer = client.post("/me/devices/", device.subscription, content_type="application/json")
    run_tasks()
    push = device.read(outside.requests[0].body)
    client.post("/" + push["tapped"].partition("//")[2].partition("/")[2])

    method = client.user.contact_methods.get(channel="push")
    assert answer.status_code == 201
    assert method.is_verified
    assert method.address in sit_down("/me/", client).text
