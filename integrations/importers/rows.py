"""Objects as files write them: fields that are read as what they have to be, or named in a
sentence that says which file and field is wrong."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from integrations.importers.known_zones import known_zones

TRUE, FALSE = {"true", "t", "yes", "y", "1", "on"}, {"false", "f", "no", "n", "0", "off"}
FROM_MS = 10**11  # As seconds it would be the year 5138.
MAX_SECONDS = 32_503_680_000  # the year 3000
FIRST_YEAR, LAST_YEAR = 1900, 2999  # A later one stands for ever.
ZERO_TIME = "0001-01-01"
SHOWN_CHARS = 60
NANOSECONDS = re.compile(r"(\.\d{6})\d+")
ARRAY_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')


# Fields that hold secrets, and what is part of the names of such.
SECRETS = {"key", "link", "href", "integrationemail", "inboundemail", "webhookurl", "authorization"}
PARTS_OF_SECRETS = (
    "secret",
    "token",
    "password",
    "apikey",
    "integrationkey",
    "calurl",
    "credential",
    "privatekey",
    "urlkey",
)


class FieldError(ValueError):
    """A field is not what it has to be; the sentence names the place and the field."""


@dataclass(frozen=True, slots=True)
class Row:
    """An object of a source, and the place at which its file holds it, for sentences.

    A field is found by its name in any case, with and without underscores: ``timeZone`` is
    ``time_zone``. Values of tables are text and are read as what they stand for.
    """

    place: str
    fields: Mapping[str, Any]

    def get(self, name: str) -> Any:
        """The value as it is; None where it is missing."""
        if name in self.fields:
            return self.fields[name]
        wanted = plain(name)
        return next((v for key, v in self.fields.items() if plain(str(key)) == wanted), None)

    def has(self, name: str) -> bool:
        """Whether the field says anything."""
        return self.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """Text without spaces around it; a number is its digits. Raises FieldError."""
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.error(name, "no text")
        return str(value).strip() or default

    def id(self, name: str = "id") -> str:
        """Text that is not empty. Raises FieldError."""
        found = self.text(name)
        if not found:
            raise FieldError(f"{self.place}.{name} is missing.")
        return found

    def word(self, name: str, default: str = "") -> str:
        """A word of a vocabulary in lower case, with underscores: ``If-Not-Acked`` is
        ``if_not_acked``. Raises FieldError."""
        return re.sub(r"[\s-]+", "_", self.text(name, default)).lower()

    def whole(self, name: str, default: int | None = None) -> int:
        """A whole number, written as text too. Raises FieldError, also where it is missing and
        has no default."""
        value = self.get(name)
        if value is None or value == "":
            if default is None:
                raise FieldError(f"{self.place}.{name} is missing.")
            return default
        try:
            if isinstance(value, bool):
                raise TypeError
            number = float(value)
            if number != int(number):
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            raise self.error(name, "no whole number") from None
        return int(number)

    def between(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within limits. Raises FieldError."""
        number = self.whole(name, default)
        if not least <= number <= most:
            raise FieldError(f"{self.place}.{name} is {number}, and not {least} to {most}.")
        return number

    def flag(self, name: str, default: bool = False) -> bool:
        """Yes or no, as JSON, a table or people write it. Raises FieldError."""
        value = self.get(name)
        if value is None or value == "":
            return default
        text = str(value).strip().lower()
        if text not in TRUE | FALSE:
            raise self.error(name, "neither true nor false")
        return text in TRUE

    def instant(self, name: str, zone: str = "") -> datetime:
        """In UTC: ISO 8601, or seconds or milliseconds since 1970. A time without an offset is one
        of ``zone``. Raises FieldError, also where it is missing."""
        found = self.instant_or_none(name, zone)
        if found is None:
            raise FieldError(f"{self.place}.{name} is missing.")
        return found

    def instant_or_none(self, name: str, zone: str = "") -> datetime | None:
        """The same; None where it is missing. Raises FieldError."""
        value = self.get(name)
        if _is_no_time(value):
            return None
        seconds = _seconds(value)
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        found = self._iso(name)
        if found.tzinfo is None:
            if not zone:
                raise self.error(name, "a time without a zone")
            found = found.replace(tzinfo=ZoneInfo(zone))
        return found.astimezone(UTC)

    def wall(self, name: str, zone: str) -> str | None:
        """A time on the wall of ``zone``, to the minute, such as ``2026-03-02T09:00``; None where
        it is missing. One without an offset is taken as it is. Raises FieldError."""
        value = self.get(name)
        if _is_no_time(value):
            return None
        if _seconds(value) is None and (found := self._iso(name)).tzinfo is None:
            return found.isoformat(timespec="minutes")
        return wall_of(self.instant(name), zone)

    def needed_wall(self, name: str, zone: str) -> str:
        """The same. Raises FieldError, also where it is missing."""
        found = self.wall(name, zone)
        if found is None:
            raise FieldError(f"{self.place}.{name} is missing.")
        return found

    def zone(self, name: str, default: str = "") -> str:
        """An IANA time zone. Raises FieldError for any other name."""
        found = self.text(name, default)
        if found and found not in known_zones():
            raise self.error(name, "no IANA time zone")
        return found

    def row(self, name: str) -> "Row | None":
        """An object within it; None where it is missing. Raises FieldError."""
        value = _parsed(self.get(name))
        if value is None or value == "":
            return None
        if not isinstance(value, Mapping):
            raise self.error(name, "no object")
        return Row(f"{self.place}.{name}", value)

    def rows(self, name: str) -> list["Row"]:
        """A list of objects within it, () where it is missing. Raises FieldError."""
        return list(rows_in(f"{self.place}.{name}", self.get(name) or ()))

    def texts(self, name: str) -> list[str]:
        """A list of texts, also as PostgreSQL writes an array (``{A,B}``). Raises FieldError."""
        value = self.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, str) and value.startswith("{"):
            return [_array_item(match) for match in ARRAY_ITEM.finditer(value)]
        value = _parsed(value)
        value = [value] if isinstance(value, str | int) else value
        if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
            raise self.error(name, "no list of texts")
        return [str(item) for item in value]

    def error(self, name: str, what: str) -> FieldError:
        """That the field is ``what``, such as "no whole number"."""
        shown = "a secret" if is_secret(name) else repr(self.get(name))
        if len(shown) > SHOWN_CHARS:
            shown = f"{shown[:SHOWN_CHARS]}…"
        return FieldError(f"{self.place}.{name} is {shown}, {what}.")

    def _iso(self, name: str) -> datetime:
        try:
            found = datetime.fromisoformat(NANOSECONDS.sub(r"\1", self.text(name)))
        except (ValueError, OverflowError):
            raise self.error(name, "no time such as 2026-03-02T09:00:00Z") from None
        if found.year < FIRST_YEAR:
            raise self.error(name, f"before {FIRST_YEAR}")
        return found if found.year <= LAST_YEAR else found.replace(year=LAST_YEAR, month=1, day=1)


