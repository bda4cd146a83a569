"""Push to a browser or an installed web app, by the push service of its maker (RFC 8030)."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils import timezone

from notifications import push_key, web_push
from notifications.channels._base import BaseChannel, Config, WebAddressField, post
from notifications.choices import TemplateKind
from notifications.message.message import Message
from notifications.message.push import payload_of

HERE = ("localhost", "127.0.0.1", "::1")
TTL_S = 3600


class Channel(BaseChannel):
    """A device registers itself on the page Profile; the form is for what it cannot do itself."""

    label = "Push"
    template_kind = TemplateKind.PUSH
    example = {
        "device": "Chrome on Android",
        "endpoint": "https://push.example/send/c0ffee",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx"
        "aOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    }
    address_field = "device"
    receipt_within_s = 30.0
    replaces = True
    ends_when_gone = True

    class Form(forms.Form):
        device = forms.CharField(required=False, max_length=60, help_text="What it is called.")
        endpoint = WebAddressField(
            max_length=2000, help_text="The address that its browser, or UnifiedPush, has given."
        )
        p256dh = forms.CharField(
            label="Key", max_length=100, help_text="The public key of the subscription (p256dh)."
        )
        auth = forms.CharField(
            label="Secret",
            max_length=100,
            widget=forms.PasswordInput,
            help_text="The secret of the subscription (auth).",
        )

        def clean_endpoint(self) -> str:
            endpoint: str = self.cleaned_data["endpoint"]
            parts = urlsplit(endpoint)
            if parts.scheme != "https" and parts.hostname not in HERE:
                raise forms.ValidationError("Enter an address that begins with https://.")
            return endpoint

        def clean(self) -> dict[str, Any]:
            found = super().clean() or {}
            try:
                web_push.encrypt(b"", found.get("p256dh", ""), found.get("auth", ""))
            except ValueError:
                self.add_error("p256dh", "This and the secret are not those of a subscription.")
            return found

    def send(self, config: Config, message: Message) -> str:
        key, endpoint = push_key.signing_key(), config["endpoint"]
        body = web_push.encrypt(payload_of(message), config["p256dh"], config["auth"])
        proof = web_push.authorization(endpoint, key, contact=_contact(), now=timezone.now())
        headers = {"Authorization": proof, "Content-Encoding": "aes128gcm", "TTL": str(TTL_S)}
        post(endpoint, data=body, headers=headers | _headers_of(message))
        return message.delivery_id

    def lane(self, config: Config) -> str:
        return f"Push by {urlsplit(config.get('endpoint') or '').hostname}"


def _headers_of(message: Message) -> dict[str, Any]:
    """How much it matters to a device that saves power, and which undelivered push it replaces."""
    headers = {"Content-Type": "application/octet-stream", "Urgency": "low"}
    if message.urgent or not message.incidents:
        headers["Urgency"] = "high"
    elif message.asks:
        headers["Urgency"] = "normal"
    if len(message.incidents) == 1:
        headers["Topic"] = f"i{message.incidents[0].number}"
    return headers


def _contact() -> str:
    """Apple refuses a ``sub`` that is neither."""
    site: str = settings.SITE_URL
    if site.startswith("https:"):
        return site
    return f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
