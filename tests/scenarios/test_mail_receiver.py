"""A whole portal that takes mails: by SMTP, and from a mailbox that is polled."""

import os
import signal
import smtplib
from contextlib import contextmanager

import pytest

from tests.integrations.dovecot import PASSWORD, Dovecot
from tests.integrations.mails import mail, nagios
from tests.portal import free_port

pytestmark = pytest.mark.slow
DOMAIN = "ops.example.com"
MAKE = """
from incidents.models import Service
from integrations.setup.integrations import create_integration
create_integration("nagios-email", service=Service.objects.first(), mailbox="nagios")
"""
ADD_ACCOUNT = """
from integrations.mail.store import save_account
from integrations.models import MailAccount
save_account(MailAccount(
    name="Ops", host="127.0.0.1", port={port}, security="none", username="ops",
    password="{password}", mailbox="nagios", every_seconds=10,
))
"""
LOG = "SELECT status, action FROM integrations_inboundmessage WHERE route = 'mail' ORDER BY id"


def shell(portal, script):
    return portal.manage("shell", "-v", "0", "-c", script)


def log(portal):
    return [list(row) for row in portal.sql(LOG)]


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def portal(start_portal, port):
    portal = start_portal(
        INBOUND_SMTP=f"127.0.0.1:{port}", INBOUND_MAIL_DOMAIN=DOMAIN, OUTGOING_ALLOW_PRIVATE=1
    )
    shell(portal, MAKE)
    yield portal
    portal.stop()


def send(port, raw):
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.sendmail("nagios@web-0.example.com", [f"nagios@{DOMAIN}"], raw)


def is_listening(port):
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=10).quit()
    except OSError:
        return False
    return True


def test_mails_by_smtp_open_and_close_through_the_whole_portal(portal, port):
    for name in ("open", "acknowledgement", "close"):
        send(port, nagios(name))

    expected = [["mapped", "opened"], ["mapped", "updated"], ["mapped", "closed"]]
    portal.wait_until(lambda: log(portal)[:3] == expected, "worked off")
    assert portal.health()[1]["components"]["mail_receiver"]["ok"]


def test_a_killed_mailroom_comes_back_and_takes_mails(portal, port):
    killed = portal.kill("mail_receiver")
    portal.wait_until(lambda: portal.pids().get("mail_receiver", killed) != killed, "back")
    portal.wait_until(lambda: is_listening(port), "listening")

    before = len(log(portal))
    send(port, mail("Notification Type: PROBLEM\nHost: web-9\n", message_id="9@x"))

    portal.wait_until(lambda: len(log(portal)) == before + 1, "kept")


@contextmanager
def no_database(portal):
    """Gives what ends the database. Nobody brings it back before the block is over."""
    supervisor, note = portal.process.pid, portal.data_dir / "postgres" / "postmaster.pid"

    def end():
        os.kill(int(note.read_text().split()[0]), signal.SIGQUIT)  # At once, as in a crash.
        portal.wait_until(lambda: not note.exists(), "ended")

    os.kill(supervisor, signal.SIGSTOP)
    try:
        yield end
    finally:
        os.kill(supervisor, signal.SIGCONT)


def test_without_its_database_senders_keep_their_mails_which_count_once_when_they_come_again(
    portal, port
):
    raw = mail("Notification Type: PROBLEM\nHost: web-5\n", message_id="5@x")
    before = len(log(portal))

    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client, no_database(portal) as end:
        client.ehlo()
        client.mail("nagios@web-0.example.com")
        assert client.rcpt(f"nagios@{DOMAIN}")[0] == 250
        end()
        code, text = client.data(raw)
        assert (code, text.decode()) == (451, "4.3.0 Nothing was kept, please send it again")
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
            send(port, raw)
        assert {answer[0] for answer in refusal.value.recipients.values()} == {451}
    portal.wait_until(portal.is_well, "well")
    for _ in range(2):
        send(port, raw)

    portal.wait_until(lambda: len(log(portal)) == before + 2, "kept")
    wanted = [["mapped", "opened"], ["ignored", "retry"]]
    portal.wait_until(lambda: log(portal)[before:] == wanted, "worked off")


@pytest.mark.needs("dovecot")
def test_a_mail_account_that_is_added_while_it_runs_is_looked_into(portal, make_folder):
    server = Dovecot(make_folder())
    try:
        server.put(mail("Notification Type: PROBLEM\nHost: web-7\n", message_id="7@x"))
        before = len(log(portal))

        shell(portal, ADD_ACCOUNT.format(port=server.port, password=PASSWORD))

        portal.wait_until(lambda: len(log(portal)) == before + 1, "taken")
        portal.wait_until(lambda: server.flags() == [True], "marked")
    finally:
        server.stop()
