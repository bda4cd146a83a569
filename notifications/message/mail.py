"""The message as a mail, in text and HTML. All mails about one incident are one thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications.message.card import colour_of
from notifications.message.message import Message
from notifications.reply_addresses import reply_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address. ``headers`` are those besides From, To and Subject; what is tried
    again has the same ``delivery_id``."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    delivery_id: str = ""
    reply_to: str = ""  # where it is answered; "" for the sender

    def mime(self, sender: str | None = None) -> EmailMultiAlternatives:
        """As Django sends it; from DEFAULT_FROM_EMAIL where no sender is named."""
        mail = EmailMultiAlternatives(
            self.subject,
            self.text,
            sender or None,
            [self.to],
            headers=dict(self.headers),
            reply_to=[self.reply_to] if self.reply_to else None,
        )
        mail.attach_alternative(self.html, "text/html")
        return mail


def mail_of(message: Message, address: str) -> Mail:
    """The mail that tells an address of a message."""
    reply_to = _reply_to(message)
    look = {"message": message, "colour": colour_of(message), "can_reply": bool(reply_to)}
    return Mail(
        to=address,
        subject=message.subject,
        text=render_to_string("notifications/email_message.txt", look),
        html=render_to_string("notifications/email_message.html", look),
        headers=headers_of(message),
        delivery_id=message.delivery_id,
        reply_to=reply_to,
    )


def _reply_to(message: Message) -> str:
    """Where whoever may act on the first of its incidents answers; '' for all others."""
    first = message.incidents[0] if message.incidents else None
    return reply_address(first.number, message.delivery_id) if first and first.actions else ""


def headers_of(message: Message) -> dict[str, str]:
    """An id that a repeated attempt shares, the thread, and a plea not to be answered by robots."""
    host = urlsplit(message.url).hostname or "opsportal.invalid"
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if message.urgent:
        headers["Importance"] = "high"
    if message.unsubscribe_url:  # RFC 8058: one press in the mail program ends it.
        headers["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if not message.incidents:
        return headers | {"Message-ID": f"<{message.event}.{message.delivery_id}@{host}>"}
    name = f"incident-{message.incidents[0].number}"
    return headers | {
        "Message-ID": f"<{name}.{message.delivery_id}@{host}>",
        "In-Reply-To": f"<{name}@{host}>",
        "References": f"<{name}@{host}>",
    }
