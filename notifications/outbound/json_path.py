"""Where in an answer something stands: ``$.result.items[0].id``. Pure."""

import json
import re
from typing import Any

from notifications.message.incident_summary import one_line

MAX_VALUE = 500
_STEP = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\[[\"']([^\"'\]]+)[\"']\]")


def problem_of(path: str) -> str:
    """A sentence about a path that cannot be followed; "" where it can."""
    try:
        _steps(path)
    except ValueError:
        return "Write a path such as $.result.sys_id or $.items[0].id."
    return ""


def parsed(body: bytes) -> Any:
    """The JSON of an answer; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def text_at(value: Any, path: str) -> str:
    """The text or number at the path, at most 500 characters; "" where there is none."""
    for step in _steps(path):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ""
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    return one_line(str(value), MAX_VALUE) if is_text else ""


def _steps(path: str) -> list[str | int]:
    """Raises ValueError for what is no path."""
    rest, steps = path.strip().removeprefix("$"), list[str | int]()
    while rest:
        match = _STEP.match(rest)
        if match is None:
            raise ValueError(path)
        steps.append(int(match[2]) if match[2] else match[1] or match[3])
        rest = rest[match.end() :]
    return steps
