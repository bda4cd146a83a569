"""The holidays on which services are not attended.

Their table belongs to an app above, which registers how it is read.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from incidents.support_hours import HOLIDAY
from opsportal.lib.holiday_places import is_place

Reader = Callable[[str, str], frozenset[date]]
_readers: list[Reader] = []


def holiday_reader(read: Reader) -> Reader:
    """Register a function that returns the holidays of a country and a part of it."""
    _readers.append(read)
    return read


def holidays_of(country: str, subdivision: str) -> frozenset[date]:
    """The holidays of a place, one query; none of no country."""
    if not country:
        return frozenset()
    return frozenset().union(*(read(country, subdivision) for read in _readers))


def problem_of(country: str, subdivision: str, rows: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """(field, sentence) of what contradicts itself in a place and the hours of a service, or two
    empty texts."""
    if not is_place(country, subdivision):
        said = "Holidays are known of countries such as DE, and their parts such as BE."
        return "holidays_country", said
    if not country and any(HOLIDAY in row["days"] for row in rows):
        return "support_hours", "Hours on holidays need a country whose holidays they are."
    return "", ""
