"""E-mail, as text and HTML. All mails about one incident are one thread in a mailbox."""

from urllib.parse import urlsplit

from django import forms
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications import smtp
from notifications.channels._base import BaseChannel, Config
from notifications.message.message import IncidentSummary, Message

COLOURS = {"critical": "#c92a2a", "error": "#d9480f", "warning": "#a66300", "info": "#1864ab"}
CALM = "#2b8a3e"
PLAIN = "#343a40"


class Channel(BaseChannel):
    """Goes through the mail server of EMAIL_HOST."""

    label = "E-mail"
    example = {"address": "alice@example.com"}
    for_sharing = True
    address_field = "address"
    has_provider = True

    class Form(forms.Form):
        address = forms.EmailField(
            max_length=254, help_text="Where the messages go. A list's address works, too."
        )

    def send(self, config: Config, message: Message) -> str:
        headers = headers_of(message)
        look = {"message": message, "colour": _colour(message)}
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=render_to_string("notifications/email_message.txt", look),
            to=[config["address"]],
            headers=headers,
        )
        mail.attach_alternative(
            render_to_string("notifications/email_message.html", look), "text/html"
        )
        smtp.send(mail)
        return headers["Message-ID"]

    def budget_s(self) -> float:
        return smtp.BUDGET_S


def headers_of(message: Message) -> dict[str, str]:
    """An id that a repeated attempt shares, the thread, and a plea not to be answered by robots."""
    host = urlsplit(message.url).hostname or "opsportal.invalid"
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if not message.incidents:
        return headers | {"Message-ID": f"<{message.event}.{message.delivery_id}@{host}>"}
    name = f"incident-{message.incidents[0].number}"
    return headers | {
        "Message-ID": f"<{name}.{message.delivery_id}@{host}>",
        "In-Reply-To": f"<{name}@{host}>",
        "References": f"<{name}@{host}>",
    }


def _colour(message: Message) -> str:
    if not message.incidents:
        return PLAIN
    worst: IncidentSummary = message.incidents[0]
    return COLOURS.get(worst.severity, PLAIN) if message.asks else CALM
