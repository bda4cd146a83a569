"""Values of Grafana OnCall: durations, days, times on the wall."""

import re
from datetime import datetime
from typing import Any

from integrations.importers.rows import FieldError, Row, wall_of

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
INTERVAL = re.compile(r"(?:(\d+) (?:days?,? ?)?)?(?:(\d+):(\d\d):(\d\d)(?:\.\d+)?)?")
MAX_DURATION_S = 10 * 366 * 86_400
MICROSECONDS_FROM = 10**7  # As seconds it would be 115 days.
OFFSET = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$", re.IGNORECASE)


def duration_s(row: Row, name: str = "duration") -> int:
    """Seconds, as a number, as PostgreSQL writes an interval (``6 days 23:00:00``), or as
    microseconds. Raises FieldError."""
    text = row.text(name)
    match = INTERVAL.fullmatch(text)
    if match and not re.fullmatch(r"\d* ?", text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        found = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    else:
        found = row.whole(name)
        found = found // 10**6 if found >= MICROSECONDS_FROM and found % 10**6 == 0 else found
    if not 60 <= found <= MAX_DURATION_S:
        raise row.error(name, "no length from a minute to ten years")
    return found


def naive(row: Row, name: str) -> datetime | None:
    """A time on the wall: an offset behind it means nothing there. None where it is missing.
    Raises FieldError."""
    text = OFFSET.sub("", row.text(name))
    wall = Row(row.place, {name: text}).wall(name, "UTC")
    return None if wall is None else datetime.fromisoformat(wall)


def until(row: Row, zone: str) -> str | None:
    """When it ends, on the wall of a zone; it is written in UTC. Raises FieldError."""
    found = row.instant_or_none("until", "UTC")
    return None if found is None else wall_of(found, zone)


def weekday(value: Any, row: Row, name: str) -> int:
    """0 is Monday. Raises FieldError."""
    text = str(value).upper()[:2]
    if text not in WEEKDAYS:
        raise row.error(name, "no day of the week such as MO")
    return WEEKDAYS.index(text)


def people_of(row: Row, name: str) -> list[list[str]]:
    """A list of lists of people, or of dicts of number and id as its tables have them. Raises
    FieldError."""
    value = Row(row.place, {"value": row.get(name)}).get("value")
    if isinstance(value, str):
        value = row_json(row, name, value)
    if not isinstance(value, list):
        raise row.error(name, "no list of lists of people")
    return [_slot(row, name, slot) for slot in value]


def row_json(row: Row, name: str, text: str) -> Any:
    """What a text of JSON says. Raises FieldError."""
    found = Row(row.place, {name: f'{{"value": {text}}}'}).row
    try:
        inner = found(name)
    except FieldError:
        raise row.error(name, "no list of lists of people") from None
    return inner.get("value") if inner else None


def _slot(row: Row, name: str, slot: Any) -> list[str]:
    if slot is None:
        return []
    if isinstance(slot, dict):
        return [str(person) for person in slot.values()]
    if isinstance(slot, str):
        return [slot]
    if not isinstance(slot, list) or not all(isinstance(one, str | int) for one in slot):
        raise row.error(name, "no list of lists of people")
    return [str(person) for person in slot]
