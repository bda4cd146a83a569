"""Lengths of time as people write them: 30 s, 5 min, 1 h 30 min."""

import re

UNITS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
WORDS = {
    "s": "s sec secs second seconds",
    "min": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
}
UNIT_OF = {word: unit for unit, words in WORDS.items() for word in words.split()}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
MOST = 30 * UNITS["d"]
MEND = "Write it like 30 s, 5 min, or 1 h 30 min."


def seconds(text: str) -> int:
    """How long the text says, in seconds; ValueError says how to write it."""
    rest = text.strip().lower().replace(",", " ")
    if rest == "0":
        return 0
    total, position = 0.0, 0
    while position < len(rest):
        part = PART.match(rest, position)
        unit = UNIT_OF.get(part[2]) if part else None
        if part is None or unit is None:
            raise ValueError(MEND)
        total += float(part[1]) * UNITS[unit]
        position = part.end()
    if not rest:
        raise ValueError(MEND)
    if total > MOST:
        raise ValueError("At most 30 days.")
    return round(total)


def say(total: int) -> str:
    """The shortest exact way to write it."""
    parts = []
    for unit, size in UNITS.items():
        count, total = divmod(total, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
