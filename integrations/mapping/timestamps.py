"""Timestamps: ISO 8601 texts, and seconds or milliseconds since 1970."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

from opsportal.lib.text import as_number

VALID_YEARS = range(
    1970, 3000
)  # What lies outside is no time of an event, and no zone can show it.
MAX_EPOCH_S = 253_402_300_799  # the last second of the year 9999
MIN_EPOCH_MS = 100_000_000_000  # as seconds that would be in the year 5138


def parse_timestamp(text: str) -> datetime | None:
    """The instant that an ISO 8601 text or a number of (milli)seconds since 1970 means.

    None for any other text, and for the year 1, by which Go says “not yet”. Without a zone: UTC.
    """
    number = as_number(text)
    if number is not None:
        seconds = number / 1000 if number >= MIN_EPOCH_MS else number
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= MAX_EPOCH_S else None
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > 1 else None


def parse_iso_timestamp(text: str) -> datetime | None:
    """The time that an ISO 8601 text means, UTC where it says no zone; None for what is none."""
    try:
        found = parse_datetime(text)
        if found is not None and found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        at = found.astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None
    return at if at and at.year in VALID_YEARS else None
