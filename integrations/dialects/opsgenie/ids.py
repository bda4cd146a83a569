"""Ids of Opsgenie's API: unguessable UUIDs that encode primary keys."""

import uuid

from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "integrations.opsgenie"
NUMBER_BYTES = 6


def uuid_of(kind: str, number: int) -> str:
    """The id of the alert, or request, with this number."""
    head = number.to_bytes(NUMBER_BYTES)
    seal = salted_hmac(SALT, f"{kind}:{number}", algorithm="sha256").digest()
    return str(uuid.UUID(bytes=head + seal[: 16 - NUMBER_BYTES], version=4))


def number_of(kind: str, text: str) -> int | None:
    """The number in an id that we gave; None for any other."""
    try:
        number = int.from_bytes(uuid.UUID(text).bytes[:NUMBER_BYTES])
    except ValueError:
        return None
    return number if constant_time_compare(uuid_of(kind, number), text.lower()) else None
