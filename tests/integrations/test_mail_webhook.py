"""Mails that a provider takes for us, as Mailgun, Postmark and SendGrid post them."""

import json
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from integrations.decoding.decode import decode
from integrations.decoding.mime import RFC822
from integrations.models import InboundMessage
from integrations.setup import integrations
from tests.integrations.mail_providers import (
    basic,
    headers_of,
    mailgun,
    post_form,
    post_json,
    postmark,
    raw_form,
    sendgrid,
    text_of,
)
from tests.integrations.mails import DOMAIN, make_mailbox, nagios
from tests.integrations.posting import log, work

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("providers"),
    # Anymail warns that its authors cannot try SendGrid any more.
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]


def ways(raw):
    parsed = {"message-headers": json.dumps(headers_of(raw)), "body-plain": text_of(raw)}
    return {
        "mailgun parsed": (post_form, "mailgun", mailgun(**parsed)),
        "mailgun raw": (post_form, "mailgun", mailgun(**{"body-mime": raw.decode()})),
        "postmark parsed": (post_json, "postmark", postmark(raw)),
        "postmark raw": (post_json, "postmark", postmark(raw, RawEmail=raw.decode())),
        "sendgrid parsed": (post_form, "sendgrid", sendgrid(raw)),
        "sendgrid raw": (
            post_form,
            "sendgrid",
            {"email": raw.decode(), "envelope": sendgrid(raw)["envelope"]},
        ),
    }


@pytest.mark.parametrize("way", ways(nagios("open")))
def test_what_a_provider_posts_opens_and_closes_one_alert(client, way):
    for name in ("open", "close"):
        post, provider, body = ways(nagios(name))[way]
        answer = post(client, provider, body)
        assert answer.status_code == 200, answer.content
        work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]
    message = InboundMessage.objects.latest("pk")
    assert message.headers["x-mail-way"] == provider
    assert b"Return-Path: <nagios@web-0.example.com>\r\n" in bytes(message.body)


def test_a_provider_that_posts_again_counts_once(client):
    body = mailgun(**{"body-mime": nagios("open").decode()})

    post_form(client, "mailgun", body)
    post_form(client, "mailgun", body)
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]


def test_the_same_mail_by_two_ways_counts_once(client):
    post_form(client, "mailgun", mailgun(**{"body-mime": nagios("open").decode()}))
    post_json(client, "postmark", postmark(nagios("open")))
    work()

    assert log() == ["Mapped (opened)", "Mapped Ignored (retry)"]


def test_attachments_are_listed_and_large_ones_are_not_kept(client):
    raw = nagios("open")
    body = mailgun(
        **{
            "message-headers": json.dumps(headers_of(raw)),
            "body-plain": text_of(raw),
            "attachment-count": "1",
            "attachment-1": SimpleUploadedFile("dump.bin", b"\x00" * 2_000_000),
        }
    )

    assert post_form(client, "mailgun", body).status_code == 200

    assert len(InboundMessage.objects.get().body) < 10_000


@pytest.mark.parametrize("provider", ["postmark", "mailgun", "sendgrid"])
@pytest.mark.parametrize("headers", [{"X-None": "1"}, basic("mail:wrong")])
def test_without_the_secret_nothing_comes_in(client, provider, headers):
    answer = post_json(client, provider, postmark(nagios("open")), headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Basic")
    assert not InboundMessage.objects.exists()


def test_a_wrong_signature_is_refused_although_the_secret_is_right(client):
    body = mailgun(**{"body-mime": nagios("open").decode()}) | {"signature": "0" * 64}

    assert post_form(client, "mailgun", body).status_code == 401


@pytest.mark.parametrize("missing", ["WEBHOOK_SECRET", "MAILGUN_WEBHOOK_SIGNING_KEY"])
def test_what_is_not_set_up_is_closed_and_says_what_to_set(client, settings, missing):
    settings.ANYMAIL = settings.ANYMAIL | {missing: ""}

    answer = post_form(client, "mailgun", mailgun(**{"body-mime": nagios("open").decode()}))

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("Set INBOUND_MAIL_")


def test_a_mail_for_nobody_is_not_found(client):
    answer = post_json(
        client, "postmark", postmark(nagios("open"), OriginalRecipient=f"x@{DOMAIN}")
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_mailbox")


def test_a_disabled_integration_takes_no_mails(client):
    integrations.set_enabled(make_mailbox("off").pk, False)

    answer = post_json(
        client, "postmark", postmark(nagios("open"), OriginalRecipient=f"off@{DOMAIN}")
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "disabled")


def test_an_unknown_provider_is_not_found(client):
    assert post_json(client, "nobody", {}).status_code == 404


def test_providers_that_look_whether_the_address_exists_find_it(client):
    assert client.head("/anymail/mailgun/inbound/").status_code == 200


def post_raw(client, form):
    return client.post(
        "/anymail/sendgrid/inbound/",
        form,
        content_type="multipart/form-data; boundary=b0",
        headers=basic(),
    )


def received_text():
    return decode(bytes(InboundMessage.objects.get().body), RFC822)["text"]


@pytest.mark.parametrize(
    ("charset", "sent", "shown"),
    [
        ("iso-8859-15", "Grün 5 €".encode("iso-8859-15"), "Grün 5 €"),
        ("shift_jis", "障害".encode("shift_jis"), "障害"),
        ("utf-8", "Grün".encode(), "Grün"),
        ("UTF-8", b"Gr\xfcn", "Gr\ufffdn"),
        ("us-ascii", "Grün".encode(), "Grün"),
        ("nonsense", "Grün".encode(), "Grün"),
        ("hex", b"4142", "4142"),
        ("rot13", b"uryyb", "uryyb"),
        ("undefined", b"down", "down"),
        ("unicode_escape", b"C:\\new", "C:\\new"),
        ("idna", b"xn--a", "xn--a"),
        ("x" * 5000, b"down", "down"),
        (7, b"down", "down"),
        (None, b"down", "down"),
    ],
)
@pytest.mark.parametrize("field", ["text", "html"])
def test_sendgrid_names_a_charset_for_each_text(client, charset, sent, shown, field):
    fields = sendgrid(nagios("open"), charsets=json.dumps({field: charset}))
    del fields["text"]

    answer = post_raw(client, raw_form(**fields, **{field: sent}))

    assert answer.status_code == 200, answer.content
    assert shown in received_text()


@pytest.mark.parametrize("charsets", ["[]", "null", "{", "7", '"text"', "[" * 5000])
def test_charsets_of_another_form_lose_no_mail(client, charsets):
    answer = post_raw(client, raw_form(**sendgrid(nagios("open"), charsets=charsets)))

    assert answer.status_code == 200


def test_a_text_in_punycode_takes_no_more_time_than_another(client):
    fields = sendgrid(nagios("open"), charsets=json.dumps({"text": "punycode"}))
    began_s = time.process_time()

    answer = post_raw(client, raw_form(**fields | {"text": b"a" * 300_000 + b"-" + b"9" * 300_000}))

    assert answer.status_code == 200
    assert time.process_time() - began_s < 5
