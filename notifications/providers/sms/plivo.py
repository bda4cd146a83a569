"""SMS by Plivo.

https://www.plivo.com/docs/messaging/api/message and /messaging/concepts/signature-validation
"""

import base64
import hmac
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.sms_segments import segments
from notifications.providers._http import (
    TIMEOUT_S,
    Vendor,
    basic,
    header,
    price_of,
    require,
    with_plus,
)
from notifications.providers._sms import SmsProvider
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.net import http

API = "https://api.plivo.com/v1"
PLIVO = Vendor(label="Plivo", of_address=frozenset({"dst"}), of_account=frozenset({"src"}))
STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "undelivered": ReceiptState.FAILED,
    "failed": ReceiptState.FAILED,
    "rejected": ReceiptState.FAILED,
}
Pairs = Sequence[tuple[str, str]]


class Provider(SmsProvider):
    """Carries to nearly all countries; says what a message has cost."""

    label = "Plivo"
    example = {"auth_id": "MA0000000000EXAMPLE0", "auth_token": "t0ken", "sender": "+15005550006"}
    steps = (
        "Log in at console.plivo.com; copy Auth ID and Auth Token from its first page.",
        "Rent a number with SMS under Phone Numbers, or have a sender ID registered.",
        "Allow the countries of your people under Messaging, Geo permissions.",
        "For answers, make an XML application whose Message URL is the address shown below "
        "(method POST), and assign it to the number.",
    )

    class Form(forms.Form):
        auth_id = forms.RegexField(
            r"^[A-Z0-9]{10,40}$", label="Auth ID", help_text="On the first page of the console."
        )
        auth_token = forms.CharField(
            max_length=100, widget=forms.PasswordInput, help_text="Beside it; it signs, too."
        )
        sender = forms.RegexField(
            r"^(\+[1-9]\d{6,14}|[A-Za-z0-9 ]{1,11}|\d{3,8})$",
            help_text="A number with + and country, a short code, or a registered name.",
        )

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        payload = {
            "src": str(config["sender"]).lstrip("+"),
            "dst": number.lstrip("+"),
            "text": text,
            "url": config.get("callback_url", ""),
            "method": "POST",
        }
        fields = _call("POST", config, "Message/", payload)
        ids = fields.get("message_uuid")
        first = ids[0] if isinstance(ids, list) and ids else ""
        return Accepted(provider_id=str(first), segments=segments(text).parts)

    def check(self, config: Config) -> str:
        account = _call("GET", config, "")
        return f"Plivo: the account “{account.get('name')}” has {account.get('cash_credits')} USD."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        form = parse_qsl(callback.body.decode(errors="replace"), keep_blank_values=True)
        expected = signature(str(config["auth_token"]), callback, form)
        given = header(callback, "X-Plivo-Signature-V3").split(",")
        require(expected, expected if expected in given else "", "Plivo")
        fields = dict(form)
        uuid = fields.get("MessageUUID", "")
        if state := STATES.get(fields.get("Status", "")):
            code, price = fields.get("ErrorCode", ""), price_of(fields.get("TotalAmount"))
            receipt = Receipt(provider_id=uuid, state=state, code=code, price=price, currency="USD")
            return Heard(receipts=(receipt,))
        if "Text" not in fields:
            return Heard()
        sender = with_plus(fields.get("From"))
        return Heard(replies=(Reply(address=sender, text=fields["Text"], event_id=uuid),))


def signature(token: str, callback: Callback, form: Pairs) -> str:
    """V3: over the URL with its sorted query, the sorted form, and a nonce."""
    parts = urlsplit(callback.url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    text = parts._replace(query="", fragment="").geturl()
    if query or form:
        text += "?" + "&".join(f"{name}={value}" for name, value in query)
    if query and form:
        text += "."
    text += "".join(name + value for name, value in sorted(form))
    text += "." + header(callback, "X-Plivo-Signature-V3-Nonce")
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha256")).decode()


def _call(method: str, config: Config, resource: str, payload: object = None) -> dict[str, object]:
    login = basic(config["auth_id"], config["auth_token"])
    url = f"{API}/Account/{config['auth_id']}/{resource}"
    response = http.send(method, url, json=payload, headers=login, timeout=TIMEOUT_S)
    fields = fields_of(response)
    if response.ok:
        return fields
    words = str(fields.get("error") or "")
    named = re.search(r"\b(src|dst)\b", words) if response.status_code == 400 else None
    raise PLIVO.error_of(response, words, named[1] if named else "")
