"""A signed POST to any address, for machines. The receiver's side is in docs/webhooks.md."""

import hmac
from datetime import UTC
from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField, post
from notifications.channels._by_url import MAX_URL_CHARS, ByUrl, as_json
from notifications.choices import NotificationEvent
from notifications.message.message import IncidentSummary, Message
from opsportal.lib import standard_webhooks


class Channel(ByUrl):
    """One incident, one POST; a repeated one has the same delivery id."""

    label = "Generic webhook"
    template_kind = None
    example = {"url": "https://hooks.example/opsportal", "secret": "s3cret"}
    merges = False

    class Form(forms.Form):
        url = WebAddressField(
            label="URL",
            max_length=MAX_URL_CHARS,
            help_text="Receives a POST with JSON. Anything but 2xx counts as a failure.",
        )
        secret = forms.CharField(
            required=False,
            max_length=400,
            widget=forms.PasswordInput,
            help_text="Signs each request, so that the receiver can check that it comes from here. "
            "Best whsec_ and 24 to 64 random bytes in base64; to change it, both with a space "
            "between, the new one first.",
        )

    def send(self, config: Config, message: Message) -> str:
        body, secret = as_json(payload_of(message)), config.get("secret") or ""
        timestamp = int(message.sent_at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "X-OpsPortal-Delivery": message.delivery_id,
            "X-OpsPortal-Event": message.event,
            **({"X-OpsPortal-Redelivery": "1"} if message.is_redelivery else {}),
            **_signature(secret, timestamp, body),
            **standard_webhooks.headers(secret, message.delivery_id, timestamp, body),
        }
        post(config["url"], data=body, headers=headers)
        return message.delivery_id


WITH_WORDS = (NotificationEvent.WORKFLOW, NotificationEvent.NOTICE)


def payload_of(message: Message) -> dict[str, Any]:
    """The documented body. Ids are text, and so are the words in capitals."""
    if message.document is not None:
        return {"meta": {"unsubscribe": message.unsubscribe_url}, **message.document}
    words = {"subject": message.own_title, "text": message.own_text}
    if message.event == NotificationEvent.NOTICE:
        words = {"subject": message.title, "text": message.text, "url": message.url}
    return {
        "event": message.event,
        "timestamp": f"{message.sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "delivery_id": message.delivery_id,
        "may_repeat": message.may_repeat,
        "is_test": message.is_test,
        "incident": _incident(message.incidents[0]) if message.incidents else None,
        **({"message": words} if message.event in WITH_WORDS else {}),
    }


def _incident(summary: IncidentSummary) -> dict[str, Any]:
    return {
        "id": str(summary.number),
        "title": summary.title,
        "status": summary.status.upper(),
        "urgency": summary.urgency.upper(),
        "severity": summary.severity.upper(),
        "priority": summary.priority or None,
        "service": _named(summary.service_id, summary.service),
        "assignee": _named(summary.assignee_id, summary.assignee),
        "url": summary.url,
        **({"merged_into": str(summary.merged_into)} if summary.merged_into else {}),
    }


def _named(number: int | None, name: str) -> dict[str, str] | None:
    return None if number is None else {"id": str(number), "name": name}


def _signature(secret: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The time is signed with the body, so that an old request cannot be played again."""
    headers = {"X-OpsPortal-Timestamp": str(timestamp)}
    if secret:
        key = standard_webhooks.secrets_in(secret)[0].encode()
        digest = hmac.digest(key, b"%d." % timestamp + body, "sha256").hex()
        headers["X-OpsPortal-Signature"] = f"sha256={digest}"
    return headers
