"""What the answer of an old pager says, whichever it is. Pure."""

from dataclasses import dataclass
from typing import Any

import orjson

from opsportal.lib.text import clean

# By which the senders of PagerDuty's two APIs, VictorOps and Opsgenie find an alert again.
KEYS = ("dedup_key", "incident_key", "entity_id", "alias")
BUSY = (408, 425, 429)
# How those answer 2xx that have not taken a message: VictorOps, and PagerDuty's first API.
REFUSALS = {"result": ("failure",), "status": ("invalid event", "throttle exceeded")}
MAX_KEY_CHARS = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """``is_taken``: it accepted the message. ``key``: the alert's, where it says one; else ''."""

    status: int
    is_taken: bool
    key: str = ""


def read_answer(status: int, content: bytes) -> Answer:
    """The answer with this status and body, which may be of any form."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = None
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    is_refusal = any(fields.get(name) in words for name, words in REFUSALS.items())
    found = (fields.get(name) for name in KEYS)
    key = next((value for value in found if isinstance(value, str) and value), "")
    return Answer(status, status < 300 and not is_refusal, clean(key[:MAX_KEY_CHARS]))


def is_final(status: int) -> bool:
    """Whether the same message would be answered so again: not by a server that is busy or ill."""
    return status < 500 and status not in BUSY
