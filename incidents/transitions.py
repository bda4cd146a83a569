"""The state machine of an incident, in memory; whoever has locked the row saves it."""

from datetime import datetime, timedelta

from incidents import sla_clock
from incidents.choices import Resolution, Severity, Urgency
from incidents.models import Incident, User
from incidents.report import TEST_TTL, Suppression
from incidents.sla_clock import SLA_FIELDS

Status = Incident.Status

# The columns that a transition may change.
CHANGED_FIELDS = (
    "status",
    "paging_round",
    "assignee",
    "assigned_at",
    "acknowledged_at",
    "acknowledged_severity",
    "snoozed_until",
    "resolved_at",
    "resolution",
    "suppressed_reason",
    "suppressed_until",
    "closes_at",
    "active_at",
    "severity",
    "urgency",
    "is_urgency_fixed",
    "priority",
    "raise_urgency_at",
    "held_since",
    "held_s",
    *SLA_FIELDS,
)


def start_urgency(incident: Incident, at: datetime) -> None:
    """Set the urgency as the service says for its severity, and when that rises by itself."""
    service = incident.service
    set_urgency(incident, service.urgency_for(incident.severity, at))
    if service.raise_at_opening and incident.urgency == Urgency.LOW:
        incident.raise_urgency_at = service.hours.next_opening(at)


def set_urgency(incident: Incident, urgency: str) -> None:
    """It wakes people, or waits for them; a rise that is due is done by then."""
    incident.urgency = urgency
    if urgency == Urgency.HIGH:
        incident.raise_urgency_at = None


def start_closing(incident: Incident, at: datetime) -> None:
    """Set when it closes by itself: as a test, or as its service says; else never."""
    minutes = incident.service.auto_resolve_minutes
    wait = TEST_TTL if incident.is_test else timedelta(minutes=minutes) if minutes else None
    incident.closes_at = at + wait if wait else None


def suppress(incident: Incident, suppression: Suppression) -> None:
    """Nobody is told yet, and no service level counts yet."""
    incident.suppressed_reason, incident.suppressed_until = (
        suppression.reason[:300],
        suppression.until,
    )
    sla_clock.halt(incident, incident.opened_at)


def unsuppress(incident: Incident, at: datetime) -> None:
    """People are told; the service level counts from ``at``. Of others nothing is changed."""
    if incident.suppressed_reason:
        incident.suppressed_reason, incident.suppressed_until = "", at
        sla_clock.run(incident, at)


def acknowledge(incident: Incident, at: datetime, owner: User | None = None) -> None:
    """Somebody has it: ``owner``, or whoever owned it before."""
    unsuppress(incident, at)
    incident.status = Status.ACKNOWLEDGED
    incident.assignee = owner or incident.assignee
    incident.acknowledged_at, incident.acknowledged_severity = at, incident.severity
    incident.snoozed_until = None
    _end_hold(incident, at)
    sla_clock.stop(incident, at, "acknowledge")


def assign(incident: Incident, at: datetime, owner: User) -> None:
    """``owner`` has it; what is on hold stays so."""
    incident.assigned_at, incident.assignee = at, owner
    if incident.status != Status.ON_HOLD:
        acknowledge(incident, at, owner)


def snooze(incident: Incident, at: datetime, until: datetime) -> None:
    """Nobody is paged until then."""
    unsuppress(incident, at)
    incident.status, incident.snoozed_until = Status.ON_HOLD, until
    incident.held_since = incident.held_since or at
    sla_clock.pause(incident, at)


def _end_hold(incident: Incident, at: datetime) -> None:
    """It is on hold no more: the time to resolve it goes on."""
    if incident.held_since:
        incident.held_s += max(int((at - incident.held_since).total_seconds()), 0)
        incident.held_since = None
        sla_clock.resume(incident, at)


def reopen(incident: Incident, at: datetime) -> None:
    """Whoever had it has it no more: a new round of paging begins."""
    _end_hold(incident, at)
    incident.sla_warned = []
    incident.status, incident.snoozed_until = Status.OPEN, None
    incident.acknowledged_at = incident.assigned_at = None
    incident.paging_round += 1
    sla_clock.refresh(incident, at)


def close(incident: Incident, at: datetime, kind: Resolution) -> None:
    """It is over."""
    unsuppress(incident, at)
    incident.status, incident.resolved_at, incident.resolution = Status.RESOLVED, at, kind
    incident.snoozed_until = incident.raise_urgency_at = None
    _end_hold(incident, at)
    sla_clock.stop(incident, at, "acknowledge", "resolve")


def escalate_severity(incident: Incident, severity: str, at: datetime) -> None:
    """The incident is as bad as the worst of its alerts, and as urgent as its service says then.

    No rise of the severity makes it less urgent, and what a person chose stays.
    """
    incident.severity = Severity(severity)
    if not incident.is_urgency_fixed and incident.urgency == Urgency.LOW:
        set_urgency(incident, incident.service.urgency_for(severity, at))
    sla_clock.retarget(incident, at)


def set_severity(incident: Incident, severity: str, at: datetime) -> None:
    """A person says how bad it is; the urgency follows, unless one was chosen."""
    incident.severity = Severity(severity)
    if not incident.is_urgency_fixed:
        start_urgency(incident, at)


def set_priority(incident: Incident, priority: str, at: datetime) -> None:
    """Somebody says how important it is: other targets may hold."""
    incident.priority = priority
    sla_clock.retarget(incident, at)
