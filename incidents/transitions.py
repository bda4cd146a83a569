"""From one state of an incident to the next, in memory; whoever holds the row saves it."""

from datetime import datetime

from incidents.models import Incident, User
from incidents.report import Hold

Status = Incident.Status

# The columns that a move may change.
MOVED = (
    "status",
    "paging_round",
    "assignee",
    "assigned_at",
    "acknowledged_at",
    "acknowledged_severity",
    "snoozed_until",
    "resolved_at",
    "resolution",
    "acknowledge_by",
    "resolve_by",
    "suppressed_reason",
    "suppressed_until",
)


def hold(incident: Incident, reason: Hold) -> None:
    """Nobody is told yet, and no service level counts yet."""
    incident.suppressed_reason, incident.suppressed_until = reason.reason[:300], reason.until
    incident.acknowledge_by = incident.resolve_by = None


def let_go(incident: Incident, at: datetime) -> None:
    """Held back no longer: its service level counts from now. Of others nothing is changed."""
    if incident.suppressed_reason:
        incident.suppressed_reason, incident.suppressed_until = "", at
        incident.acknowledge_by = incident.service.acknowledge_by(at)
        incident.resolve_by = incident.service.resolve_by(at)


def take(incident: Incident, at: datetime, owner: User | None = None) -> None:
    """Somebody has it."""
    let_go(incident, at)
    incident.status = Status.ACKNOWLEDGED
    incident.assignee = owner or incident.assignee
    incident.acknowledged_at, incident.acknowledged_severity = at, incident.severity
    incident.snoozed_until = incident.acknowledge_by = None


def open_again(incident: Incident) -> None:
    """Whoever had it has it no more: a new round of paging begins."""
    incident.status, incident.snoozed_until = Status.OPEN, None
    incident.acknowledged_at = incident.assigned_at = None
    incident.paging_round += 1


def end(incident: Incident, at: datetime, kind: Incident.Resolution) -> None:
    """It is over."""
    let_go(incident, at)
    incident.status, incident.resolved_at, incident.resolution = Status.RESOLVED, at, kind
    incident.snoozed_until = incident.acknowledge_by = incident.resolve_by = None
