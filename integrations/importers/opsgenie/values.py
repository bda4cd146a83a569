"""Values of Opsgenie: dates, delays, days of the week, phone numbers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.importers.known_zones import known_zones

UNITS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PHONE = re.compile(r"^\+?(\d{1,3})-([\d ()./-]{4,20})$")
ZONE_CHOICE = "opsgenie.zone_of_files"


class ZoneMissing(ValueError):
    """A date names no zone, and nobody has said which one is meant."""


def word(value: Any) -> str:
    """A word of a vocabulary: in any case, with ``_`` as with ``-``."""
    return str(value or "").strip().lower().replace("_", "-")


def instant(value: Any, choices: Mapping[str, str]) -> datetime | None:
    """A date as an instant in UTC; None where there is none. Raises ValueError, and ZoneMissing.

    Takes ISO 8601, ``yyyy-MM-dd HH:mm`` of the machine that exported, and epoch milliseconds.
    """
    if value in (None, ""):
        return None
    if isinstance(value, int | float) or str(value).isdecimal():
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        zone = choices.get(ZONE_CHOICE, "")
        if zone not in known_zones():
            raise ZoneMissing(str(value))
        found = found.replace(tzinfo=ZoneInfo(zone))
    return found.astimezone(UTC)


def seconds(delay: Any, *, unit: str = "minutes") -> int:
    """``{timeAmount, timeUnit}`` or a bare number as whole seconds. Raises ValueError."""
    if isinstance(delay, Mapping):
        unit = word(delay.get("timeUnit") or unit)
        delay = delay.get("timeAmount") or 0
    return int(delay or 0) * UNITS_S[unit.rstrip("s")]


def weekday(name: Any) -> int:
    """0 is Monday. Raises ValueError."""
    return DAYS.index(word(name))


def minute(hour: Any, minutes: Any) -> str:
    """``HH:MM``. Raises ValueError."""
    hours, rest = int(hour or 0), int(minutes or 0)
    if not (0 <= hours <= 24 and 0 <= rest < 60 and hours * 60 + rest <= 24 * 60):
        raise ValueError(f"{hours}:{rest:02} is no time of a day")
    return f"{hours:02}:{rest:02}"


def phone(text: str) -> str:
    """``49-1511234567`` as ``+491511234567``; another text as it is."""
    match = PHONE.match(text.strip())
    return f"+{match[1]}{re.sub(r'[^0-9]', '', match[2])}" if match else text.strip()
