"""Mails as Mailgun, Postmark and SendGrid post them, for tests."""

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import pytest

from tests.integrations.mails import DOMAIN, make_mailbox

SECRET, KEY = "mail:a long secret", "key-of-mailgun"
TO = f"nagios@{DOMAIN}"


@pytest.fixture
def providers(settings):
    """All are set up, and there is a mailbox to send to."""
    settings.INBOUND_MAIL_DOMAIN = DOMAIN
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    make_mailbox("nagios", "nagios-email")


def basic(secret=SECRET):
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def post_form(client, provider, fields, headers=None):
    return client.post(f"/anymail/{provider}/inbound/", fields, headers=headers or basic())


def post_json(client, provider, body, headers=None):
    return client.post(
        f"/anymail/{provider}/inbound/",
        body,
        content_type="application/json",
        headers=headers or basic(),
    )


def post_urlencoded(client, provider, fields):
    return client.post(
        f"/anymail/{provider}/inbound/",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers=basic(),
    )


def post_raw_json(client, provider, text):
    return post_json(client, provider, text.encode())


def mailgun(**fields):
    """A signed form, as a route with forward() posts it."""
    stamp, token = str(int(time.time())), "06c96bafc3f42a66b9edd546347a2fe18dc23461fe80dc52f0"
    signature = hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    signed = {"timestamp": stamp, "token": token, "signature": signature}
    return signed | {"recipient": TO, "sender": "nagios@web-0.example.com"} | fields


def headers_of(raw):
    head = raw.decode().split("\n\n")[0]
    return [line.split(": ", 1) for line in head.replace("\r", "").split("\n")]


def text_of(raw):
    return raw.decode().split("\n\n", 1)[1]


def postmark(raw, **fields):
    named = [{"Name": name, "Value": value} for name, value in headers_of(raw)]
    return {
        "FromFull": {"Email": "nagios@web-0.example.com", "Name": "", "MailboxHash": ""},
        "ToFull": [{"Email": TO, "Name": "", "MailboxHash": ""}],
        "OriginalRecipient": TO,
        "Subject": dict(headers_of(raw))["Subject"],
        "MessageID": "73e6d360-66eb-11e1-8e72-a8904824019b",
        "TextBody": text_of(raw),
        "HtmlBody": "",
        "Headers": [
            {"Name": "Return-Path", "Value": "<nagios@web-0.example.com>"},
            *(one for one in named if one["Name"] not in ("From", "To", "Subject")),
        ],
        "Attachments": [],
    } | fields


def sendgrid(raw, **fields):
    envelope = {"to": [TO], "from": "nagios@web-0.example.com"}
    return {
        "headers": "\n".join(": ".join(pair) for pair in headers_of(raw)),
        "envelope": json.dumps(envelope),
        "charsets": json.dumps({"to": "UTF-8", "text": "utf-8"}),
        "text": text_of(raw),
        "attachments": "0",
    } | fields


def raw_form(**fields):
    """A multipart form whose values are bytes of any charset."""
    head = b'--b0\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    parts = [
        head % (n.encode(), v if isinstance(v, bytes) else v.encode()) for n, v in fields.items()
    ]
    return b"".join(parts) + b"--b0--\r\n"
