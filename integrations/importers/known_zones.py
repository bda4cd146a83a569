"""The names of all time zones, read once: to read them takes milliseconds."""

from functools import cache
from zoneinfo import available_timezones


@cache
def known_zones() -> frozenset[str]:
    """IANA names, such as Europe/Berlin."""
    return frozenset(available_timezones())
