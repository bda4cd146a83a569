"""A signed POST to any address, for machines. The receiver's side is in docs/webhooks.md."""

import hmac
import json
from datetime import UTC
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django import forms

from notifications.channels._base import BaseChannel, Config, WebAddressField, post
from notifications.message.message import IncidentSummary, Message


class Channel(BaseChannel):
    """One incident, one POST; a repeated one has the same delivery id."""

    label = "Webhook"
    example = {"url": "https://hooks.example/opsportal", "secret": "s3cret"}
    for_people = False
    for_sharing = True
    merges = False

    class Form(forms.Form):
        url = WebAddressField(
            label="URL",
            max_length=2000,
            help_text="Receives a POST with JSON. Anything but 2xx counts as a failure.",
        )
        secret = forms.CharField(
            required=False,
            max_length=200,
            widget=forms.PasswordInput,
            help_text="Signs each request in X-OpsPortal-Signature: the receiver can check that "
            "it comes from here.",
        )

    def send(self, config: Config, message: Message) -> str:
        body = json.dumps(payload_of(message), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "X-OpsPortal-Delivery": message.delivery_id,
            "X-OpsPortal-Event": message.event,
            **_signature(config.get("secret") or "", int(message.sent_at.timestamp()), body),
        }
        post(config["url"], data=body, headers=headers)
        return message.delivery_id

    def describe(self, config: Config) -> str:
        parts = urlsplit(config.get("url") or "")
        return f"{parts.scheme}://{parts.hostname}/…"  # The rest is often a password.

    def lane(self, config: Config) -> str:
        url = str(config.get("url") or "")
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2][:270]
        return f"{parts.scheme}://{place}/… {sha256(url.encode()).hexdigest()[:8]}"


def payload_of(message: Message) -> dict[str, Any]:
    """The documented body. Ids are text, and so are the words in capitals."""
    return {
        "event": message.event,
        "timestamp": f"{message.sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "delivery_id": message.delivery_id,
        "may_repeat": message.may_repeat,
        "is_test": message.is_test,
        "incident": _incident(message.incidents[0]) if message.incidents else None,
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
    }


def _named(number: int | None, name: str) -> dict[str, str] | None:
    return None if number is None else {"id": str(number), "name": name}


def _signature(secret: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The time is signed with the body, so that an old request cannot be played again."""
    headers = {"X-OpsPortal-Timestamp": str(timestamp)}
    if secret:
        digest = hmac.digest(secret.encode(), b"%d." % timestamp + body, "sha256").hex()
        headers["X-OpsPortal-Signature"] = f"sha256={digest}"
    return headers
