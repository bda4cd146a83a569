"""A whole portal that takes mails: by SMTP, and from a mailbox that is polled."""

import json
import smtplib

import pytest

from tests.integrations.dovecot import DOVECOT, PASSWORD, Dovecot
from tests.integrations.mails import mail, nagios
from tests.portal import free_port

pytestmark = pytest.mark.slow
DOMAIN = "ops.example.com"
MAKE = """
from incidents.models import Service
from integrations import verbs
verbs.create_integration("nagios-email", service=Service.objects.first(), mailbox="nagios")
"""
ADD_ACCOUNT = """
from integrations import verbs
from integrations.models import MailAccount
verbs.save_account(MailAccount(
    name="Ops", host="127.0.0.1", port={port}, security="none", username="ops",
    password="{password}", mailbox="nagios", every_seconds=10,
))
"""
LOOK = """
import json
from integrations.models import InboundMessage
rows = InboundMessage.objects.filter(route="mail").order_by("pk")
print(json.dumps([[row.status, row.action] for row in rows]))
"""


def shell(portal, script):
    return portal.manage("shell", "-v", "0", "-c", script)


def log(portal):
    return json.loads(shell(portal, LOOK).strip().splitlines()[-1])


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def portal(start_portal, port):
    portal = start_portal(INBOUND_SMTP=f"127.0.0.1:{port}", INBOUND_MAIL_DOMAIN=DOMAIN)
    shell(portal, MAKE)
    yield portal
    portal.stop()


def send(port, raw):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.sendmail("nagios@web-0.example.com", [f"nagios@{DOMAIN}"], raw)


def is_listening(port):
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except OSError:
        return False
    return True


def test_mails_by_smtp_open_and_close_through_the_whole_portal(portal, port):
    for name in ("open", "acknowledgement", "close"):
        send(port, nagios(name))

    expected = [["mapped", "opened"], ["mapped", "updated"], ["mapped", "closed"]]
    portal.wait_until(lambda: log(portal)[:3] == expected, "worked off", 20)
    assert portal.health()[1]["parts"]["mailroom"]["ok"]


def test_a_killed_mailroom_comes_back_and_takes_mails(portal, port):
    killed = portal.kill("mailroom")
    portal.wait_until(lambda: portal.pids().get("mailroom", killed) != killed, "back", 10)
    portal.wait_until(lambda: is_listening(port), "listening", 10)

    before = len(log(portal))
    send(port, mail("Notification Type: PROBLEM\nHost: web-9\n", message_id="9@x"))

    portal.wait_until(lambda: len(log(portal)) == before + 1, "kept", 10)


@pytest.mark.skipif(not DOVECOT, reason="dovecot is not installed")
def test_a_mail_account_that_is_added_while_it_runs_is_looked_into(portal, tmp_path):
    server = Dovecot(tmp_path / "d")
    try:
        server.put(mail("Notification Type: PROBLEM\nHost: web-7\n", message_id="7@x"))
        before = len(log(portal))

        shell(portal, ADD_ACCOUNT.format(port=server.port, password=PASSWORD))

        portal.wait_until(lambda: len(log(portal)) == before + 1, "taken", 20)
        portal.wait_until(lambda: server.flags() == [True], "marked", 10)
    finally:
        server.stop()
