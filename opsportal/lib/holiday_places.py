"""The countries and their subdivisions of which holidays are known, without the package itself."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "holiday_places.json"


@cache
def places() -> dict[str, dict[str, Any]]:
    """Country code → its name and the codes of its subdivisions."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return found


def place_choices() -> list[tuple[str, str]]:
    """For a pick-list: ``DE`` and ``DE-BE``, by the names of countries."""
    found = [("", "No holidays")]
    for code, place in sorted(places().items(), key=lambda item: item[1]["name"]):
        found.append((code, place["name"]))
        found += [(f"{code}-{part}", f"{place['name']}, {part}") for part in place["subdivisions"]]
    return found


def is_place(country: str, subdivision: str) -> bool:
    """Whether holidays are known of it; of no country there are none, which is known as well."""
    if not country:
        return not subdivision
    place = places().get(country)
    return place is not None and subdivision in ("", *place["subdivisions"])
