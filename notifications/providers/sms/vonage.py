"""SMS by Vonage (formerly Nexmo), by its SMS API.

https://developer.vonage.com/en/messaging/sms/overview and, of signatures,
https://developer.vonage.com/en/getting-started/concepts/signing-messages
"""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.errors import CallbackRefused
from notifications.message.sms_segments import segments
from notifications.providers._http import TIMEOUT_S, VALID_S, Vendor, price_of, with_plus
from notifications.providers._sms import SmsProvider, json_of
from notifications.providers._vonage import is_signed
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.net import http

API = "https://rest.nexmo.com"
VONAGE = Vendor(
    label="Vonage",
    of_address=frozenset({"6", "7", "33"}),
    of_account=frozenset({"4", "8", "9", "11", "14", "15", "29"}),
    of_busy=frozenset({"1", "10"}),
    of_outage=frozenset({"5"}),
)
STATES = {
    "accepted": ReceiptState.SENT,
    "buffered": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "failed": ReceiptState.FAILED,
    "rejected": ReceiptState.FAILED,
    "expired": ReceiptState.FAILED,
}


class Provider(SmsProvider):
    """Carries to nearly all countries; confirms each part of a message by itself."""

    label = "Vonage (Nexmo)"
    example = {
        "api_key": "abcd1234",
        "api_secret": "s3cret0f-key",
        "sender": "+447700900000",
        "signature_secret": "",
    }
    steps = (
        "Log in at dashboard.vonage.com; copy API key and API secret under API settings.",
        "Rent a number with SMS under Numbers, or use a name where the country allows that.",
        "Leave “SMS API” as the default API for SMS under API settings.",
        "For answers, set the number's inbound webhook to the address shown below, have signed "
        "webhooks enabled, and enter the signature secret of API settings here.",
    )

    class Form(forms.Form):
        api_key = forms.RegexField(
            r"^[0-9a-zA-Z]{6,20}$",
            label="API key",
            widget=forms.PasswordInput,
            help_text="Under API settings.",
        )
        api_secret = forms.CharField(
            label="API secret", max_length=100, widget=forms.PasswordInput, help_text="Beside it."
        )
        sender = forms.RegexField(
            r"^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11})$",
            help_text="A number with + and country, or a name of up to 11 letters, which cannot "
            "be answered.",
        )
        signature_secret = forms.CharField(
            required=False,
            max_length=200,
            widget=forms.PasswordInput,
            help_text="With it, what is not signed is refused. Without it, receipts are believed "
            "by the secret address alone, and answers of people are not taken.",
        )

    def takes_replies(self, config: Config) -> bool:
        return bool(config.get("signature_secret"))

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        reference = uuid4().hex  # In all receipts; each part has an id of its own besides.
        data = {
            "api_key": config["api_key"],
            "api_secret": config["api_secret"],
            "from": str(config["sender"]).lstrip("+"),
            "to": number.lstrip("+"),
            "text": text,
            "type": "text" if segments(text).is_gsm else "unicode",
            "ttl": VALID_S * 1000,
            "client-ref": reference,
            "callback": config.get("callback_url", ""),
        }
        response = http.send("POST", f"{API}/sms/json", data=data, timeout=TIMEOUT_S)
        parts = fields_of(response).get("messages") or []
        if not response.ok or not parts:
            raise VONAGE.error_of(response)
        states = [str(part.get("status")) for part in parts]
        for part, state in zip(parts, states, strict=True):
            if state != "0":  # It is answered with HTTP 200 all the same.
                error = VONAGE.error(part.get("error-text", ""), code=state)
                error.ambiguous = "0" in states  # Some of it arrives.
                raise error
        price = sum(
            (price_of(part.get("message-price")) or Decimal(0) for part in parts), Decimal(0)
        )
        return Accepted(
            provider_id=reference, segments=len(parts), price=price or None, currency="EUR"
        )

    def check(self, config: Config) -> str:
        query = f"api_key={config['api_key']}&api_secret={config['api_secret']}"
        response = http.send("GET", f"{API}/account/get-balance?{query}", timeout=TIMEOUT_S)
        if not response.ok:
            raise VONAGE.error_of(response, fields_of(response).get("error-code-label"))
        return f"Vonage: the balance is {fields_of(response).get('value')} EUR."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        fields = _fields(callback)
        secret = str(config.get("signature_secret") or "")
        if secret and not is_signed(secret, fields):
            raise CallbackRefused("The signature of Vonage does not fit.")
        if "text" in fields:
            sender = with_plus(fields.get("msisdn"))
            reply = Reply(address=sender, text=fields["text"], event_id=fields.get("messageId", ""))
            return Heard(replies=(reply,) if secret else ())
        state, reference = STATES.get(fields.get("status", "")), fields.get("client-ref", "")
        if state is None or not reference:
            return Heard()
        code = fields.get("err-code", "")
        part = fields.get("messageId", "")
        receipt = Receipt(provider_id=reference, state=state, code=code, part=part)
        return Heard(receipts=(receipt,))


def _fields(callback: Callback) -> dict[str, str]:
    """Of the query, and of a body in either form."""
    if callback.body.lstrip().startswith(b"{"):
        body: dict[str, Any] = json_of(callback)
    else:
        body = dict(parse_qsl(callback.body.decode(errors="replace"), keep_blank_values=True))
    return {**callback.query, **{name: str(value) for name, value in body.items()}}
