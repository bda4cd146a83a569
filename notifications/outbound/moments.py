"""When something happened, as ticket systems write it."""

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime


def moment_of(text: Any) -> datetime | None:
    """The time in ISO 8601, or as ``2026-01-23 10:30:05 UTC``; UTC where no zone is named.

    None for what is no time.
    """
    try:
        at = parse_datetime(str(text or "").replace(" UTC", "Z"))
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
