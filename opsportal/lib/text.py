"""Any JSON value as text that can be shown, compared and stored."""

import json
import math
import re
from typing import Any

# PostgreSQL takes neither NUL nor half a surrogate pair, in text as in jsonb.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def clean(text: str) -> str:
    """The text without what a database refuses; what was there stays visible as U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return UNSTORABLE.sub(REPLACEMENT, text)


def clean_json(value: Any) -> Any:
    """A document whose texts and names are clean."""
    if isinstance(value, dict):
        return {clean(name): clean_json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [clean_json(one) for one in value]
    return clean(value) if isinstance(value, str) else value


def clean_surrogates(text: str) -> str:
    """The text without halves of surrogate pairs, which UTF-8 cannot hold."""
    return text if text.isascii() else SURROGATE.sub(REPLACEMENT, text)


def as_text(value: Any) -> str:
    """One value as a person would write it; an object as JSON with sorted keys, so it compares."""
    if type(value) is str:
        return clean(value).strip()
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list):
        return _list_text(value)
    if isinstance(value, dict):
        return _json_text(value)
    return _plain(value)


def as_number(text: str) -> float | None:
    """The number that a text is, which can be compared; None for any other text."""
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) else number


def is_empty(value: Any) -> bool:
    """Nothing to see: null, blank text, an empty list or object. Zero and false are values."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | dict) and not value)


def _list_text(values: list[Any]) -> str:
    if any(isinstance(value, list | dict) for value in values):
        return _json_text(values)
    return ", ".join(text for value in values if (text := as_text(value)))


def _json_text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return clean(text)


def _plain(value: Any) -> str:
    try:
        return clean(str(value))
    except ValueError:  # Python does not write integers of more than 4,300 digits in decimal.
        return hex(value)
