"""What a sender reports about one alert, and what became of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """One event of a sender, read and ready to change incidents."""

    action: str  # trigger, acknowledge, update or resolve
    service_id: int
    key: str
    at: datetime
    title: str = ""
    severity: str = "critical"
    source: str = ""
    source_name: str = ""
    source_id: str = ""
    source_status: str = ""
    dedup_key: str = ""
    short_text: str = ""
    long_text: str = ""
    url: str = ""
    via: str = ""
    stops_paging: bool = False  # whether an acknowledgement by the sender counts
    is_test: bool = False
    repeats: int | None = None  # the message that a sender repeats because it was answered 429
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report did. ``paged`` says that a new round of paging begins with it."""

    result: str  # opened, appended, updated, acknowledged, closed, retry or ignored
    reason: str = ""
    alert_id: int | None = None
    incident_id: int | None = None
    paged: bool = False


SEVERITIES = ("critical", "error", "warning", "info")  # the worst first
URGENT = ("critical", "error")


def urgency_of(severity: str) -> str:
    """High urgency wakes people; low urgency waits for them."""
    return "high" if severity in URGENT else "low"
