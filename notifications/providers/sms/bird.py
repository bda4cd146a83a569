"""SMS by Bird (formerly MessageBird), by its API of 2023 and later.

https://docs.bird.com/api/channels-api and /api/notifications-api (signatures of webhooks)
"""

import base64
import hmac
from hashlib import sha256

from django import forms

from notifications.channels._base import Config, fields_of
from notifications.choices import ReceiptState
from notifications.message.sms_segments import segments
from notifications.providers._http import TIMEOUT_S, Vendor, header, object_at, require, with_plus
from notifications.providers._sms import SmsProvider, json_of
from notifications.receipts import Accepted, Callback, Heard, Receipt, Reply
from opsportal.lib.net import http

API = "https://api.bird.com"
UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
BIRD = Vendor(label="Bird")
STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "rejected": ReceiptState.FAILED,
    "sending_failed": ReceiptState.FAILED,
    "delivery_failed": ReceiptState.FAILED,
    "skipped": ReceiptState.FAILED,
}


class Provider(SmsProvider):
    """Carries to nearly all countries; needs a channel for SMS in a workspace."""

    label = "Bird (MessageBird)"
    example = {
        "workspace": "11111111-2222-4333-8444-555555555555",
        "channel": "66666666-7777-4888-9999-000000000000",
        "access_key": "acc3ss-key",
        "signing_key": "bird-signing-key",
    }
    steps = (
        "Log in at app.bird.com; install an SMS channel on a number under Channels.",
        "Copy the ids of workspace and channel from the address of the channel's page.",
        "Make an access key under Settings, Security, Access keys, with a role that may send by "
        "the channel.",
        "Make a webhook subscription for sms.outbound and sms.inbound under Developer, Webhooks: "
        "its URL is the address shown below, its signing key any long word, entered here, too.",
    )

    class Form(forms.Form):
        workspace = forms.RegexField(UUID, label="Workspace ID", help_text="After /workspaces/.")
        channel = forms.RegexField(UUID, label="Channel ID", help_text="After /channels/.")
        access_key = forms.CharField(
            max_length=200, widget=forms.PasswordInput, help_text="Shown once, when it is made."
        )
        signing_key = forms.CharField(
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Of the webhook subscription: what it says is believed only if signed so.",
        )

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        receiver = {"identifierKey": "phonenumber", "identifierValue": number}
        payload = {
            "receiver": {"contacts": [receiver]},
            "body": {"type": "text", "text": {"text": text}},
        }
        answer = _call("POST", config, "/messages", payload)
        return Accepted(provider_id=str(answer.get("id", "")), segments=segments(text).parts)

    def check(self, config: Config) -> str:
        channel = _call("GET", config, "")
        if (status := channel.get("status", "active")) != "active":
            raise BIRD.error(f"the channel is {status}", code=status)
        return f"Bird: the channel “{channel.get('name')}” is active."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        expected = signature(str(config["signing_key"]), callback)
        require(expected, header(callback, "messagebird-signature"), self.label)
        said = json_of(callback)
        payload = object_at(said, "payload")
        found = str(payload.get("id", ""))
        if said.get("event") == "sms.inbound":
            text = object_at(payload, "body", "text").get("text", "")
            sender = object_at(payload, "sender", "contact").get("identifierValue")
            reply = Reply(address=with_plus(sender), text=str(text), event_id=found)
            return Heard(replies=(reply,))
        state = STATES.get(str(payload.get("status", "")))
        if said.get("event") != "sms.outbound" or state is None:
            return Heard()
        code = str(object_at(payload, "failure").get("code", ""))
        return Heard(receipts=(Receipt(provider_id=found, state=state, code=code),))


def signature(key: str, callback: Callback) -> str:
    """Over the time, the URL and the raw hash of the body."""
    sent_at = header(callback, "messagebird-request-timestamp")
    text = f"{sent_at}\n{callback.url}\n".encode() + sha256(callback.body).digest()
    return base64.b64encode(hmac.digest(key.encode(), text, "sha256")).decode()


def _call(method: str, config: Config, resource: str, payload: object = None) -> dict[str, object]:
    url = f"{API}/workspaces/{config['workspace']}/channels/{config['channel']}{resource}"
    login = {"Authorization": f"AccessKey {config['access_key']}"}
    response = http.send(method, url, json=payload, headers=login, timeout=TIMEOUT_S)
    fields = fields_of(response)
    if response.ok:
        return fields
    raise BIRD.error_of(response, fields.get("message"), fields.get("code"))
