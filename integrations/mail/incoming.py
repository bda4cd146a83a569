"""A mail as it was received, by any transport."""

import hashlib
import re
import uuid
from dataclasses import dataclass, field

from django.conf import settings

from integrations.decoding.mime import RFC822, message_id
from integrations.decoding.mime_parts import read
from integrations.inbound.request import InboundRequest
from integrations.mail.duplicates import ROUTE
from integrations.mail.trimming import fit

LINE_END = re.compile(r"[\r\n\x00]+")
TRACE_BYTES = 2000  # for the trace lines
MAX_RECIPIENTS = 20


@dataclass(frozen=True, slots=True)
class MailRequest(InboundRequest):
    """Identified by its Message-ID, whatever servers added on the way."""

    identity: str = ""

    @property
    def digest(self) -> str:
        """The same for the same mail."""
        return hashlib.blake2b(self.identity.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail and its envelope. ``sender`` is None if the transport does not tell it."""

    raw: bytes
    recipients: tuple[str, ...] = ()
    sender: str | None = None
    remote_address: str | None = None
    transport: str = "smtp"
    is_test: bool = field(default=False)

    def to_request(self, recipient: str) -> MailRequest:
        """What is stored for one recipient: cut to fit, with trace lines as a mail server adds."""
        head = read(self.raw[:64_000].replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n")[0]
        own_id = message_id(head)
        # Without an id and a date two mails may be alike and yet two: none may be lost for that.
        twin = self.raw if head.get("Date") else uuid.uuid4().bytes
        identity = own_id or hashlib.sha256(twin).hexdigest()
        kept = fit(self.raw, settings.INBOUND_MAX_BYTES - TRACE_BYTES)
        return MailRequest(
            route=ROUTE,
            body=self._trace(recipient) + kept,
            content_type=RFC822,
            headers={"x-mail-way": self.transport, "x-mail-size": str(len(self.raw))},
            remote_address=self.remote_address,
            is_test=self.is_test,
            identity=identity,
        )

    def _trace(self, recipient: str) -> bytes:
        lines = [f"Delivered-To: {recipient}"] if recipient else []
        if self.sender is not None:
            lines.insert(0, f"Return-Path: <{self.sender}>")
        flat = (LINE_END.sub(" ", line)[:900] for line in lines)
        return "".join(f"{line}\r\n" for line in flat).encode("utf-8", "replace")
