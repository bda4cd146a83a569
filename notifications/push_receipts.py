"""Addresses by which a device says what became of a push: shown, or tapped by somebody.

They hold the delivery, signed. Whoever has one can say this of that delivery, and nothing else.
"""

import uuid

from django.conf import settings
from django.core import signing

from notifications.errors import LinkInvalid

SEEN, TAPPED = "seen", "tapped"


def receipt_url(delivery_id: str, kind: str) -> str:
    """Where the device POSTs that a delivery was ``seen`` or ``tapped``."""
    token = _signer(kind).sign(uuid.UUID(str(delivery_id)).hex)
    return f"{settings.SITE_URL}/push/{token}/{kind}/"


def read_receipt(token: str, kind: str) -> uuid.UUID:
    """The delivery that a token of this kind is of. Raises LinkInvalid."""
    try:
        return uuid.UUID(_signer(kind).unsign(token))
    except (signing.BadSignature, ValueError):
        raise LinkInvalid("This address is not complete, or not one of ours.") from None


def _signer(kind: str) -> signing.Signer:
    return signing.Signer(sep=".", salt=f"notifications.receipts.{kind}")
