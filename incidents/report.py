"""What a sender reports about one alert, and what became of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.choices import ReportResult, Severity

# A test closes by itself so long after it began, or was reopened.
TEST_TTL = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why and for how long nobody is told of an alert yet.

    With ``until`` the scheduler ends it; with ``alerts`` the so-many-th message of the alert does,
    where ``within`` is set only if so many came within that time. ``again``: each further so many
    messages page again.
    """

    reason: str
    until: datetime | None = None
    alerts: int = 0
    within: timedelta | None = None
    again: bool = False
    result: str = ReportResult.DELAYED  # of the report that opens it: delayed or suppressed


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts of a service with the same key become one incident."""

    key: str
    until: datetime | None = None  # alerts from then on begin another incident
    pages_again: bool = True  # when somebody has the incident that it joins


@dataclass(frozen=True, slots=True)
class Replayed:
    """The message that another one repeats, and when it came.

    ``is_done``: it was worked off before, and did something. Else it is of the same batch.
    """

    message: int
    at: datetime
    is_done: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One event of a sender, read and ready to change incidents."""

    action: str  # a ReportAction
    service_id: int
    key: str
    at: datetime
    title: str = ""
    severity: str = Severity.CRITICAL
    source: str = ""
    source_name: str = ""
    source_id: str = ""
    source_status: str = ""
    dedup_key: str = ""
    episode: str = ""  # which occurrence of its key it is about, where the sender says so
    short_text: str = ""
    long_text: str = ""
    url: str = ""
    via: str = ""
    by_id: int | None = None  # the person who reports it, where one is known
    owner_id: int | None = None  # the person whom the sender calls the assignee, if one of ours
    stops_paging: bool = False  # whether an acknowledgement by the sender counts
    is_test: bool = False
    test_recipient_id: int | None = None  # the only person whom a test notifies
    repeats: int | None = None  # the message that a sender repeats because it was answered 429
    replays: Replayed | None = None  # the message whose signed body it is, byte for byte
    attributes: dict[str, Any] = field(default_factory=dict)
    suppression: Suppression | None = None
    group: Group | None = None
    topic_id: int | None = None  # a topic that a new alert publishes its incident to
    topic_priority: str = ""
    expires_at: datetime | None = None  # unless it is repeated until then, it is over
    suppressed_by: str = ""  # the maintenance window that it came in
    conference_bridge: str = ""
    unknown: tuple[str, ...] = ()  # recipients that the sender names and nobody knows

    @property
    def group_key(self) -> str:
        """The key of its group, "" where it is in none."""
        return self.group.key if self.group else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report did, and what it asks of the run of its incident.

    ``starts_run``: a new round begins, suppressed or not. ``resumes_run``: what was suppressed
    pages now. ``restarts_exhausted``: it pages again if every step was taken and nobody has it.
    """

    result: str  # a ReportResult
    reason: str = ""
    alert_id: int | None = None
    incident_id: int | None = None
    starts_run: bool = False
    resumes_run: bool = False
    restarts_exhausted: bool = False


SEVERITIES = tuple(Severity.values)  # the worst first
# Why an incident of low urgency is suppressed outside of support hours begins so.
LOW_URGENCY = "low urgency, waits for "


def spell_time(at: datetime) -> str:
    """A moment for a sentence that everybody reads alike."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
