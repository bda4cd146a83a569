"""Email by Brevo.

https://developers.brevo.com/reference/sendtransacemail and /docs/transactional-webhooks. Its
callbacks are not signed: what proves them is the token in their address, and they only tell of
mails sent by here.
"""

import re

import requests
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.receipts import Accepted, Callback, Heard

STATES = {
    "request": ReceiptState.SENT,
    "deferred": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "hard_bounce": ReceiptState.FAILED,
    "soft_bounce": ReceiptState.FAILED,
    "invalid_email": ReceiptState.FAILED,
    "blocked": ReceiptState.FAILED,
    "error": ReceiptState.FAILED,
    "spam": ReceiptState.FAILED,
    "complaint": ReceiptState.FAILED,
}
FAULTS = {
    "hard_bounce": _mail.HARD_BOUNCE,
    "invalid_email": _mail.HARD_BOUNCE,
    "spam": _mail.COMPLAINT,
    "complaint": _mail.COMPLAINT,
}


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "Brevo"
    example = {"api_key": "xkeysib-t0ken", "sender": "OpsPortal <ops@example.com>"}
    steps = (
        "Log in at app.brevo.com; authenticate the domain of the sender under Senders, Domains.",
        "Create a key under SMTP & API, API Keys, and copy it.",
        "Under Security, Authorized IPs, allow the address of this portal, or switch it off.",
        "Switch the tracking of clicks and opens off under Transactional, Settings: it would "
        "change the links of pages.",
        "After saving, add the address shown below under Transactional, Settings, Webhook for "
        "delivered, bounces, blocked, invalid and complaints.",
    )
    apis = {"": "https://api.brevo.com"}
    of_address = re.compile(r"not valid in to\b|\bto\b.{0,20}not valid", re.IGNORECASE)

    class Form(forms.Form):
        api_key = _mail.secret_field("xkeysib-…: an API key, and not the one for SMTP.")
        sender = _mail.SenderField()

    def headers(self, config: Config) -> dict[str, str]:
        return {"api-key": str(config["api_key"])}

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        payload = {
            "sender": _mail.sender_parts(config),
            "to": [{"email": mail.to}],
            "subject": mail.subject,
            "textContent": mail.text,
            "htmlContent": mail.html,
            "headers": mail.headers,
        }
        if mail.reply_to:
            payload["replyTo"] = {"email": mail.reply_to}
        answer = fields_of(self.call(config, "POST", "/v3/smtp/email", json=payload))
        return Accepted(provider_id=str(answer.get("messageId") or "").strip("<>"))

    def check(self, config: Config) -> str:
        account = fields_of(self.call(config, "GET", "/v3/account"))
        return f"Brevo: the API key of {account.get('companyName') or account.get('email')} works."

    def error_in(self, response: requests.Response) -> str:
        fields = fields_of(response)
        return " ".join(str(fields[name]) for name in ("message", "code") if fields.get(name))

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        event = _mail.object_of(callback)
        name = str(event.get("event"))
        if name not in STATES:
            return Heard()
        found = _mail.receipt(
            event.get("message-id"),
            STATES[name],
            event.get("reason"),
            address_fault=FAULTS.get(name, ""),
        )
        return Heard(receipts=(found,))
