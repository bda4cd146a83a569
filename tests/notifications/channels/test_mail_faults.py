"""Whose fault it is when a mail cannot be handed over: the mailbox's, or the mail server's."""

import socket
import threading
import time
from functools import partial

import pytest

from notifications import smtp, smtp_lines
from notifications.channels import all_channels
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.mail_servers import MailServer, after, drip, hang
from tests.notifications.samples import make_brief, make_message

EMAIL = all_channels()["email"]


@pytest.fixture
def server(settings):
    server = MailServer()
    settings.EMAIL_BACKEND = smtp.STOCK
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 1
    yield server
    server.close()
    smtp.close_connections()


def send():
    EMAIL.send({"address": "jane@example.com"}, make_message(make_brief()))


def failure():
    with pytest.raises(DeliveryError) as found:
        send()
    return found.value


def whose(error):
    return [
        name for name in ("permanent", "address_fault", "provider_fault") if getattr(error, name)
    ]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "550 5.4.5 Daily user sending limit exceeded"),
        ("MAIL", "550 5.7.1 Relaying denied"),
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first"),
        ("MAIL", "553 5.1.8 Domain of sender address does not exist"),
        ("MAIL", "501 5.1.7 Bad sender address syntax"),
        ("DATA", "554 5.7.1 Message rejected under suspicion of SPAM"),
        ("TEXT", "552 5.3.4 Message size exceeds fixed limit"),
        ("TEXT", "554 transaction failed"),
        ("GREETING", "554 no SMTP service here"),
        ("GREETING", "421 4.3.2 too many connections"),
        ("MAIL", "421 4.7.0 try again later"),
        ("RCPT", "421 4.3.2 shutting down"),
        ("RCPT", "550 5.7.1 Unable to relay"),
        ("RCPT", "550 5.4.5 Daily quota exceeded"),
        ("RCPT", "554 5.7.1 Client host blocked"),
        ("RCPT", "550 5.1.8 Sender address rejected: domain not found"),
        ("RCPT", "550 relaying denied"),
        ("RCPT", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
        ("RCPT", "552 too much mail data"),
        ("RCPT", "450 4.2.0 Greylisted"),
        ("RCPT", "451 4.7.1 try again later"),
        ("RCPT", "452 4.2.2 mailbox full"),
        ("RCPT", "452 insufficient system storage"),
    ],
)
def test_a_refusal_of_the_server_is_the_servers_and_passes(server, command, answer):
    server.replies[command] = answer

    error = failure()

    assert whose(error) == ["provider_fault"]
    assert str(error).startswith(f"The mail server answered {answer[:3]}: ")


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.1.1 no such user",
        "550 5.1.0 address rejected",
        "556 5.1.10 recipient has a null MX",
        "550 5.2.1 mailbox disabled",
        "552 5.2.2 mailbox full",
        "550 no such user here",
        "551 user not local",
        "553 mailbox name not allowed",
    ],
)
def test_a_mailbox_that_is_refused_is_the_addresss_fault_for_good(server, answer):
    server.replies["RCPT"] = answer

    assert whose(failure()) == ["permanent", "address_fault"]


def test_a_log_in_that_is_refused_is_the_servers_fault(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ops", "wrong"
    server.replies["AUTH"] = "535 5.7.8 Authentication credentials invalid"

    assert whose(failure()) == ["provider_fault"]


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_hangs_ends_in_time_and_the_setting_is_named(server, command):
    server.replies[command] = hang
    began = time.monotonic()

    error = failure()

    assert time.monotonic() - began < 30
    assert (whose(error), error.ambiguous) == (["provider_fault"], command == "DATA")
    assert "within 1 s (EMAIL_TIMEOUT)" in str(error)


def test_a_server_that_hangs_after_the_text_leaves_doubt(server):
    server.replies["TEXT"] = hang

    error = failure()

    assert (whose(error), error.ambiguous) == (["provider_fault"], True)
    assert "EMAIL_TIMEOUT" in str(error)


@pytest.mark.parametrize("command", ["GREETING", "MAIL", "TEXT"])
def test_a_server_that_drips_ends_in_time(server, monkeypatch, command):
    monkeypatch.setattr(smtp_lines, "GREETING_TIMEOUT_S", 1)
    server.replies[command] = drip
    began = time.monotonic()

    assert whose(failure()) == ["provider_fault"]
    assert time.monotonic() - began < 30


def test_all_answers_of_one_mail_together_have_a_time(server, settings, monkeypatch):
    monkeypatch.setattr(smtp, "BUDGET_S", 1.5)
    settings.EMAIL_TIMEOUT = 30
    for command in ("EHLO", "MAIL", "RCPT"):
        server.replies[command] = after(0.7)
    began = time.monotonic()

    assert whose(failure()) == ["provider_fault"]
    assert time.monotonic() - began < 30


def test_a_late_greeting_is_waited_for_longer_than_other_answers(server):
    server.replies["GREETING"] = after(2.5, "220 at last")

    send()

    assert len(server.texts) == 1


def test_a_greeting_is_waited_for_a_minute_and_then_the_setting_is_named(server, monkeypatch):
    assert smtp_lines.GREETING_TIMEOUT_S == 60 < smtp.BUDGET_S
    monkeypatch.setattr(smtp_lines, "GREETING_TIMEOUT_S", 0.5)
    server.replies["GREETING"] = hang

    error = failure()

    assert "it did not greet within 1 s (EMAIL_TIMEOUT" in str(error)


@pytest.mark.parametrize("switch", ["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def test_a_tls_handshake_that_hangs_ends_in_time(server, settings, switch):
    setattr(settings, switch, True)
    server.replies["GREETING"] = hang if switch == "EMAIL_USE_SSL" else "220 ready"
    began = time.monotonic()

    error = failure()

    assert time.monotonic() - began < 30
    assert whose(error) == ["provider_fault"]
    assert "EMAIL_TIMEOUT" in str(error)


def test_a_name_that_is_not_found_in_time_is_the_servers_fault(server, monkeypatch):
    monkeypatch.setattr(smtp, "BUDGET_S", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: server.over.wait(20) and [])

    error = failure()

    assert whose(error) == ["provider_fault"]
    assert "the look-up of its name took too long" in str(error)


def test_a_server_that_resets_the_line_is_at_fault(server):
    server.replies["MAIL"] = lambda _, line: line.shutdown(socket.SHUT_RDWR)

    assert whose(failure()) == ["provider_fault"]


def test_after_a_line_that_hung_the_next_mail_has_one_of_its_own(server):
    server.replies["RCPT"] = hang
    failure()
    server.replies.clear()

    send()

    assert len(server.texts) == 1


def test_each_thread_has_a_line_and_a_time_of_its_own(server, settings):
    settings.EMAIL_TIMEOUT = 10
    server.replies["RCPT"] = after(2)
    threads = [threading.Thread(target=partial(_send_and_close)) for _ in range(3)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(server.texts) == 3
    assert time.monotonic() - began < 5.9


def _send_and_close():
    send()
    smtp.close_connections()
