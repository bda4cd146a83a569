"""WhatsApp by Twilio.

https://www.twilio.com/docs/whatsapp/api
"""

import json
from collections.abc import Sequence
from xml.sax.saxutils import escape

from django import forms

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.message.message import Message
from notifications.providers import _twilio
from notifications.providers._base import BaseProvider
from notifications.providers.whatsapp._template import number_to_act_on, text_of
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.net.errors import DeliveryError

TIMEOUT_S = 8.0
PREFIX = "whatsapp:"
STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "undelivered": ReceiptState.FAILED,
    "failed": ReceiptState.FAILED,
}


class Provider(BaseProvider):
    """A WhatsApp sender at Twilio. All messages are templates, which Twilio calls contents."""

    label = "Twilio (WhatsApp)"
    example = {
        "account_sid": "AC00000000000000000000000000000001",
        "auth_token": "t0ken",
        "sender": "+15005550006",
        "page_content": "HX00000000000000000000000000000001",
        "text_content": "HX00000000000000000000000000000002",
        "shared_key": "",
    }
    steps = (
        _twilio.STEPS[0],
        "Register a WhatsApp sender under Messaging, Senders, WhatsApp senders.",
        "Under Content Template Builder make two: both “OpsPortal: {{1}} (sent to you on call)”, "
        "the one for pages with the quick replies Acknowledge (id “ack {{2}}”) and Resolve "
        "(id “resolve {{2}}”); have WhatsApp approve them as Utility.",
        "After saving, set the sender's webhook to the address shown below.",
    )

    class Form(_twilio.AccountForm):
        sender = forms.RegexField(
            r"^\+[1-9]\d{6,14}$", help_text="The number of the WhatsApp sender, with +."
        )
        page_content = forms.RegexField(
            r"^HX[0-9a-fA-F]{32}$",
            label="Template for pages",
            help_text="Its Content SID: {{1}}, and two quick replies with {{2}}.",
        )
        text_content = forms.RegexField(
            r"^HX[0-9a-fA-F]{32}$",
            label="Template for everything else",
            help_text="Its Content SID: {{1}}, without buttons.",
        )
        shared_key = forms.CharField(
            required=False,
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Only where webhooks are signed with a shared key (HMAC-SHA256).",
        )

    receipt_within_s = 60.0

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        number = number_to_act_on(message)
        variables = {"1": text_of(message), **({"2": str(number)} if number else {})}
        data = {
            "To": f"{PREFIX}{address['number']}",
            "From": f"{PREFIX}{config['sender']}",
            "ContentSid": config["page_content" if number else "text_content"],
            "ContentVariables": json.dumps(variables, ensure_ascii=False),
            "StatusCallback": config.get("callback_url", ""),
        }
        answer = _twilio.call(config, "/Messages.json", data, timeout_s=TIMEOUT_S)
        return Accepted(provider_id=str(answer.get("sid", "")))

    def check(self, config: Config) -> str:
        account = _twilio.call(config, ".json", timeout_s=TIMEOUT_S)
        if account.get("status") != "active":
            raise DeliveryError(f"Twilio: the account is {account.get('status')}", permanent=True)
        return f"Twilio: the account “{account.get('friendly_name')}” is active."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        form = _twilio.read_form(config, callback)
        sid = form.get("MessageSid", "")
        if state := STATES.get(form.get("MessageStatus", "")):
            receipt = Receipt(provider_id=sid, state=state, code=form.get("ErrorCode", ""))
            return Heard(receipts=(receipt,))
        text = form.get("ButtonPayload") or form.get("Body", "")
        sender = form.get("From", "").removeprefix(PREFIX)
        return Heard(replies=(Reply(address=sender, text=text, event_id=sid),)) if text else Heard()

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        """TwiML that tells what came of an answer."""
        said = "".join(f"<Message>{escape(text)}</Message>" for text in texts)
        return f"<Response>{said}</Response>", "text/xml"
