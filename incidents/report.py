"""What a sender reports about one alert, and what became of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Hold:
    """Why and for how long nobody is told of an alert yet.

    With ``until`` the clock ends it; with ``alerts`` the so-many-th message of the alert does,
    where ``within`` is set only if so many came within that time. ``again``: each further so many
    messages page again.
    """

    reason: str
    until: datetime | None = None
    alerts: int = 0
    within: timedelta | None = None
    again: bool = False
    result: str = "delayed"  # the word of the outcome: delayed or suppressed


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts of a service with the same key become one incident."""

    key: str
    until: datetime | None = None  # alerts from then on begin another incident
    pages_again: bool = True  # when somebody has the incident that it joins


@dataclass(frozen=True, slots=True)
class Report:
    """One event of a sender, read and ready to change incidents."""

    action: str  # trigger, acknowledge, update, resolve or expire
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
    by_id: int | None = None  # the person who reports it, where one is known
    stops_paging: bool = False  # whether an acknowledgement by the sender counts
    is_test: bool = False
    repeats: int | None = None  # the message that a sender repeats because it was answered 429
    attributes: dict[str, Any] = field(default_factory=dict)
    hold: Hold | None = None
    group: Group | None = None
    expires_at: datetime | None = None  # unless it is repeated until then, it is over
    suppressed_by: str = ""  # the maintenance window that it came in
    conference_bridge: str = ""
    unknown: tuple[str, ...] = ()  # recipients that the sender names and nobody knows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report did. ``paged`` says that a new round begins with it, held back or not.

    ``released``: what was suppressed pages now. ``insists``: where every step was taken already and
    nobody has it, it pages again.
    """

    # opened, delayed, suppressed, appended, updated, acknowledged, closed, retry or ignored
    result: str
    reason: str = ""
    alert_id: int | None = None
    incident_id: int | None = None
    paged: bool = False
    released: bool = False
    insists: bool = False


SEVERITIES = ("critical", "error", "warning", "info")  # the worst first
URGENT = ("critical", "error")


def urgency_of(severity: str) -> str:
    """High urgency wakes people; low urgency waits for them."""
    return "high" if severity in URGENT else "low"


def spell_time(at: datetime) -> str:
    """A moment for a sentence that everybody reads alike."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
