"""Mailboxes elsewhere, on a real IMAP server."""

import socket
import time
from datetime import timedelta
from imaplib import Time2Internaldate
from itertools import count

import pytest
from django.utils import timezone

from integrations.mail import imap, mail_receiver, store
from integrations.models import InboundMessage, MailAccount
from notifications.reply_addresses import reply_address
from tests.factories import make_incident, make_page, make_user
from tests.integrations.dovecot import PASSWORD, Dovecot
from tests.integrations.mails import DOMAIN, mail, make_mailbox
from tests.integrations.posting import log, work

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.needs("dovecot"),
]


NUMBERS = count(1)


@pytest.fixture(scope="module")
def dovecot(make_folder):
    server = Dovecot(make_folder())
    yield server
    server.stop()


@pytest.fixture
def server(dovecot):
    dovecot.user = f"ops{next(NUMBERS)}"
    return dovecot


@pytest.fixture(autouse=True)
def domain(settings, local_network):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN


def account_at(server, **fields):
    fields = {"name": "Ops", "host": "127.0.0.1", "password": PASSWORD} | fields
    fields.setdefault("username", server.user if server else "ops")
    fields.setdefault("port", server.port if server else 1)
    return store.save_account(MailAccount(**{"security": "none"} | fields))


def error_of(account):
    """What a look into it leaves on the account."""
    with pytest.raises(imap.PollError):
        imap.poll(account)
    account.refresh_from_db()
    return account.last_error


def test_what_is_unread_is_taken_and_marked_as_read(server):
    make_mailbox()
    server.put(mail(message_id="1@x"))
    account = account_at(server)

    found = imap.poll(account)
    work()

    assert found.taken == 1
    assert server.flags() == [True]
    assert log() == ["Mapped (opened)"]
    account.refresh_from_db()
    assert account.last_error == ""
    assert account.last_polled_at is not None


def test_an_answer_to_a_page_is_done_and_marked_as_read(server, settings):
    settings.INBOUND_MAIL_REPLIES = "replies"
    page = make_page(make_incident(), make_user())
    address = reply_address(page.incident_id, str(page.delivery_id))
    server.put(mail("ack", message_id="1@x", To=address))

    found = imap.poll(account_at(server))

    page.incident.refresh_from_db()
    assert (found.taken, found.refused, page.incident.status) == (1, [], "acknowledged")
    assert not InboundMessage.objects.exists()


def test_later_looks_take_only_what_came_since(server):
    make_mailbox()
    server.put(mail(message_id="1@x"))
    account = account_at(server)

    assert imap.poll(account).taken == 1
    assert imap.poll(account).taken == 0
    server.put(mail(message_id="2@x"), r"(\Seen)")
    server.put(mail(message_id="3@x"))
    assert imap.poll(account).taken == 2

    assert InboundMessage.objects.count() == 3


def test_of_a_mailbox_seen_for_the_first_time_old_and_read_mails_are_left_alone(server):
    make_mailbox()
    old = Time2Internaldate(time.time() - 10 * 86_400)
    server.put(mail(message_id="old@x"), None, old)
    server.put(mail(message_id="read@x"), r"(\Seen)")
    account = account_at(server)

    assert imap.poll(account).taken == 0
    assert imap.poll(account).taken == 0

    assert server.flags() == [False, True]
    assert not InboundMessage.objects.exists()


def test_a_mailbox_that_was_numbered_anew_is_not_read_twice(server):
    make_mailbox()
    account = account_at(server)
    server.put(mail(message_id="1@x"))
    imap.poll(account)
    MailAccount.objects.update(uid_validity=1)

    assert imap.poll(account).taken == 0


def test_a_mail_that_was_taken_and_not_marked_counts_once(server):
    make_mailbox()
    account = account_at(server)
    server.put(mail(message_id="1@x"))
    imap.poll(account)
    MailAccount.objects.update(last_uid=0)

    imap.poll(account)
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]


def test_a_mail_for_nobody_here_is_left_unread_and_said(server):
    make_mailbox()
    account = account_at(server)
    server.put(mail(To="someone@elsewhere.example"))
    server.put(mail(message_id="2@x"))

    found = imap.poll(account)

    account.refresh_from_db()
    assert found.taken == 1
    assert server.flags() == [False, True]
    assert "someone@elsewhere.example" in account.last_error


