"""A gateway of one's own.

https://github.com/bbernhard/signal-cli-rest-api
"""

import json
from typing import Any

from django import forms

from notifications.channels._base import (
    Config,
    PhoneNumberField,
    WebAddressField,
)
from notifications.message.chat_text import chat_text
from notifications.message.message import Message
from notifications.providers import _calls
from notifications.providers._base import BaseProvider
from notifications.providers._calls import Fault
from notifications.receipts import Accepted, Callback, Heard, Reply
from opsportal.lib.net.errors import DeliveryError

MAX_CHARS = 2000
TIMEOUT_S = 30.0  # In its normal mode the gateway starts a JVM for each message.
OF_THE_ADDRESS = ("unregistered user", "invalid group", "group not found", "invalid recipient")
OF_THE_GATEWAY = ("specified account does not exist", "not registered", "captcha")


class Provider(BaseProvider):
    """A gateway with a number that is registered, or linked to a phone."""

    label = "Signal gateway"
    example = {"server": "http://signal:8080", "number": "+4915100000000"}
    steps = (
        "Run the image bbernhard/signal-cli-rest-api with MODE=json-rpc in a private network.",
        "Register a number with it, or link it to a phone, as its documentation says.",
        "Add its host to OUTGOING_ALLOWED_HOSTS.",
        "For answers: set its RECEIVE_WEBHOOK_URL to the address shown below.",
    )
    environment = {"server": "SIGNAL_GATEWAY", "number": "SIGNAL_NUMBER"}

    class Form(forms.Form):
        server = WebAddressField(
            max_length=500,
            help_text="It asks for no password: keep it where only OpsPortal reaches it.",
        )
        number = PhoneNumberField(max_length=40, help_text="The one that it sends from.")

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        text = chat_text(message, limit=MAX_CHARS)
        return Accepted(provider_id=_send(config, address["recipient"], text))

    def check(self, config: Config) -> str:
        response, _ = _calls.call("GET", f"{config['server'].rstrip('/')}/v1/accounts")
        if not response.ok:
            raise _calls.refusal(response, f"Signal: {response.status_code} {response.reason}")
        if config["number"] not in response.text:
            raise DeliveryError(
                f"Signal: {config['number']} is not registered at the gateway.",
                permanent=True,
                provider_fault=True,
            )
        return f"Signal: {config['number']} is registered at the gateway."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        """The gateway does not sign: that it knows the address is what shows that it is it."""
        try:
            found = json.loads(callback.body)
            envelope = found.get("params", found)["envelope"]
            text = (envelope.get("dataMessage") or {}).get("message")
        except (ValueError, LookupError, AttributeError, TypeError):
            return Heard()
        sender = str(envelope.get("sourceNumber") or envelope.get("sourceUuid") or "")
        if not text or not sender:
            return Heard()
        event_id = f"{sender}:{envelope.get('timestamp')}"
        return Heard(replies=(Reply(address=sender, text=str(text), event_id=event_id),))

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        if text:
            _send(config, reply.address, text)


def _send(config: Config, recipient: str, text: str) -> str:
    """The time that Signal knows the message by."""
    wanted: dict[str, Any] = {
        "number": config["number"],
        "recipients": [recipient],
        "message": text,
    }
    url = f"{config['server'].rstrip('/')}/v2/send"
    response, fields = _calls.call("POST", url, json=wanted, timeout_s=TIMEOUT_S)
    if response.ok:
        return str(fields.get("timestamp") or "")
    words = str(fields.get("error") or response.reason or "")
    raise _calls.refusal(
        response,
        f"Signal: {words} ({response.status_code})",
        fault=_fault(words.lower()),
    )


def _fault(words: str) -> Fault | None:
    """By its words: the gateway says 400 to nearly everything."""
    if any(one in words for one in OF_THE_ADDRESS):
        return Fault.ADDRESS
    return Fault.PROVIDER if any(one in words for one in OF_THE_GATEWAY) else None
