"""Email by Mailgun.

https://documentation.mailgun.com/docs/mailgun/api-reference and /user-manual/webhooks. Callbacks
hold an HMAC of their time and of a token; a receipt that comes twice changes nothing.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import requests
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.providers._http import basic, object_at, require
from notifications.receipts import Accepted, Callback, Heard

STATES = {
    "accepted": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "failed": ReceiptState.FAILED,
    "rejected": ReceiptState.FAILED,
    "complained": ReceiptState.FAILED,
}
# Why what failed for good would fail again.
OF_ADDRESS = {
    "bounce": _mail.HARD_BOUNCE,
    "suppress-bounce": _mail.HARD_BOUNCE,
    "suppress-complaint": _mail.COMPLAINT,
}


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "Mailgun"
    example = {
        "domain": "mg.example.com",
        "api_key": "t0ken-key",
        "sender": "OpsPortal <ops@mg.example.com>",
        "region": "",
        "signing_key": "key-mailgun-signing",
    }
    steps = (
        "Log in at app.mailgun.com; add a domain under Send, Domains and set its DNS records.",
        "Create a sending key under Domain settings, Sending keys, or take an API key, and copy "
        "it.",
        "After saving, add the address shown below under Send, Webhooks for delivered messages, "
        "permanent failure and spam complaints.",
        "Copy the HTTP webhook signing key, under Webhooks, to here.",
    )
    apis = {"": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
    of_address = re.compile(r"\bto parameter\b|'to'")

    class Form(forms.Form):
        domain = forms.RegexField(
            r"^[A-Za-z0-9.-]{1,253}$", help_text="The sending domain, such as mg.example.com."
        )
        api_key = _mail.secret_field("A sending key of the domain, or an API key.")
        sender = _mail.SenderField()
        region = forms.ChoiceField(
            required=False,
            choices=[("", "United States"), ("eu", "European Union")],
            help_text="Where the domain was made. In the other region it is not found.",
        )
        signing_key = _mail.secret_field(
            "HTTP webhook signing key: it proves what Mailgun says of bounces.",
            label="Signing key",
            required=False,
        )

    def headers(self, config: Config) -> dict[str, str]:
        return basic("api", str(config["api_key"]))

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        data = {
            "from": _mail.sender_of(config),
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            **{f"h:{name}": value for name, value in mail.headers.items()},
            "o:tracking": "no",
            "o:tracking-clicks": "no",
            "o:tracking-opens": "no",
        }
        if mail.reply_to:
            data["h:Reply-To"] = mail.reply_to
        answer = self.call(config, "POST", f"/v3/{_domain(config)}/messages", data=data)
        return Accepted(provider_id=str(fields_of(answer).get("id") or "").strip("<>"))

    def check(self, config: Config) -> str:
        answer = self.call(config, "GET", f"/v4/domains/{_domain(config)}")
        state = object_at(fields_of(answer), "domain").get("state")
        if state != "active":
            raise _mail.refused(f"Mailgun: the domain {config['domain']} is {state or 'unknown'}.")
        return f"Mailgun: the domain {config['domain']} may send."

    def error_in(self, response: requests.Response) -> str:
        said = fields_of(response).get("message") or fields_of(response).get("Error")
        return str(said or response.text)  # Of wrong credentials it speaks in plain text.

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        body = _mail.object_of(callback)
        _verify(config.get("signing_key"), object_at(body, "signature"))
        event = object_at(body, "event-data")
        name, severity = str(event.get("event")), event.get("severity")
        if name not in STATES:
            return Heard()
        state = ReceiptState.SENT if severity == "temporary" else STATES[name]
        status = object_at(event, "delivery-status")
        words = status.get("description") or status.get("message") or event.get("reason")
        fault = _mail.COMPLAINT if name == "complained" else ""
        if name == "failed" and severity == "permanent":
            fault = OF_ADDRESS.get(str(event.get("reason")), "")
        number = object_at(event, "message", "headers").get("message-id")
        return Heard(receipts=(_mail.receipt(number, state, words, address_fault=fault),))


def _domain(config: Config) -> str:
    return quote(str(config["domain"]), safe="")


def _verify(key: Any, signature: Mapping[str, Any]) -> None:
    """Raises CallbackRefused where the key did not sign the time and the token."""
    _mail.require_key(key)
    text = f"{signature.get('timestamp', '')}{signature.get('token', '')}"
    expected = hmac.digest(str(key).encode(), text.encode(), "sha256").hex()
    require(expected, str(signature.get("signature", "")), "Mailgun")
