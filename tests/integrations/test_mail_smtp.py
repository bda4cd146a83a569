"""The SMTP receiver, spoken to as mail servers do."""

import smtplib
import socket
import ssl
import threading
from email.message import EmailMessage

import pytest
from django.db import transaction

from integrations.mail.smtp import LATER, _bounded
from integrations.models import InboundMessage, Integration
from integrations.setup import integrations
from notifications.reply_addresses import reply_address
from tests.factories import make_incident, make_page, make_user
from tests.integrations.mails import DOMAIN, mail, make_mailbox, nagios
from tests.integrations.posting import log, work
from tests.integrations.smtp import send
from tests.notifications.certificates import self_signed

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_an_answer_to_a_page_is_taken_and_stored_nowhere(receiver, settings):
    settings.INBOUND_MAIL_REPLIES = "replies"
    with transaction.atomic():
        page = make_page(make_incident(), make_user())
    address = reply_address(page.incident_id, str(page.delivery_id))

    with receiver.client() as client:
        code, text = send(client, mail("ack", message_id="1@x"), address)
        client.mail("a@b.c", ["SIZE=99999999"])
        assert client.rcpt(address)[0] == 552

    page.incident.refresh_from_db()
    assert (code, text, page.incident.status) == (250, "2.0.0 Taken as an answer", "acknowledged")
    assert not InboundMessage.objects.exists()


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


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_mail_that_is_too_large_is_refused_and_noted_at_each_of_its_mailboxes(
    start_receiver, is_declared
):
    boxes = [make_mailbox(), make_mailbox("db")]
    to = [f"{one}@{DOMAIN}" for one in ("ops", "db", "nobody")]

    with start_receiver(INBOUND_MAIL_MAX_BYTES=10_000).client() as client:
        client.ehlo()
        client.mail("monitor@example.com", ["size=20000"] if is_declared else [])
        codes = [client.rcpt(one)[0] for one in to]
        if not is_declared:
            codes = [client.data("x" * 20_000)[0]] * 2 + codes[2:]
        client.rset()
        next_code, _ = send(client, mail())

    assert codes == [552, 552, 550]
    assert next_code == 250
    refused = InboundMessage.objects.filter(status="rejected").order_by("pk")
    assert [row.integration for row in refused] == boxes
    said = "Rejected: too large. It has more than 10,000 bytes; nothing of it is kept."
    assert refused[0].reason == said
    assert Integration.objects.filter(unreadable_count=1).count() == 2


def test_lines_longer_than_the_standard_allows_are_taken(receiver):
    make_mailbox()

    with receiver.client() as client:
        assert send(client, mail("x" * 50_000))[0] == 250


def test_a_certificate_gives_starttls(start_receiver, tmp_path):
    made = self_signed("localhost", tmp_path / "own.pem")
    make_mailbox()

    receiver = start_receiver(INBOUND_SMTP_CERT=made.authority)
    with smtplib.SMTP("localhost", receiver.port, timeout=60) as client:
        client.starttls(context=ssl.create_default_context(cafile=made.authority))
        client.ehlo()
        assert "auth" not in client.esmtp_features
        code, _ = send(client, mail())

    assert code == 250


def test_one_connection_too_many_is_told_to_come_again(start_receiver):
    receiver = start_receiver(INBOUND_SMTP_CONNECTIONS=2)
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
