"""Mail servers: one that was named on the page, and that of the settings."""

import email
import email.policy
import os
import subprocess
import sys

import pytest
from django.utils import timezone

from notifications import smtp
from notifications.actions import routes
from notifications.actions.deliver import deliver
from notifications.models import Notification, Provider
from notifications.provider_accounts import accounts_of, carries, from_environment
from notifications.providers import find_provider
from opsportal.lib.net.errors import DeliveryError
from opsportal.runtime import health
from tests.factories import make_incident, make_method, make_user
from tests.notifications.samples import make_brief, make_message
from tests.notifications.servers import Mailbox, free_port

SMTP = find_provider("email", "smtp")
ADDRESS = {"address": "jane@example.com"}


@pytest.fixture
def own_box(local_network):
    """A second server, besides that of the settings."""
    server = Mailbox()
    server.start()
    yield server
    smtp.close_connections()
    server.stop()


def account(box, **fields):
    place = {"host": "127.0.0.1", "port": box.port, "security": "none", "user": "", "password": ""}
    return {**place, "sender": "Own <own@example.com>", **fields}


def send(config):
    return SMTP.send(config, ADDRESS, make_message(make_brief()))


def mail_in(box):
    return email.message_from_bytes(box.mails[-1].content, policy=email.policy.default)


def make_row(box, **fields):
    config = account(box, **fields)
    return Provider.objects.create(channel="email", kind="smtp", name="Own", config=config)


def make_page():
    user = make_user()
    method = make_method(user, "email", {"address": "jane@example.com"})
    incident, now = make_incident(), timezone.now()
    return Notification.objects.create(
        incident=incident,
        user=user,
        contact_method=method,
        channel="email",
        address=method.address,
        page_key="p1",
        address_key="m1",
        facts={"paging_round": incident.paging_round},
        next_attempt_at=now,
    )


def delivered(row):
    deliver([(row.pk, row.attempts_made)])
    row.refresh_from_db()
    return row


def test_a_mail_goes_to_the_server_of_the_account_from_its_sender(own_box, mailbox):
    accepted = send(account(own_box))

    assert (len(own_box.mails), len(mailbox.mails)) == (1, 0)
    assert mail_in(own_box)["From"] == "Own <own@example.com>"
    assert accepted.provider_id.startswith("<incident-1042.")


def test_two_servers_share_no_line(own_box, mailbox):
    for config in (account(own_box), {}, account(own_box)):
        send(config)

    assert (len(own_box.mails), len(mailbox.mails)) == (2, 1)
    assert mail_in(mailbox)["From"] != "Own <own@example.com>"


def test_a_mailbox_that_is_refused_is_a_fault_of_the_address(own_box):
    own_box.replies["RCPT"] = "550 5.1.1 no such user"

    with pytest.raises(DeliveryError, match="550") as failure:
        send(account(own_box))

    assert (failure.value.permanent, failure.value.address_fault) == (True, True)


def test_a_server_that_is_away_is_named_and_no_setting_is(own_box):
    with pytest.raises(DeliveryError, match=r"The mail server 127\.0\.0\.1 cannot") as failure:
        send(account(own_box, port=free_port()))

    assert failure.value.provider_fault


def test_a_server_in_the_own_network_has_to_be_allowed(own_box, settings):
    settings.OUTGOING_ALLOW_PRIVATE = False

    with pytest.raises(DeliveryError, match="OUTGOING_ALLOW_PRIVATE") as failure:
        send(account(own_box))

    assert failure.value.provider_fault
    assert own_box.mails == []


def test_the_server_is_tried_without_a_mail(own_box):
    assert SMTP.check(account(own_box)) == "SMTP: 127.0.0.1 answers."
    assert own_box.mails == []


def test_a_login_that_the_server_does_not_know_is_told_without_the_password(own_box):
    with pytest.raises(DeliveryError) as failure:
        SMTP.check(account(own_box, user="ops", password="s3cret"))

    assert "s3cret" not in str(failure.value)
    assert failure.value.provider_fault


@pytest.mark.parametrize("port", [0, 65536])
def test_a_port_that_is_none_is_refused_by_the_form(port):
    assert "port" in SMTP.Form(SMTP.example | {"port": port}).errors


@pytest.mark.parametrize("sender", ["ops", "Ops <ops>", "Ops <ops@example.com> x@"])
def test_a_sender_that_is_none_is_refused_by_the_form(sender):
    assert "sender" in SMTP.Form(SMTP.example | {"sender": sender}).errors


@pytest.mark.django_db
def test_a_row_comes_first_and_the_settings_server_where_it_fails(own_box, mailbox):
    provider = make_row(own_box)
    own_box.replies["RCPT"] = "451 busy"
    row = delivered(make_page())
    assert (row.state, row.lane) == ("waiting", "email: Own")
    assert row.next_attempt_at <= timezone.now()

    row = delivered(row)

    assert (row.state, row.lane) == ("sent", "Email")
    assert list(row.attempts.values_list("provider", "outcome")) == [
        (str(provider.pk), "failed"),
        ("", "accepted"),
    ]
    assert len(mailbox.mails) == 1


@pytest.mark.django_db
def test_without_a_row_the_settings_server_is_the_lane_it_always_was(mailbox):
    row = make_page()

    assert routes.route_of(row).lane == "Email"
    assert [one.name for one in accounts_of("email")] == ["SMTP (environment)"]
    assert delivered(row).state == "sent"


@pytest.mark.django_db
def test_without_any_server_the_banner_says_so_until_a_row_carries(settings, own_box):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert (carries("email"), health.NO_MAIL in health.problems()) == (False, True)
    assert routes.route_of(make_page()).account is None

    make_row(own_box)

    assert (carries("email"), health.NO_MAIL in health.problems()) == (True, False)
    assert from_environment("email") == []


def settings_with(**variables):
    code = (
        "from opsportal import settings as s;"
        "print(s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD,"
        " s.EMAIL_USE_TLS, s.EMAIL_USE_SSL, s.DEFAULT_FROM_EMAIL)"
    )
    kept = {name: value for name, value in os.environ.items() if "EMAIL" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_names_of_the_seeds_configure_the_server_and_ours_come_first(tmp_path):
    names = {
        "SMTP_HOST": "smtp.example.com",
        "SMTP_PORT": "587",
        "SMTP_USER": "ops",
        "SMTP_PASSWORD": "pw",
        "SMTP_FROM": "ops@example.com",
        "DATA_DIR": str(tmp_path),
    }

    assert settings_with(**names) == "smtp.example.com 587 ops pw True False ops@example.com"
    ours = {"EMAIL_HOST": "mail.example", "EMAIL_PORT": "2525", "DEFAULT_FROM_EMAIL": "p@x"}
    assert settings_with(**names, **ours) == "mail.example 2525 ops pw False False p@x"
