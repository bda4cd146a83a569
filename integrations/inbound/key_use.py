"""When the tokens and mailboxes of integrations were last used, to the minute."""

import time
from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.utils import timezone

from integrations.models import KeyUse

PRECISION_S = 60.0
MAX_REMEMBERED = 10_000  # digests
NOTE = """
    INSERT INTO integrations_keyuse (digest, last_used_at) VALUES (%s, %s)
    ON CONFLICT (digest) DO UPDATE SET last_used_at = EXCLUDED.last_used_at
"""
_noted: dict[str, float] = {}


def note_use(digest: str) -> None:
    """The key is used now; written at most once a minute by each process."""
    now = time.monotonic()
    if now - _noted.get(digest, -PRECISION_S) < PRECISION_S:
        return
    if len(_noted) >= MAX_REMEMBERED:
        _noted.clear()
    with connection.cursor() as cursor:
        cursor.execute(NOTE, [digest, timezone.now()])
    _noted[digest] = now


def last_used(digests: Iterable[str]) -> dict[str, datetime]:
    """→ {digest: when it was last used}, without those that never were."""
    rows = KeyUse.objects.filter(digest__in=list(digests))
    return dict(rows.values_list("digest", "last_used_at"))