def test_the_account_may_name_the_mailbox_for_all_others(server):
    row = make_mailbox("nagios")
    account = account_at(server, mailbox="nagios")
    server.put(mail(To="alerts@corp.example"))

    imap.poll(account)
    work()

    assert InboundMessage.objects.get().integration == row


def test_a_mail_larger_than_the_limit_is_taken_as_far_as_it_goes(server, settings):
    settings.INBOUND_MAIL_MAX_BYTES = 5000
    make_mailbox()
    account = account_at(server)
    server.put(mail("Host: web-1\r\n" + "x" * 20_000))

    assert imap.poll(account).taken == 1

    assert len(InboundMessage.objects.get().body) < 6000


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"password": "wrong"}, "Authentication failed"),
        ({"folder": "No such"}, "the folder No such cannot be opened"),
        ({"security": "tls"}, "choose STARTTLS, or another port"),
        ({"security": "starttls", "host": "127.0.0.1"}, "is not trusted"),
    ],
)
def test_what_is_wrong_stands_on_the_account(server, fields, says):
    account = account_at(server)
    MailAccount.objects.update(**{k: v for k, v in fields.items() if k != "password"})
    if "password" in fields:
        account.password = fields["password"]
        account.save()

    assert says in error_of(account)


def secured(server, security, **fields):
    port = server.tls_port if security == "tls" else server.port
    return account_at(server, **{"host": "localhost", "port": port, "security": security} | fields)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mails_are_taken_over_tls_from_a_server_with_an_authority_of_its_own(
    server, settings, security
):
    settings.OUTGOING_CA_FILE = server.authority
    make_mailbox()
    server.put(mail(message_id="1@x"))
    account = secured(server, security)

    assert imap.poll(account).taken == 1

    account.refresh_from_db()
    assert account.last_error == ""
    assert server.flags() == [True]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused_and_the_mend_is_named(server, security):
    make_mailbox()
    server.put(mail(message_id="1@x"))

    error = error_of(secured(server, security))

    assert error.startswith("The certificate of the server is not trusted: self-signed")
    assert "OUTGOING_CA_FILE" in error
    assert server.flags() == [False]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_name_is_refused_whoever_made_it(server, settings, security):
    settings.OUTGOING_CA_FILE = server.authority

    error = error_of(secured(server, security, host="127.0.0.1"))

    assert error.startswith("The certificate of the server is for another name")
    assert "127.0.0.1" in error


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_of_our_own_network_is_not_even_asked_unless_that_is_allowed(
    server, settings, host, security
):
    settings.OUTGOING_ALLOW_PRIVATE = False

    error = error_of(secured(server, security, host=host))

    assert "which is not allowed" in error
    assert "OUTGOING_ALLOW_PRIVATE" in error
    assert error.startswith(host)


def test_a_server_that_is_named_may_be_in_our_own_network(server, settings):
    settings.OUTGOING_ALLOW_PRIVATE, settings.OUTGOING_ALLOWED_HOSTS = False, ["localhost"]
    settings.OUTGOING_CA_FILE = server.authority
    make_mailbox()
    server.put(mail(message_id="1@x"))

    assert imap.poll(secured(server, "tls")).taken == 1


def test_a_name_that_leads_to_the_metadata_of_a_cloud_is_refused(server, monkeypatch):
    ask = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **more: ask("169.254.169.254", *args, **more)
    )

    error = error_of(secured(server, "none", host="imap.example.com"))

    assert error.startswith("imap.example.com is a link-local address")


def test_a_server_that_is_not_there_is_said_so():
    account = account_at(None)

    with pytest.raises(imap.PollError, match="refused"):
        imap.poll(account)


def test_another_folder_or_server_is_read_from_its_start():
    account = account_at(None)
    MailAccount.objects.update(
        uid_validity=5, last_uid=9, last_error="x", last_polled_at=timezone.now()
    )
    account.refresh_from_db()

    account.folder = "Alerts"
    store.save_account(account)

    account.refresh_from_db()
    assert (account.uid_validity, account.last_uid, account.last_error) == (0, 0, "")
    assert account.last_polled_at is None


def test_an_account_is_looked_into_again_after_its_pause_and_later_after_failures():
    account = account_at(None, every_seconds=60)
    now = timezone.now()

    assert mail_receiver.is_due(account, now, 30)
    account.last_polled_at = now - timedelta(seconds=61)
    assert mail_receiver.is_due(account, now, 0)
    assert not mail_receiver.is_due(account, now, 1)
    account.last_polled_at = now - timedelta(minutes=16)
    assert mail_receiver.is_due(account, now, 30)
