"""What mapping makes of a message: events."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from integrations.mapping.attributes import web_address
from integrations.mapping.timestamps import parse_iso_timestamp
from opsportal.lib.text import clean

LIMITS = {
    "source": 1024,
    "source_name": 1024,
    "source_id": 1024,
    "dedup_key": 1024,
    "status": 255,
    "severity_text": 255,
    "subject": 1024,
    "short_text": 1024,
    "long_text": 15_000,
    "assignee": 255,
    "topic": 255,
    "episode": 1024,
    "reason": 1024,
    "error": 1024,
}


def key_of(*parts: str) -> str:
    """The key of an alert: 64 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Action(StrEnum):
    """What an event asks for; NONE when no condition fits."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    UPDATE = "update"
    RESOLVE = "resolve"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a sender says. Its texts are clean and bounded; its key is of the whole."""

    action: str = ""
    reason: str = ""
    source: str = ""
    source_name: str = ""
    source_id: str = ""
    dedup_key: str = ""
    status: str = ""
    url: str = ""
    severity: str = "error"
    severity_text: str = ""
    subject: str = ""
    short_text: str = ""
    long_text: str = ""
    assignee: str = ""
    topic: str = ""
    episode: str = ""  # which of the occurrences of its key this is, by its start or an id
    recipient_users: tuple[str, ...] = ()
    recipient_groups: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    expires_at: datetime | None = None  # over, unless it is repeated until then
    index: int = 0
    error: str = ""
    identity: str = ""  # made of the message, where it has no source name, id or dedup key
    key: str = ""

    def __post_init__(self) -> None:
        # The key is taken before anything is cut: two long ids must not become one alert.
        if not self.key:
            object.__setattr__(self, "key", self._identity())
        object.__setattr__(self, "subject", " ".join(self.subject.split()))
        for name, limit in LIMITS.items():
            text = clean(getattr(self, name))
            object.__setattr__(self, name, text if len(text) <= limit else text[: limit - 1] + "…")
        object.__setattr__(self, "episode", _as_written_once(self.episode))
        object.__setattr__(self, "url", web_address(clean(self.url)))
        if self.action == Action.TRIGGER and not self.subject:
            object.__setattr__(self, "subject", self._fallback_subject())

    def _identity(self) -> str:
        if self.dedup_key:
            return key_of("dedup", self.dedup_key)
        if self.identity:
            return key_of("identity", self.identity)
        return key_of(self.source, self.source_name, self.source_id)

    def _fallback_subject(self) -> str:
        about = self.source_name or self.status or self.source_id or "alert"
        return f"{self.source or 'Alert'}: {about}"[: LIMITS["subject"]]


def _as_written_once(episode: str) -> str:
    """The same text for the same time, however it is written; "" for what names no episode."""
    if episode.startswith("0001-01-01") or episode in ("0", "null"):  # “Not yet”, as Go says it.
        return ""
    at = parse_iso_timestamp(episode)
    return at.isoformat() if at else episode
