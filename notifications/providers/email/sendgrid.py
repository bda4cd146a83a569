"""Email by SendGrid.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send and /for-developers/tracking-events.
Callbacks are signed by ECDSA over the time and the body.
"""

import base64
import json
import re
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.errors import CallbackRefused
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.providers._http import header
from notifications.receipts import Accepted, Callback, Heard, Receipt

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
SIGNED_AT = "X-Twilio-Email-Event-Webhook-Timestamp"
# What is added to the id of a mail to make that of an event.
SUFFIX = re.compile(r"\.(filter|recvd).*$")
STATES = {
    "processed": ReceiptState.SENT,
    "deferred": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "bounce": ReceiptState.FAILED,
    "dropped": ReceiptState.FAILED,
    "spamreport": ReceiptState.FAILED,
}
# Why a mail is dropped that another one to the same address would be dropped for, too.
DROPPED = {
    "bounced address": _mail.HARD_BOUNCE,
    "invalid": _mail.HARD_BOUNCE,
    "spam reporting address": _mail.COMPLAINT,
}
NO_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
}


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "SendGrid"
    example = {
        "api_key": "SG.t0ken",
        "sender": "OpsPortal <ops@example.com>",
        "region": "",
        "verification_key": "k3y",
    }
    steps = (
        "Log in at app.sendgrid.com; verify the domain of the sender under Settings, Sender "
        "Authentication.",
        "Create a key under Settings, API Keys with Restricted Access to Mail Send, and copy it.",
        "After saving, add the address shown below under Settings, Mail Settings, Event Webhooks, "
        "for the events of deliverability and for spam reports.",
        "Enable Signature Verification there, and copy the key to here.",
    )
    environment = {"api_key": "SENDGRID_API_KEY"}
    apis = {"": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
    of_address = re.compile(r"\bpersonalizations\.\d+\.to\b")

    class Form(forms.Form):
        api_key = _mail.secret_field("SG.… with the permission Mail Send.")
        sender = _mail.SenderField()
        region = forms.ChoiceField(
            required=False,
            choices=[("", "Global"), ("eu", "European Union")],
            help_text="Where the account is.",
        )
        verification_key = _mail.secret_field(
            "Of the Event Webhook: it proves what SendGrid says of bounces.",
            label="Verification key",
            required=False,
        )

    def headers(self, config: Config) -> dict[str, str]:
        return {"Authorization": f"Bearer {config['api_key']}"}

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        parts = [{"type": "text/plain", "value": mail.text}]
        payload = {
            "personalizations": [{"to": [{"email": mail.to}]}],
            "from": _mail.sender_parts(config),
            "subject": mail.subject,
            "content": [*parts, {"type": "text/html", "value": mail.html}],
            "headers": mail.headers,
            "tracking_settings": NO_TRACKING,
        }
        if mail.reply_to:
            payload["reply_to"] = {"email": mail.reply_to}
        answer = self.call(config, "POST", "/v3/mail/send", json=payload)
        return Accepted(provider_id=answer.headers.get("X-Message-Id", ""))

    def check(self, config: Config) -> str:
        scopes = fields_of(self.call(config, "GET", "/v3/scopes")).get("scopes") or []
        if "mail.send" not in scopes:
            raise _mail.refused("SendGrid: this API key has no permission Mail Send.")
        return "SendGrid: the API key may send mail."

    def error_in(self, response: requests.Response) -> str:
        errors = fields_of(response).get("errors") or [{}]
        return "; ".join(
            " ".join(str(one[name]) for name in ("message", "field") if one.get(name))
            for one in errors
        )

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        _verify(str(config.get("verification_key") or ""), callback)
        return Heard(receipts=tuple(map(_receipt, filter(_is_known, _events(callback)))))


def _events(callback: Callback) -> list[Any]:
    try:
        found = json.loads(callback.body)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _is_known(event: Any) -> bool:
    return isinstance(event, dict) and event.get("event") in STATES and "sg_message_id" in event


def _receipt(event: dict[str, Any]) -> Receipt:
    name, words = event["event"], event.get("reason") or event.get("response")
    fault = ""
    if name == "spamreport":
        fault = _mail.COMPLAINT
    elif name == "bounce" and event.get("type") != "blocked":
        fault = _mail.HARD_BOUNCE
    elif name == "dropped":
        fault = DROPPED.get(str(words).lower(), "")
    number = SUFFIX.sub("", str(event["sg_message_id"]))
    return _mail.receipt(number, STATES[name], words, address_fault=fault)


def _verify(key: str, callback: Callback) -> None:
    """Raises CallbackRefused where the key did not sign it."""
    _mail.require_key(key)
    text = header(callback, SIGNED_AT).encode() + callback.body
    try:
        public = load_der_public_key(base64.b64decode(key))
        signature = base64.b64decode(header(callback, SIGNATURE))
        if not isinstance(public, EllipticCurvePublicKey):
            raise CallbackRefused("The verification key is none of SendGrid's.")
        public.verify(signature, text, ECDSA(SHA256()))
    except ValueError:
        raise CallbackRefused("The verification key, or the signature, is no base64.") from None
    except InvalidSignature:
        raise CallbackRefused("The signature does not fit the verification key.") from None
