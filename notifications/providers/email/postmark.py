"""Email by Postmark.

https://postmarkapp.com/developer/api/email-api and /developer/webhooks. Its callbacks are not
signed: what proves them is the token in their address, and they only tell of mails sent by here.
"""

import re
from collections.abc import Mapping
from typing import Any

import requests
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.receipts import Accepted, Callback, Heard, Receipt

# https://postmarkapp.com/developer/api/bounce-api#bounce-types
HARD = ("HardBounce", "BadEmailAddress", "ManuallyDeactivated")
PASSING = ("Transient", "DnsError")  # It is tried again.
NOT_DELIVERED = (*HARD, "SoftBounce", "Blocked", "SpamNotification", "DMARCPolicy", "Undeliverable",
                 "SMTPApiError", "InboundError", "Unknown", "VirusNotification")  # fmt: skip


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "Postmark"
    example = {
        "server_token": "00000000-0000-4000-8000-000000000001",
        "sender": "OpsPortal <ops@example.com>",
        "stream": "outbound",
    }
    steps = (
        "Log in at account.postmarkapp.com; verify the sender or its domain under Sender "
        "Signatures.",
        "Open the server, API Tokens, and copy the Server API token.",
        "After saving, add the address shown below under the message stream, Webhooks, for "
        "Delivery, Bounce and Spam Complaint.",
    )
    apis = {"": "https://api.postmarkapp.com"}
    of_address = re.compile(r"^406 |'To'")  # inactive: mails to it came back earlier

    class Form(forms.Form):
        server_token = _mail.secret_field("Of the server, API Tokens.", label="Server API token")
        sender = _mail.SenderField()
        stream = forms.CharField(
            max_length=100, initial="outbound", help_text="A transactional message stream."
        )

    def headers(self, config: Config) -> dict[str, str]:
        return {"X-Postmark-Server-Token": str(config["server_token"])}

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        kept = {**mail.headers, "X-PM-KeepID": "true"}
        payload = {
            "From": _mail.sender_of(config),
            "To": mail.to,
            "Subject": mail.subject,
            "TextBody": mail.text,
            "HtmlBody": mail.html,
            "Headers": [{"Name": name, "Value": value} for name, value in kept.items()],
            "MessageStream": config["stream"],
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if mail.reply_to:
            payload["ReplyTo"] = mail.reply_to
        answer = fields_of(self.call(config, "POST", "/email", json=payload))
        return Accepted(provider_id=str(answer.get("MessageID") or ""))

    def check(self, config: Config) -> str:
        server = fields_of(self.call(config, "GET", "/server"))
        if server.get("DeliveryType") == "Sandbox":
            raise _mail.refused(f"Postmark: the server “{server.get('Name')}” is a sandbox.")
        return f"Postmark: the server “{server.get('Name')}” may send."

    def error_in(self, response: requests.Response) -> str:
        fields = fields_of(response)
        return " ".join(str(fields[name]) for name in ("ErrorCode", "Message") if fields.get(name))

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        event = _mail.object_of(callback)
        found = _receipt(event)
        return Heard(receipts=(found,) if found else ())


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    number, kind = event.get("MessageID"), event.get("Type")
    words = event.get("Description") or event.get("Details")
    match event.get("RecordType"):
        case "Delivery":
            return _mail.receipt(number, ReceiptState.DELIVERED, words)
        case "SpamComplaint":
            return _mail.receipt(number, ReceiptState.FAILED, words, address_fault=_mail.COMPLAINT)
        case "Bounce" if kind in PASSING:
            return _mail.receipt(number, ReceiptState.SENT, words)
        case "Bounce" if kind in NOT_DELIVERED:
            is_hard = kind in HARD or bool(event.get("Inactive"))
            fault = _mail.HARD_BOUNCE if is_hard else ""
            return _mail.receipt(number, ReceiptState.FAILED, words, address_fault=fault)
    return None  # An automatic answer, or something of marketing.
