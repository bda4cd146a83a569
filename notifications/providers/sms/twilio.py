"""SMS by Twilio.

https://www.twilio.com/docs/messaging/api/message-resource
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from django import forms

from notifications.channels._base import Config
from notifications.choices import ReceiptState
from notifications.message.message import Message
from notifications.message.short import sms_text
from notifications.providers import _twilio
from notifications.providers._base import BaseProvider
from notifications.providers._http import int_of
from notifications.rates import Rate
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply

TIMEOUT_S = 8.0
VALID_S = 900  # A page that comes ten hours later harms.
STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "undelivered": ReceiptState.FAILED,
    "failed": ReceiptState.FAILED,
    "canceled": ReceiptState.FAILED,
}


class Provider(BaseProvider):
    """Carries to nearly all countries, and hands answers on."""

    label = "Twilio"
    example = {
        "account_sid": "AC00000000000000000000000000000001",
        "auth_token": "t0ken",
        "sender": "+15005550006",
        "shared_key": "",
    }
    steps = (
        *_twilio.STEPS,
        "After saving, set the number's “A message comes in” to the address shown below.",
    )
    environment = {
        "account_sid": "TWILIO_ACCOUNT_SID",
        "auth_token": "TWILIO_AUTH_TOKEN",
        "sender": "TWILIO_PHONE_NUMBER",
    }
    receipt_within_s = 60.0
    # It queues by itself for four hours, so this only keeps its queue from running over.
    rate = Rate(1, 10_000)

    class Form(_twilio.AccountForm):
        sender = forms.RegexField(
            r"^(\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32}|[A-Za-z0-9 ]{1,11}|\d{3,8})$",
            error_messages={"invalid": "Enter a number such as +15005550006, MG…, or a name."},
            help_text="A number with + and country, a Messaging Service (MG…), a short code, or a "
            "name of up to 11 letters, which cannot be answered.",
        )
        shared_key = forms.CharField(
            required=False,
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Only where webhooks are signed with a shared key (HMAC-SHA256).",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        sender = str(config["sender"])
        service = sender.startswith("MG") and len(sender) == 34
        data = {
            "To": address["number"],
            "MessagingServiceSid" if service else "From": config["sender"],
            "Body": sms_text(message, reply=service or sender.lstrip("+").isdecimal()),
            "StatusCallback": config.get("callback_url", ""),
            "ValidityPeriod": VALID_S,
            "SmartEncoded": "true",
        }
        try:
            answer = _twilio.call(config, "/Messages.json", data, timeout_s=TIMEOUT_S)
        except _twilio.Refused as error:
            if error.code not in _twilio.NO_PUBLIC_URL:
                raise
            answer = _twilio.call(
                config, "/Messages.json", {**data, "StatusCallback": ""}, timeout_s=TIMEOUT_S
            )
        segments = int_of(answer.get("num_segments"))
        return Accepted(provider_id=str(answer.get("sid", "")), segments=segments)

    def check(self, config: Config) -> str:
        return _twilio.check(config)

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        form = _twilio.read_form(config, callback)
        sid = form.get("MessageSid", "")
        if state := STATES.get(form.get("MessageStatus", "")):
            code = form.get("ErrorCode", "")
            return Heard(receipts=(Receipt(provider_id=sid, state=state, code=code),))
        if "Body" not in form:
            return Heard()
        reply = Reply(address=form.get("From", ""), text=form["Body"], event_id=sid)
        return Heard(replies=(reply,))

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        """TwiML that tells what came of an answer; an empty one says nothing."""
        said = "".join(f"<Message>{escape(text)}</Message>" for text in texts)
        return f"<Response>{said}</Response>", "text/xml"
