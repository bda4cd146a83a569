"""Times as senders write them."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

YEARS = range(1970, 3000)  # What lies outside is no time of an event, and no zone can show it.


def moment_of(text: str) -> datetime | None:
    """The time that an ISO 8601 text means, UTC where it says no zone; None for what is none."""
    try:
        found = parse_datetime(text)
        if found is not None and found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        at = found.astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None
    return at if at and at.year in YEARS else None
