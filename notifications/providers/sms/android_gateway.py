"""SMS by a phone of one's own, with the app SMS Gateway for Android.

https://docs.sms-gate.app, "API" and "Webhooks"
"""

import hmac
from uuid import uuid4

from django import forms

from notifications.channels._base import Config, WebAddressField, fields_of
from notifications.choices import ReceiptState
from notifications.message.sms_segments import segments
from notifications.providers._http import (
    TIMEOUT_S,
    VALID_S,
    Vendor,
    basic,
    header,
    object_at,
    require,
)
from notifications.providers._sms import SmsProvider, json_of
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.net import http

GATEWAY = Vendor(label="SMS Gateway for Android", of_address=frozenset({"number"}))
BEFORE_ALL_OTHERS = 100  # Such a priority goes past the app's own limits of rate.
STATES = {
    "sms:sent": ReceiptState.SENT,
    "sms:delivered": ReceiptState.DELIVERED,
    "sms:failed": ReceiptState.FAILED,
}
RECEIVED = "sms:received"


class Provider(SmsProvider):
    """One SIM in one phone: good as the second provider, and where no vendor is wanted."""

    label = "SMS Gateway for Android"
    example = {
        "url": "https://api.sms-gate.app/3rdparty/v1",
        "username": "APP123",
        "password": "s3cret-app",
        "signing_key": "sign-key",
    }
    steps = (
        "Install SMS Gateway for Android on a phone with a SIM, and switch off its battery saving.",
        "Choose Local server (http://phone:8080), Cloud server "
        "(https://api.sms-gate.app/3rdparty/v1) or a private one, and go online.",
        "Copy username and password of that mode from its first page.",
        "Copy the signing key from Settings, Webhooks.",
        "After saving press Test: it registers what the phone reports, and answers of people.",
    )

    class Form(forms.Form):
        url = WebAddressField(label="URL", max_length=500, help_text="Without /messages.")
        username = forms.CharField(max_length=100, help_text="On the first page of the app.")
        password = forms.CharField(
            max_length=100, widget=forms.PasswordInput, help_text="Beside it."
        )
        signing_key = forms.CharField(
            max_length=200,
            widget=forms.PasswordInput,
            help_text="What the phone reports is believed only if signed with it.",
        )

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        reference = uuid4().hex
        payload = {
            "id": reference,
            "textMessage": {"text": text},
            "phoneNumbers": [number],
            "ttl": VALID_S,
            "priority": BEFORE_ALL_OTHERS,
            "withDeliveryReport": True,
        }
        _post(config, "/messages?skipPhoneValidation=true", payload)
        return Accepted(provider_id=reference, segments=segments(text).parts)

    def check(self, config: Config) -> str:
        """Registers the webhooks: each has an id of its own, so that it is there once."""
        for event in (*STATES, RECEIVED):
            hook = {"url": config.get("callback_url", ""), "event": event}
            _post(config, "/webhooks", {"id": f"opsportal-{event.replace(':', '-')}", **hook})
        return f"{self.label}: it answers, and reports to this portal."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        expected = signature(str(config["signing_key"]), callback)
        require(expected, header(callback, "X-Signature").lower(), self.label)
        said = json_of(callback)
        payload, event = object_at(said, "payload"), str(said.get("event", ""))
        if event == RECEIVED:
            # One without its country is nobody's here. The id of the message itself is made of its
            # content, and so the same for the same words.
            sender = str(payload.get("phoneNumber") or payload.get("sender") or "")
            text, found = str(payload.get("message", "")), str(said.get("id", ""))
            return Heard(replies=(Reply(address=sender, text=text, event_id=found),))
        if event not in STATES:
            return Heard()
        found, code = str(payload.get("messageId", "")), str(payload.get("reason", ""))
        return Heard(receipts=(Receipt(provider_id=found, state=STATES[event], code=code),))


def signature(key: str, callback: Callback) -> str:
    """Over the body and the time, in hexadecimal."""
    text = callback.body + header(callback, "X-Timestamp").encode()
    return hmac.digest(key.encode(), text, "sha256").hex()


def _post(config: Config, resource: str, payload: object) -> None:
    url = f"{str(config['url']).rstrip('/')}{resource}"
    login = basic(config["username"], config["password"])
    response = http.send("POST", url, json=payload, headers=login, timeout=TIMEOUT_S)
    if response.ok:
        return
    words = str(fields_of(response).get("message", ""))
    is_number = response.status_code == 400 and "phone" in words.lower()
    raise GATEWAY.error_of(response, words, "number" if is_number else "")
