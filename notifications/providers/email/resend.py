"""Email by Resend.

https://resend.com/docs/api-reference/emails/send-email and /docs/webhooks/event-types. Callbacks
are signed by Standard Webhooks.
"""

import re
from email.utils import parseaddr

import requests
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.providers._http import object_at
from notifications.rates import Rate
from notifications.receipts import Accepted, Callback, Heard
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.standard_webhooks import STANDARD_WEBHOOKS

STATES = {
    "email.sent": ReceiptState.SENT,
    "email.delivery_delayed": ReceiptState.SENT,
    "email.delivered": ReceiptState.DELIVERED,
    "email.bounced": ReceiptState.FAILED,
    "email.complained": ReceiptState.FAILED,
    "email.failed": ReceiptState.FAILED,
    "email.suppressed": ReceiptState.FAILED,
}
PASSING = ("Transient", "Undetermined")  # bounces that say nothing of the address
OWN_DOMAIN = "resend.dev"  # may be used by everybody, to write to themselves
SENT_BEFORE = "invalid_idempotent_request"
SENDS_ONLY = "restricted_api_key"


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "Resend"
    example = {
        "api_key": "re_t0ken",
        "sender": "OpsPortal <ops@example.com>",
        "signing_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
    }
    steps = (
        "Log in at resend.com; add the domain of the sender under Domains and set its DNS records.",
        "Create a key under API Keys with Sending access, and copy it.",
        "Leave click and open tracking of the domain off: it would change the links of pages.",
        "After saving, add the address shown below under Webhooks for all events of email, and "
        "copy its signing secret to here.",
    )
    environment = {"api_key": "RESEND_API_KEY"}
    rate = Rate(2, 2)
    apis = {"": "https://api.resend.com"}
    of_address = re.compile(r"[`'\"]to[`'\"] field|invalid .to\b", re.IGNORECASE)

    class Form(forms.Form):
        api_key = _mail.secret_field("re_… with Sending access.")
        sender = _mail.SenderField()
        signing_secret = _mail.secret_field(
            "whsec_… of the webhook: it proves what Resend says of bounces.",
            label="Signing secret",
            required=False,
        )

    def headers(self, config: Config) -> dict[str, str]:
        return {"Authorization": f"Bearer {config['api_key']}"}

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        """What is tried again is sent once, unless its text has changed since: then it says so."""
        payload = {
            "from": _mail.sender_of(config),
            "to": [mail.to],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "headers": mail.headers,
        }
        if mail.reply_to:
            payload["reply_to"] = mail.reply_to
        once = {"Idempotency-Key": mail.delivery_id} if mail.delivery_id else {}
        try:
            answer = self.call(config, "POST", "/emails", json=payload, headers=once)
        except DeliveryError as error:
            if SENT_BEFORE not in str(error):
                raise
            answer = self.call(config, "POST", "/emails", json=payload)
        return Accepted(provider_id=str(fields_of(answer).get("id") or ""))

    def check(self, config: Config) -> str:
        try:
            domains = fields_of(self.call(config, "GET", "/domains")).get("data") or []
        except DeliveryError as error:
            if SENDS_ONLY not in str(error):
                raise
            return "Resend: the API key is known. It may only send, so only a test shows more."
        states = {one.get("name"): one.get("status") for one in domains}
        domain = parseaddr(_mail.sender_of(config))[1].rpartition("@")[2]
        if states.get(domain) != "verified" and domain != OWN_DOMAIN:
            raise _mail.refused(
                f"Resend: the domain {domain} is {states.get(domain) or 'not there'}."
            )
        return f"Resend: the domain {domain} may send."

    def error_in(self, response: requests.Response) -> str:
        fields = fields_of(response)
        return " ".join(str(fields[name]) for name in ("message", "name") if fields.get(name))

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        _mail.verify(STANDARD_WEBHOOKS, config.get("signing_secret"), callback)
        event = _mail.object_of(callback)
        name, data = str(event.get("type")), object_at(event, "data")
        if name not in STATES:
            return Heard()
        told = (object_at(data, part) for part in ("bounce", "failed", "suppressed"))
        why = next(filter(None, told), {})
        fault = ""
        if name == "email.complained":
            fault = _mail.COMPLAINT
        elif name in ("email.bounced", "email.suppressed") and why.get("type") not in PASSING:
            fault = _mail.HARD_BOUNCE
        words = why.get("message") or why.get("reason")
        found = _mail.receipt(data.get("email_id"), STATES[name], words, address_fault=fault)
        return Heard(receipts=(found,))
