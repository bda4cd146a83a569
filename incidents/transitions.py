"""The state machine of an incident, in memory; whoever has locked the row saves it."""

from datetime import datetime

from incidents.choices import Resolution
from incidents.models import Incident, User
from incidents.report import Suppression, urgency_of

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
    "acknowledge_by",
    "resolve_by",
    "suppressed_reason",
    "suppressed_until",
    "closes_at",
)


def suppress(incident: Incident, suppression: Suppression) -> None:
    """Nobody is told yet, and no service level counts yet."""
    incident.suppressed_reason, incident.suppressed_until = (
        suppression.reason[:300],
        suppression.until,
    )
    incident.acknowledge_by = incident.resolve_by = None


def unsuppress(incident: Incident, at: datetime) -> None:
    """People are told; the service level counts from ``at``. Of others nothing is changed."""
    if incident.suppressed_reason:
        incident.suppressed_reason, incident.suppressed_until = "", at
        incident.acknowledge_by = incident.service.acknowledge_by(at)
        incident.resolve_by = incident.service.resolve_by(at)


def acknowledge(incident: Incident, at: datetime, owner: User | None = None) -> None:
    """Somebody has it: ``owner``, or whoever owned it before."""
    unsuppress(incident, at)
    incident.status = Status.ACKNOWLEDGED
    incident.assignee = owner or incident.assignee
    incident.acknowledged_at, incident.acknowledged_severity = at, incident.severity
    incident.snoozed_until = incident.acknowledge_by = None


def snooze(incident: Incident, at: datetime, until: datetime) -> None:
    """Nobody is paged until then."""
    unsuppress(incident, at)
    incident.status, incident.snoozed_until = Status.ON_HOLD, until


def reopen(incident: Incident) -> None:
    """Whoever had it has it no more: a new round of paging begins."""
    incident.status, incident.snoozed_until = Status.OPEN, None
    incident.acknowledged_at = incident.assigned_at = None
    incident.paging_round += 1


def close(incident: Incident, at: datetime, kind: Resolution) -> None:
    """It is over."""
    unsuppress(incident, at)
    incident.status, incident.resolved_at, incident.resolution = Status.RESOLVED, at, kind
    incident.snoozed_until = incident.acknowledge_by = incident.resolve_by = None


def escalate_severity(incident: Incident, severity: str) -> None:
    """The incident is as bad as the worst of its alerts."""
    incident.severity, incident.urgency = severity, urgency_of(severity)
