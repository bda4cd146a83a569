"""Detection of bounces, automatic replies and our own mails, which open nothing."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from integrations.decoding.mime import RFC822
from integrations.mapping.events import Event


def auto_reply_events(content_type: str, body: Any) -> list[Event]:
    """One event without an action, with the reason, for such a mail; else []."""
    if content_type != RFC822 or not (reason := rejection(body)):
        return []
    return [
        Event(reason=f"Not from monitoring: {reason}", source=body["from"], subject=body["subject"])
    ]


def rejection(mail: Mapping[str, Any]) -> str:
    """Why this mail must open nothing; '' for all others.

    What only says that a machine wrote it (``Auto-Submitted: auto-generated``, ``Precedence:
    bulk``) is what monitoring sends.
    """
    lines = mail.get("headers", {})

    def said(name: str) -> str:
        value = lines.get(name, "")
        return str(value[0] if isinstance(value, list) else value).strip().lower()

    answers = said("x-auto-response-suppress") and mail.get("in_reply_to")
    signs = {
        "a bounce: it reports on the delivery of another mail": (
            mail.get("content_type") == "multipart/report"
        ),
        "a bounce: it has no sender (Return-Path <>)": said("return-path") == "<>",
        "an automatic reply: Auto-Submitted says so": (
            said("auto-submitted").startswith("auto-replied")
        ),
        "an automatic reply: its Precedence says so": said("precedence").startswith("auto"),
        "an automatic reply: it answers a mail, and wants no answer": bool(answers),
        "an automatic reply: X-Autoreply says so": bool(
            said("x-autoreply") or said("x-autorespond")
        ),
        "it comes from this portal's own address": mail.get("from") == own_address(),
    }
    return next((reason for reason, is_so in signs.items() if is_so), "")


def own_address() -> str:
    """The address that our own mails come from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
