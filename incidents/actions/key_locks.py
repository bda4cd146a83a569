"""The keys of alerts, held until the end of a transaction."""

import hashlib
from collections.abc import Iterable

from django.db import connection

Pair = tuple[int, str]


def lock_keys(pairs: Iterable[Pair]) -> None:
    """Hold these keys until the transaction ends, in one order for everybody: no deadlock."""
    numbers = sorted({_number(service, key) for service, key in pairs})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [numbers])


def _number(service: int, key: str) -> int:
    digest = hashlib.blake2b(f"{service}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
