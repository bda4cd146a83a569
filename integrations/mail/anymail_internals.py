"""How django-anymail parses mails, within the bounds of ours.

It reads headers by the standard library's structured policy, which takes seconds for a header of
some kB, and parts in parts without a bound; anybody may write such a mail to a provider's mailbox.
"""

from collections.abc import Iterable
from email.policy import compat32
from functools import partialmethod

from anymail.inbound import AnymailInboundMessage

from integrations.decoding import mime_parts

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
