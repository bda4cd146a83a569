"""The SMTP receiver, spoken to as mail servers do."""

import asyncio
import smtplib
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest
from django.db import connections

from integrations.mail import store
from integrations.mail.incoming import IncomingMail
from integrations.mail.smtp import LATER, Receiver, _bounded
from integrations.models import InboundMessage, Integration
from integrations.setup import integrations, security
from tests.integrations.mails import DOMAIN, mail, make_mailbox, nagios
from tests.integrations.posting import log, work
from tests.notifications.certificates import self_signed

pytestmark = pytest.mark.django_db(transaction=True)


class Running:
    """A receiver with a loop and a thread of its own, as the mail_receiver has."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(1)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        listening = self.run(self.listen())
        self.server, self.port = listening, listening.sockets[0].getsockname()[1]

    async def listen(self):
        return await Receiver(self.pool).listen("127.0.0.1", 0)

    def run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def end(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def stop(self):
        self.run(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(60)
        self.loop.close()
        self.pool.submit(connections.close_all).result(60)
        self.pool.shutdown()

    def client(self):
        return smtplib.SMTP("127.0.0.1", self.port, timeout=60)


@pytest.fixture
def start(settings):
    settings.INBOUND_MAIL_DOMAIN = DOMAIN
    started = []

    def begin(**changed):
        for name, value in changed.items():
            setattr(settings, name, value)
        started.append(Running())
        return started[-1]

    yield begin
    for one in started:
        one.stop()


@pytest.fixture
def receiver(start):
    return start()


def send(client, raw, to=f"ops@{DOMAIN}", sender="monitor@example.com"):
    """The answer to one mail, as (code, text)."""
    client.ehlo_or_helo_if_needed()
    client.mail(sender)
    code, text = client.rcpt(to)
    if code == 250:
        code, text = client.data(raw)
    client.rset()
    return code, text.decode()


def test_a_mail_is_kept_before_it_is_answered(receiver):
    make_mailbox("nagios", "nagios-email")

    with receiver.client() as client:
        code, text = send(client, nagios("open"), f"nagios@{DOMAIN}")

    message = InboundMessage.objects.get()
    assert (code, text) == (250, f"2.0.0 Kept as message {message.pk}")
    assert message.remote_address == "127.0.0.1"
    work()
    assert log() == ["Mapped (opened)"]


def test_a_mail_of_a_library_with_an_attachment_comes_through(receiver):
    make_mailbox()
    message = EmailMessage()
    message["Subject"], message["From"] = "Störung", "Wächter <monitor@example.com>"
    message["To"] = f"ops@{DOMAIN}"
    message.set_content("Grüße\n.\n..dots")
    message.add_attachment(b"\x00" * 3_000_000, maintype="image", subtype="png", filename="a.png")

    with receiver.client() as client:
        client.send_message(message)
    work()

    kept = InboundMessage.objects.get()
    assert kept.subject == "Störung"
    assert len(kept.body) < 10_000
    assert kept.headers["x-mail-size"] > "4000000"


@pytest.mark.parametrize(
    ("to", "code", "says"),
    [
        (f"nobody@{DOMAIN}", 550, "5.1.1"),
        ("ops@elsewhere.example", 550, "5.7.1"),
        (f"closed@{DOMAIN}", 550, "5.2.1"),
    ],
)
def test_what_is_for_nobody_is_refused_before_it_is_sent(receiver, to, code, says):
    make_mailbox()
    integrations.set_enabled(make_mailbox("closed").pk, False)

    with receiver.client() as client:
        client.ehlo()
        client.mail("a@b.c")
        answer = client.rcpt(to)

    assert answer[0] == code
    assert answer[1].decode().startswith(says)
    assert not InboundMessage.objects.exists()


def test_an_address_outside_the_allowed_networks_is_refused_before_it_sends_and_noted(receiver):
    make_mailbox(allowed_networks=["192.0.2.0/24"])

    with receiver.client() as client:
        client.ehlo()
        client.mail("monitor@example.com")
        code, text = client.rcpt(f"ops@{DOMAIN}")

    assert (code, text.decode()) == (550, "5.7.1 This address may not send here")
    assert log() == ["Rejected"]
    row = InboundMessage.objects.get()
    assert row.reason == "Address refused: 127.0.0.1 is in no allowed network."
    assert (row.route, row.answer, row.remote_address) == ("mail", 403, "127.0.0.1")


def test_an_address_within_the_allowed_networks_sends(receiver):
    make_mailbox(allowed_networks=["192.0.2.0/24", "127.0.0.0/8"], bearer_token="not-for-mails")

    with receiver.client() as client:
        assert send(client, mail())[0] == 250
    work()

    assert log() == ["Mapped (opened)"]


def test_networks_that_are_named_between_the_address_and_the_mail_count_as_well(receiver):
    row = make_mailbox()

    with receiver.client() as client:
        client.ehlo()
        client.mail("monitor@example.com")
        assert client.rcpt(f"ops@{DOMAIN}")[0] == 250
        security.change_networks(row.pk, ["192.0.2.0/24"])
        code, text = client.data(mail())

    assert (code, text.decode()) == (550, "5.7.1 This address may not send here")
    assert log() == ["Rejected"]


def test_a_mailbox_that_refuses_the_address_keeps_nothing_from_another(receiver):
    make_mailbox(allowed_networks=["192.0.2.0/24"])
    other = make_mailbox("other")

    with receiver.client() as client:
        refused = client.sendmail("a@b.c", [f"ops@{DOMAIN}", f"other@{DOMAIN}"], mail())

    assert list(refused) == [f"ops@{DOMAIN}"]
    assert InboundMessage.objects.pending().get().integration == other


@pytest.mark.parametrize("way", ["imap", "postmark"])
def test_what_comes_by_another_way_is_not_asked_from_where(way):
    make_mailbox(allowed_networks=["192.0.2.0/24"])

    store.deliver(IncomingMail(mail(), (f"ops@{DOMAIN}",), transport=way))
    work()

    assert log() == ["Mapped (opened)"]


def test_one_unknown_recipient_does_not_keep_the_mail_from_the_others(receiver):
    make_mailbox()

    with receiver.client() as client:
        refused = client.sendmail("a@b.c", [f"ops@{DOMAIN}", f"x@{DOMAIN}"], mail())

    assert list(refused) == [f"x@{DOMAIN}"]
    assert InboundMessage.objects.count() == 1


def test_a_bounce_is_kept_and_opens_nothing(receiver):
    make_mailbox()

    with receiver.client() as client:
        report = "multipart/report; report-type=delivery-status; boundary=b"
        code, _ = send(client, mail(Content_Type=report), sender="")
    work()

    assert code == 250
    assert log() == ["Mapped Ignored"]


def test_a_mail_of_nagios_with_the_null_sender_opens(receiver):
    make_mailbox("nagios", "nagios-email")

    with receiver.client() as client:
        code, _ = send(client, nagios("open"), f"nagios@{DOMAIN}", sender="")
    work()

    assert code == 250
    assert log() == ["Mapped (opened)"]


def test_a_sender_that_tries_again_counts_once(receiver):
    make_mailbox()

    with receiver.client() as client:
        for _ in range(2):
            assert send(client, mail(message_id="1@x"))[0] == 250
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]


def test_there_is_no_login_and_the_size_is_announced(receiver, settings):
    with receiver.client() as client:
        client.ehlo()

        assert client.esmtp_features["size"] == str(settings.INBOUND_MAIL_MAX_BYTES)
        assert "auth" not in client.esmtp_features
        assert "starttls" not in client.esmtp_features


def test_a_mail_that_is_too_large_is_refused(start):
    make_mailbox()

    with start(INBOUND_MAIL_MAX_BYTES=10_000).client() as client:
        code, _ = send(client, mail("x" * 20_000))
        told = client.docmd("MAIL FROM:<a@b.c> SIZE=20000")

    assert code == 552
    assert told[0] == 552
    assert not InboundMessage.objects.exists()


def test_lines_longer_than_the_standard_allows_are_taken(receiver):
    make_mailbox()

    with receiver.client() as client:
        assert send(client, mail("x" * 50_000))[0] == 250


def test_a_certificate_gives_starttls(start, tmp_path):
    made = self_signed("localhost", tmp_path / "own.pem")
    make_mailbox()

    receiver = start(INBOUND_SMTP_CERT=made.authority)
    with smtplib.SMTP("localhost", receiver.port, timeout=60) as client:
        client.starttls(context=ssl.create_default_context(cafile=made.authority))
        client.ehlo()
        assert "auth" not in client.esmtp_features
        code, _ = send(client, mail())

    assert code == 250


def test_one_connection_too_many_is_told_to_come_again(start):
    receiver = start(INBOUND_SMTP_CONNECTIONS=2)
    first, second = receiver.client(), receiver.client()

    with pytest.raises(smtplib.SMTPConnectError) as refusal:
        receiver.client()
    assert refusal.value.smtp_code == 421

    first.quit()
    second.quit()
    for _ in range(50):
        try:
            receiver.client().quit()
            break
        except smtplib.SMTPConnectError:
            threading.Event().wait(0.05)
    else:
        raise AssertionError("no room was made")


def test_noise_on_the_socket_ends_nothing_but_itself(receiver):
    make_mailbox()
    with socket.create_connection(("127.0.0.1", receiver.port), 10) as noise:
        noise.sendall(b"\x16\x03\x01\x00\xff" + b"GET / HTTP/1.1\r\n" * 20)
        noise.recv(4096)

    with receiver.client() as client:
        assert send(client, mail())[0] == 250


def test_without_a_database_the_sender_keeps_the_mail():
    def job():
        Integration.objects.raw("SELECT no_such_column FROM nowhere")[0]

    assert _bounded(job) == LATER
