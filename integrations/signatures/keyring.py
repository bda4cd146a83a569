"""The signing secrets of an integration: several are valid during a rotation."""

import json
import secrets as random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MAX_SECRETS = 5


@dataclass(frozen=True, slots=True)
class Secret:
    """One of them; ``added_at`` is unknown for those of an older version."""

    text: str
    id: str = ""
    added_at: datetime | None = None


def make(text: str, now: datetime) -> Secret:
    """A new one; its id is random and says nothing about it."""
    return Secret(text, random.token_hex(4), now)


def read(stored: str) -> tuple[Secret, ...]:
    """The secrets in their order, the oldest first. A text of an older version has one a line."""
    try:
        rows = json.loads(stored) if stored.startswith('[{"') else None
    except ValueError:
        rows = None
    if rows is None:
        lines = [line.strip() for line in stored.splitlines() if line.strip()]
        return tuple(Secret(line, f"old-{at}") for at, line in enumerate(lines, 1))
    return tuple(Secret(row["secret"], row["id"], _moment(row["added_at"])) for row in rows)


def write(secrets: Iterable[Secret]) -> str:
    """As ``read`` takes it; '' for none."""
    rows = [
        {
            "id": secret.id,
            "added_at": secret.added_at.isoformat() if secret.added_at else None,
            "secret": secret.text,
        }
        for secret in secrets
    ]
    return json.dumps(rows) if rows else ""


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
