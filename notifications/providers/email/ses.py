"""Email by Amazon SES, version 2 of its API.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html. What became of a mail
comes by a topic of SNS. SES gives each mail a Message-ID of its own: a thread hangs on References.
"""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.mail import Mail
from notifications.providers import _aws, _mail
from notifications.providers._http import TIMEOUT_S, object_at
from notifications.receipts import Accepted, Callback, Heard, Receipt
from opsportal.lib.net import http

API = "https://email.{region}.amazonaws.com"
STATES = {
    "Send": ReceiptState.SENT,
    "DeliveryDelay": ReceiptState.SENT,
    "Delivery": ReceiptState.DELIVERED,
    "Bounce": ReceiptState.FAILED,
    "Complaint": ReceiptState.FAILED,
    "Reject": ReceiptState.FAILED,
    "Rendering Failure": ReceiptState.FAILED,
}


class Provider(_mail.MailProvider):
    """Carries mail, and says what became of it."""

    label = "Amazon SES"
    example = {
        "region": "eu-central-1",
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "secret_access_key": "s3cretKEY",
        "sender": "OpsPortal <ops@example.com>",
        "configuration_set": "",
        "topic": "",
    }
    steps = (
        "In the console of SES, verify the domain of the sender under Identities, and ask for "
        "production access: without it only verified addresses get mail.",
        "In IAM, make a user with ses:SendEmail, ses:SendRawEmail and ses:GetAccount, and an "
        "access key for it.",
        "For bounces make a topic in SNS, and a configuration set in SES that publishes Delivery, "
        "Bounce, Complaint, Reject and Delivery delay to it.",
        "After saving, subscribe the address shown below to the topic by HTTPS; it is confirmed "
        "by itself.",
    )
    of_address = re.compile(
        r"illegal address|local address contains|domain (contains|starts)|missing final", re.I
    )

    class Form(_aws.AccountForm):
        sender = _mail.SenderField()
        configuration_set = forms.CharField(
            required=False, max_length=64, help_text="It publishes what becomes of mails."
        )
        topic = forms.RegexField(
            r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$",
            required=False,
            help_text="ARN of the topic; empty: any that has the address of the callbacks.",
        )

    def send_mail(self, config: Config, mail: Mail) -> Accepted:
        raw = mail.mime(_mail.sender_of(config)).message().as_bytes()
        payload: dict[str, Any] = {
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {"Raw": {"Data": base64.b64encode(raw).decode()}},
        }
        if config.get("configuration_set"):
            payload["ConfigurationSetName"] = config["configuration_set"]
        answer = self._call(config, "/v2/email/outbound-emails", payload)
        return Accepted(provider_id=str(answer.get("MessageId") or ""))

    def check(self, config: Config) -> str:
        account = self._call(config, "/v2/email/account")
        if not account.get("SendingEnabled"):
            status = account.get("EnforcementStatus")
            raise _mail.refused(f"Amazon SES: the account may not send ({status}).")
        if not account.get("ProductionAccessEnabled"):
            return "Amazon SES: it may send, but only to verified addresses: it is in the sandbox."
        return "Amazon SES: the account may send."

    def error_in(self, response: requests.Response) -> str:
        kind = response.headers.get("X-Amzn-ErrorType", "").partition(":")[0]
        fields = fields_of(response)
        return f"{fields.get('message') or fields.get('Message') or ''} {kind}".strip()

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        """Only a worker checks who signed it: the certificate may have to be fetched."""
        return Heard(follow_up=_aws.envelope_in(str(config.get("topic") or ""), callback.body))

    def follow_up(self, config: Config, what: str) -> Heard:
        event = _aws.read_event(str(config.get("topic") or ""), what.encode())
        name = str(event.get("eventType") or event.get("notificationType"))
        return Heard(receipts=(_receipt(name, event),) if name in STATES else ())

    def _call(
        self, config: Config, path: str, payload: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The object that SES answers to a POST of the payload, or to a GET where there is none.

        Raises ``DeliveryError``.
        """
        url = API.format(region=config["region"]) + path
        body = json.dumps(payload).encode() if payload else b""
        headers = _aws.sign(
            config, "ses", url, body, content_type="application/json", now=datetime.now(UTC)
        )
        method = "POST" if body else "GET"
        response = http.send(method, url, data=body or None, headers=headers, timeout=TIMEOUT_S)
        if not response.ok:
            raise self.failure(config, response)
        return fields_of(response)


def _receipt(name: str, event: Mapping[str, Any]) -> Receipt:
    told = object_at(event, name.lower())
    fault = _mail.COMPLAINT if name == "Complaint" else ""
    if name == "Bounce" and told.get("bounceType") == "Permanent":
        fault = _mail.HARD_BOUNCE
    whom: dict[str, Any] = next(iter(told.get("bouncedRecipients") or []), {})
    words = whom.get("diagnosticCode") or told.get("reason") or told.get("bounceSubType")
    number = object_at(event, "mail").get("messageId")
    return _mail.receipt(number, STATES[name], words, address_fault=fault)