def rows_in(place: str, value: Any) -> Iterator[Row]:
    """The objects of a list, each with its place. Raises FieldError where it is no list, or where
    one of them is no object."""
    value = _parsed(value)
    if isinstance(value, str | Mapping) or not hasattr(value, "__iter__"):
        raise FieldError(f"{place} is no list.")
    for number, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise FieldError(f"{place}[{number}] is no object.")
        yield Row(f"{place}[{number}]", item)


def wall_of(instant: datetime, zone: str) -> str:
    """What the clock of a zone reads at an instant, such as ``2026-03-02T09:00``."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(timespec="minutes")


def wall_after(wall: str, seconds: int) -> str:
    """The time on the wall so much later, as the wall counts."""
    later = datetime.fromisoformat(wall) + timedelta(seconds=seconds)
    return later.isoformat(timespec="minutes")


def _is_no_time(value: Any) -> bool:
    """Whether it is missing, or what Go writes of a time that is."""
    return value is None or value == "" or str(value).startswith(ZERO_TIME)


def is_secret(name: str) -> bool:
    """Whether a field of that name may hold a secret."""
    found = plain(name)
    return found in SECRETS or any(part in found for part in PARTS_OF_SECRETS)


def plain(name: str) -> str:
    """A name in lower case and without underscores."""
    return name.replace("_", "").lower()


def _parsed(value: Any) -> Any:
    """What a text of JSON says, for tables keep objects as text; else the value."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _seconds(value: Any) -> float | None:
    """Seconds since 1970 where it is a number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if not re.fullmatch(r"-?\d{9,}(\.\d+)?", text):
        return None
    number = float(text)
    number = number / 1000 if abs(number) >= FROM_MS else number
    return number if abs(number) < MAX_SECONDS else None


def _array_item(match: re.Match[str]) -> str:
    quoted, plain = match.groups()
    return re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip()
