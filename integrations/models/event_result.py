"""What came of each event of a message: the list in the column ``results`` of the inbound log."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self

from opsportal.lib.text import clean


class Result(StrEnum):
    """What an event or a command did. The order ranks: the first of several names the message."""

    OPENED = "opened"
    DELAYED = "delayed"
    SUPPRESSED = "suppressed"
    CLOSED = "closed"
    ACKNOWLEDGED = "acknowledged"
    UPDATED = "updated"
    CHANGED = "changed"
    APPENDED = "appended"
    LOGGED = "logged"
    RETRY = "retry"
    IGNORED = "ignored"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class EventResult:
    """One event of a message and its result. ``index`` is its place in the message, from 0;
    ``action`` what it asks for: trigger, acknowledge, update, resolve, or the name of a command.
    """

    result: Result
    reason: str = ""
    index: int = 0
    action: str = ""
    key: str = ""
    source: str = ""
    source_name: str = ""
    source_id: str = ""
    status: str = ""
    severity: str = ""
    subject: str = ""
    variant: str = ""  # the shape by whose rules it was read
    condition: str = ""  # the condition that decided, or why none did
    alert_id: int | None = None
    incident_id: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is stored and shown by the API: ``alert`` and ``incident`` are numbers."""
        found = {json_name: getattr(self, name) for name, json_name in _NAMES.items()}
        return {
            name: clean(value) if isinstance(value, str) else value for name, value in found.items()
        }

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Self:
        """The reverse. A result that is none of ours any more counts as ignored."""
        found = {name: raw[key] for name, key in _NAMES.items() if key in raw}
        known = found.get("result") in set(Result)
        return cls(**found | {"result": Result(found["result"]) if known else Result.IGNORED})


_IDS = {"alert_id": "alert", "incident_id": "incident"}
_NAMES = {field.name: _IDS.get(field.name, field.name) for field in fields(EventResult)}
