"""Addresses at which mails about incidents are answered, each known to one reader only.

``replies+i1042.<token>@ops.example.com``: the mailbox INBOUND_MAIL_REPLIES, the incident, and which
delivery told whom of it. All of it may be written in lower case on the way, and fits into the 64
characters that stand before the @.
"""

import re
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "notifications.reply_addresses"
NAMED = re.compile(r"i(\d{1,9})\.([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """Of the mail about an incident that was sent by one delivery."""

    incident_id: int
    delivery: str  # the first eight digits of the delivery's id

    @property
    def deliveries(self) -> tuple[uuid.UUID, uuid.UUID]:
        """The first and the last id of a delivery that the address may be of."""
        first = self.delivery.ljust(32, "0")
        return uuid.UUID(first), uuid.UUID(self.delivery.ljust(32, "f"))


class _Signer(signing.Signer):
    """96 bits of the signature, in digits that survive a change of case."""

    def __init__(self) -> None:
        super().__init__(sep=".", salt=SALT)

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        mac = salted_hmac(SALT, value, secret=key or self.key, algorithm="sha256")
        return mac.hexdigest()[:24]


def reply_address(incident_id: int, delivery_id: str) -> str:
    """Where the reader of this delivery answers; '' where the portal takes no answers by mail."""
    mailbox = settings.INBOUND_MAIL_REPLIES.lower()
    if not mailbox:
        return ""
    token = _Signer().sign(f"i{incident_id}.{delivery_id[:8]}")
    return f"{mailbox}+{token}@{settings.INBOUND_MAIL_DOMAIN}"


def read_reply_address(address: str) -> ReplyAddress | None:
    """What an address is about; None for one that is not of the portal's making."""
    local, _, domain = address.strip().lower().rpartition("@")
    mailbox, _, token = local.partition("+")
    ours = (settings.INBOUND_MAIL_REPLIES.lower(), settings.INBOUND_MAIL_DOMAIN)
    if not mailbox or (mailbox, domain) != ours:
        return None
    try:
        found = NAMED.fullmatch(_Signer().unsign(token))
    except signing.BadSignature:
        return None
    return ReplyAddress(int(found[1]), found[2]) if found else None
