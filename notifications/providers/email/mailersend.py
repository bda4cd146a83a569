"""Email by MailerSend.

https://developers.mailersend.com/api/v1/email.html and /general.html. Headers of one's own are
for its largest plan alone, so mails hang together by In-Reply-To.
"""

import re
from typing import Any

import requests
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.mail import Mail
from notifications.providers import _mail
from notifications.providers._http import object_at
from notifications.receipts import Accepted, Callback, Heard
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.hmac_scheme import Signer

SIGNER = Signer("MailerSend", ("Signature",))
STATES = {
    "activity.sent": ReceiptState.SENT,
    "activity.deferred": ReceiptState.SENT,
    "activity.delivered": ReceiptState.DELIVERED,
    "activity.soft_bounced": ReceiptState.FAILED,
    "activity.hard_bounced": ReceiptState.FAILED,
    "activity.spam_complaint": ReceiptState.FAILED,
}
FAULTS = {
    "activity.hard_bounced": _mail.HARD_BOUNCE,
    "activity.spam_complaint": _mail.COMPLAINT,
}
NO_TRACKING = {"track_clicks": False, "track_opens": False, "track_content": False}
SUPPRESSED = "ALL_SUPPRESSED"


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "MailerSend"
    example = {
        "api_token": "mlsn.t0ken",
        "sender": "OpsPortal <ops@example.com>",
        "signing_secret": "s1gning",
    }
    steps = (
        "Log in at app.mailersend.com; add the domain of the sender under Domains and set its DNS "
        "records.",
        "Create a token under Integrations, API tokens, with access to Email and to Analytics.",
        "After saving, add the address shown below under the domain, Webhooks, for delivered, "
        "soft and hard bounced, and spam complaint.",
        "Copy the signing secret of the webhook to here.",
    )
    apis = {"": "https://api.mailersend.com"}
    of_address = re.compile(rf"\bto\.\d+\b|{SUPPRESSED}")

    class Form(forms.Form):
        api_token = _mail.secret_field("mlsn.…", label="API token")
        sender = _mail.SenderField()
        signing_secret = _mail.secret_field(
            "Of the webhook: it proves what MailerSend says of bounces.",
            label="Signing secret",
            required=False,
        )

    def headers(self, config: Config) -> dict[str, str]:
        return {"Authorization": f"Bearer {config['api_token']}"}

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        payload = {
            "from": _mail.sender_parts(config),
            "to": [{"email": mail.to}],
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "settings": NO_TRACKING,
        }
        if mail.reply_to:
            payload["reply_to"] = {"email": mail.reply_to}
        if thread := mail.headers.get("In-Reply-To"):
            payload["in_reply_to"] = thread
        answer = self.call(config, "POST", "/v1/email", json=payload)
        warnings = fields_of(answer).get("warnings") or []
        if any(one.get("type") == SUPPRESSED for one in warnings):
            raise _suppressed(warnings)
        return Accepted(provider_id=answer.headers.get("X-Message-Id", ""))

    def check(self, config: Config) -> str:
        quota = fields_of(self.call(config, "GET", "/v1/api-quota"))
        return f"MailerSend: the token works; {quota.get('remaining')} requests remain today."

    def error_in(self, response: requests.Response) -> str:
        fields = fields_of(response)
        errors: dict[str, Any] = fields.get("errors") or {}
        more = [f"{name}: {' '.join(map(str, words))}" for name, words in errors.items()]
        return "; ".join(filter(None, [str(fields.get("message") or ""), *more]))

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        _mail.verify(SIGNER, config.get("signing_secret"), callback)
        event = _mail.object_of(callback)
        name, data = str(event.get("type")), object_at(event, "data")
        if name not in STATES:
            return Heard()
        number = object_at(data, "email", "message").get("id")
        morph = object_at(data, "morph")
        words = morph.get("readable_reason") or morph.get("reason")
        fault = FAULTS.get(name, "")
        found = _mail.receipt(number, STATES[name], words, address_fault=fault)
        return Heard(receipts=(found,))


def _suppressed(warnings: list[dict[str, Any]]) -> DeliveryError:
    """It was accepted, and is thrown away: mails to the address came back earlier."""
    reasons = {
        str(why)
        for warning in warnings
        for one in warning.get("recipients") or []
        for why in one.get("reason") or []
    }
    sentence = f"MailerSend: the address is suppressed ({', '.join(sorted(reasons)) or SUPPRESSED})"
    return DeliveryError(sentence, permanent=True, address_fault=True)
