"""What may be urgent, by the words in a body: a look at the bytes, without any mapping.

Only asked where the spool is full: what may be urgent is kept, and the engine finds out.
"""

import re
from typing import Any

MAX_LOOKED_AT_BYTES = 65_536
# Of messages whose template names none of its own.
WORDS = ("critical", "fatal", "emergency", "disaster", "resolve", "resolved", "recovery", "closed")
ANY = re.compile(rb"")


def urgent_pattern(rules: Any) -> re.Pattern[bytes]:
    """Finds the words that are critical or an end by these rules; anything where the severity is
    critical by default."""
    words = set(WORDS)
    if _collect(rules, words):
        return ANY
    escaped = (re.escape(word.encode()) for word in sorted(words) if word)
    return re.compile(rb"(?<![a-z0-9])(?:" + b"|".join(escaped) + rb")(?![a-z0-9])", re.IGNORECASE)


def _collect(rules: Any, words: set[str], name: str = "") -> bool:
    """Add the words; whether critical is the default."""
    if isinstance(rules, list):
        return True in [_collect(one, words, name) for one in rules]
    if not isinstance(rules, dict):
        if name == "close_when":
            words.add(str(rules))
        return False
    if name == "severity":
        table = rules.get("map")
        levels = table.items() if isinstance(table, dict) else ()
        words |= {str(word) for word, level in levels if level == "critical"}
        if rules.get("default") == "critical":
            return True
    inner = {key: name if name == "close_when" else key for key in rules}
    return True in [_collect(value, words, inner[key]) for key, value in rules.items()]
