"""How django-anymail parses mails, within the bounds of ours.

It reads headers by the standard library's structured policy, which takes seconds for a header of
some kB, and parts in parts without a bound; anybody may write such a mail to a provider's mailbox.
"""

import json
from collections.abc import Iterable
from email.policy import compat32
from functools import partialmethod

from anymail.inbound import AnymailInboundMessage
from anymail.webhooks.sendgrid import SendGridInboundWebhookView
from django.http import HttpRequest

from integrations.decoding import mime_parts, multipart
from integrations.decoding.mime_headers import decode_text
from integrations.errors import UnreadableBody

CHECKED_AGAINST = "django-anymail==15.2"


class _Parser(AnymailInboundMessage):
    """The three readers that providers' views call."""

    @classmethod
    def parse_raw_mime(cls, s: str) -> AnymailInboundMessage:
        """A mail in a text."""
        return cls.parse_raw_mime_bytes(s.encode("utf-8", "surrogateescape"))

    @classmethod
    def parse_raw_mime_bytes(cls, b: bytes) -> AnymailInboundMessage:
        """A mail; one whose parts are past the bounds is one text."""
        return mime_parts.read_as(AnymailInboundMessage, b)[0]

    @classmethod
    def parse_raw_mime_chunks(cls, chunks: Iterable[bytes]) -> AnymailInboundMessage:
        """A mail in pieces."""
        return cls.parse_raw_mime_bytes(b"".join(chunks))


def bound_parsing() -> None:
    """Let AnymailInboundMessage parse by our readers from now on."""
    for name in ("parse_raw_mime", "parse_raw_mime_bytes", "parse_raw_mime_chunks"):
        setattr(AnymailInboundMessage, name, getattr(_Parser, name))
    init = partialmethod(AnymailInboundMessage.__init__, policy=compat32)
    setattr(AnymailInboundMessage, "__init__", init)  # noqa: B010 - the type is a method's


class SendGridView(SendGridInboundWebhookView):
    """SendGrid's parsed form names a charset for each text, as whoever wrote the mail named it.

    anymail takes any codec, and parses the whole form by the structured policy for it.
    """

    def message_from_sendgrid_parsed(self, request: HttpRequest) -> AnymailInboundMessage:
        """The mail, its texts decoded by charsets of ``encoding_of`` alone."""
        form = request.POST.copy()
        charsets = _charsets_in(form.pop("charsets", [""])[-1])
        if charsets:
            texts = _raw_texts(request)
            for name in charsets.keys() & texts.keys():
                form[name] = decode_text(texts[name], charsets[name])
        request.POST = form  # type: ignore[assignment] # Nobody changes it any more.
        return super().message_from_sendgrid_parsed(request)


def _charsets_in(text: str) -> dict[str, str]:
    """The charset of each field that names one; {} where it is no such JSON."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: charset for name, charset in pairs if isinstance(charset, str)}


def _raw_texts(request: HttpRequest) -> dict[str, bytes]:
    """The texts of the mail as they were sent; {} for what is no multipart form."""
    try:
        found = multipart.raw_fields(request.body, request.META.get("CONTENT_TYPE", ""))
    except UnreadableBody:
        return {}
    return {name: value for name, value in found if name in ("text", "html")}
