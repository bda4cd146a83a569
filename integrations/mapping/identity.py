"""What a message is about, where its rules find no name and no id in it.

The subject says it, or else all that is left of the message without what changes by itself: times,
counters, measured values, and the ids of single messages.
"""

import hashlib
import json
import re
from collections.abc import Set
from typing import Any

from opsportal.lib.text import as_number, as_text, is_empty

# Words of a key, as “created”, “at” in createdAt and created_at.
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# The last word of a key of times, and of numbers that count or measure.
TIME_WORD = re.compile(
    "at|ts|time|timestamp|datetime|date|epoch|since|until|duration|elapsed|uptime|age|created"
    "|updated|modified|started|ended|finished|fired|resolved|received|sent|seen|ping"
)
NUMBER_WORD = re.compile(
    "counte?r?|counts|total|seq|sequence|attempts?|retry|retries|number|iteration|revision|offset"
    "|values?|metric|measurement|percent|percentage|usage|current|latency"
)
RANDOM_WORD = re.compile("nonce|signature|token|checksum|hash|etag")
# An id is of a single message by what stands before it: an id of a monitor or of a host is none.
ID_WORD = re.compile("id|uuid|guid")
MESSAGE_WORD = re.compile(
    "message|msg|event|request|trace|span|delivery|notification|correlation|transaction|session"
    "|execution|invocation|run|build|job|attempt|log|record|entry|batch"
)
TIME = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
    r"|\b\d\d?:\d\d:\d\d(?:[.,]\d+)?\b"
)
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
EPOCH = range(1_000_000_000, 5_000_000_000)  # seconds: the years 2001 to 2128


def identity_of(subject: str, item: Any, states: Set[str]) -> str:
    """A text that is the same for each message about one thing.

    ``states`` are the texts that say how it is, and not what it is: the status, the severity.
    """
    text = _steady(subject)
    if text and text.casefold() not in states:
        return _digest(["subject", text])
    parts: list[tuple[str, str]] = []
    _collect(item, "", states, parts)
    parts.sort()
    # Where nothing else is said, two messages are two things: a page too many, not one too few.
    return _digest(["body", parts or as_text(item)])


def _collect(node: Any, place: str, states: Set[str], parts: list[tuple[str, str]]) -> None:
    """Add place and text of each value that does not change by itself.

    As a generator it would take time for each level above each value.
    """
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, dict | list) or not _changes_by_itself(str(key), value):
                _collect(value, f"{place}.{key}", states, parts)
    elif isinstance(node, list):
        inner = f"{place}.*"
        for value in node:
            _collect(value, inner, states, parts)
    elif not (is_empty(node) or isinstance(node, float) or _is_epoch(node)):
        text = as_text(node)
        if text.casefold() not in states and (steady := _steady(text)):
            parts.append((place, steady))


def _changes_by_itself(key: str, value: Any) -> bool:
    words = [word.lower() for word in WORDS.findall(key)]
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if ID_WORD.fullmatch(last):
        return not before or MESSAGE_WORD.fullmatch(before) is not None
    if NUMBER_WORD.fullmatch(last):
        return as_number(as_text(value)) is not None
    return bool(TIME_WORD.fullmatch(last) or RANDOM_WORD.fullmatch(last))


def _is_epoch(value: Any) -> bool:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970."""
    if type(value) is not int:
        return False
    return any(value // 1000**power in EPOCH for power in range(4))


def _steady(text: str) -> str:
    """The text without times and random ids."""
    return " ".join(UUID.sub("", TIME.sub("", text)).split())


def _digest(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
