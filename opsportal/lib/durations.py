"""Durations as text: whole seconds to words such as ``5 min``, and words to seconds."""

import re

UNITS_S = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
MAX_DURATION_S = 30 * UNITS_S["d"]
SPELLINGS = {
    "s": "s sec secs second seconds",
    "min": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
}
UNIT_OF = {word: unit for unit, words in SPELLINGS.items() for word in words.split()}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
HINT = "Write it like 30 s, 5 min, or 1 h 30 min."


def format_duration(seconds: float) -> str:
    """Rounded down to at most two units: ``2 d 3 h``, ``5 min``, ``40 s``.

    Minutes and seconds, and ten or more of any unit, stand alone: ``12 d``, not ``12 d 1 h``.
    """
    left, units = int(seconds), list(UNITS_S.items())
    for at, (unit, size) in enumerate(units):
        if left < size:
            continue
        whole, rest = divmod(left, size)
        if unit in ("s", "min") or whole >= 10:
            return f"{whole} {unit}"
        lower, part = units[at + 1]
        return f"{whole} {unit} {rest // part} {lower}" if rest >= part else f"{whole} {unit}"
    return "0 s"


def format_exact_duration(seconds: int) -> str:
    """All units that are not zero, such as ``1 h 30 min 5 s``: ``parse_duration`` reads it back."""
    parts = []
    for unit, size in UNITS_S.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def parse_duration(text: str) -> int:
    """Seconds from ``30 s``, ``5min``, ``1.5 hours`` or ``1 h 30 min``; ``5`` alone is minutes.

    Raises ValueError, with a sentence for the person who wrote it, for any other text and for
    more than 30 days.
    """
    rest = text.strip().lower().replace(",", " ")
    if NUMBER.fullmatch(rest):
        rest += "min"
    total, position = 0.0, 0
    while position < len(rest):
        part = PART.match(rest, position)
        unit = UNIT_OF.get(part[2]) if part else None
        if part is None or unit is None:
            raise ValueError(HINT)
        total += float(part[1]) * UNITS_S[unit]
        position = part.end()
    if not rest:
        raise ValueError(HINT)
    if total > MAX_DURATION_S:
        raise ValueError("At most 30 days.")
    return round(total)
