"""What people do with an incident. Each action may be repeated and then changes nothing.

Runs need not be told: `escalation` finds by the rows that an incident pages no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from incidents import transitions
from incidents.actions.locking import lock_incident, save_transition
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Alert, Incident, User

Status = Incident.Status


@contextmanager
def _unless_resolved(incident_id: int, verb: str, by: User | None, via: str) -> Iterator[Incident]:
    """The locked row, in a transaction. Raises IncidentClosed, and records the attempt."""
    with transaction.atomic():
        incident = lock_incident(incident_id)
        if not incident.is_resolved:
            yield incident
            return
        refusal = _reject(incident, verb, by, via)
    raise refusal


def _reject(incident: Incident, verb: str, by: User | None, via: str) -> IncidentClosed:
    """The refusal of an action on a resolved incident; it is on the timeline, once."""
    known = incident.timeline.filter(
        verb=TimelineVerb.REJECTED_ALREADY_RESOLVED, by=by, facts__verb=verb
    )
    if not known.filter(at__gte=incident.resolved_at).exists():
        text = f"Wanted to {verb}: it was resolved already"
        record(
            [
                entry(
                    incident,
                    TimelineVerb.REJECTED_ALREADY_RESOLVED,
                    text,
                    by=by,
                    via=via,
                    facts={"verb": verb},
                )
            ]
        )
    return IncidentClosed(f"Incident #{incident.pk} is already resolved.")


def acknowledge(incident_id: int, *, by: User | None = None, via: str = "") -> Incident:
    """``by`` has it, and paging stops. Who owned it already keeps owning it.

    Raises IncidentClosed, and records the attempt.
    """
    with _unless_resolved(incident_id, "acknowledge", by, via) as incident:
        if incident.status != Status.ACKNOWLEDGED:
            transitions.acknowledge(incident, timezone.now(), incident.assignee or by)
            save_transition(incident)
            record([entry(incident, TimelineVerb.ACKNOWLEDGED, by=by, via=via)])
    return incident


def assign(incident_id: int, user: User, *, by: User | None = None, via: str = "") -> Incident:
    """Give the incident its one owner, which takes it as an acknowledgement does.

    Raises InvalidRequest for a person who is not active or a Stakeholder, and IncidentClosed.
    """
    if not user.is_active:
        raise InvalidRequest(f"assignee: {user} is no longer active.")
    if user.is_stakeholder:
        raise InvalidRequest(
            f"assignee: {user} is a Stakeholder, who is informed and does not act."
        )
    with _unless_resolved(incident_id, "assign", by, via) as incident:
        theirs = incident.assignee == user and incident.assigned_at is not None
        if not theirs or incident.status != Status.ACKNOWLEDGED:
            incident.assigned_at = timezone.now()
            transitions.acknowledge(incident, incident.assigned_at, user)
            save_transition(incident)
            facts = {"assignee": user.pk}
            record(
                [entry(incident, TimelineVerb.ASSIGNED, f"To {user}", by=by, via=via, facts=facts)]
            )
    return incident


def snooze(
    incident_id: int, until: datetime, *, by: User | None = None, via: str = "", reason: str = ""
) -> Incident:
    """Put the incident on hold until a time, when paging starts again by itself.

    Raises InvalidRequest for a time that is past, and IncidentClosed.
    """
    if until <= timezone.now():
        raise InvalidRequest("until: must be a time in the future.")
    with _unless_resolved(incident_id, "snooze", by, via) as incident:
        if incident.status != Status.ON_HOLD or incident.snoozed_until != until:
            transitions.snooze(incident, timezone.now(), until)
            save_transition(incident)
            facts = {"until": until.isoformat()}
            record([entry(incident, TimelineVerb.SNOOZED, reason, by=by, via=via, facts=facts)])
    return incident


@transaction.atomic
def resolve(
    incident_id: int,
    *,
    by: User | None = None,
    via: str = "",
    note: str = "",
    cancelled: bool = False,
) -> Incident:
    """It is over: its alerts are closed, nobody is paged any more."""
    incident = lock_incident(incident_id)
    if incident.is_resolved:
        return incident
    now = timezone.now()
    kind = Incident.Resolution.CANCELLED if cancelled else Incident.Resolution.RESOLVED
    was_told = not incident.suppressed_reason
    transitions.close(incident, now, kind)
    save_transition(incident)
    Alert.objects.open().filter(incident=incident).update(closed_at=now)
    line = entry(
        incident, TimelineVerb.RESOLVED, note, by=by, via=via, facts={"resolution": kind.value}
    )
    line.is_announced = not was_told  # Of what was suppressed nobody has heard.
    record([line])
    return incident


@transaction.atomic
def comment(incident_id: int, text: str, *, by: User | None = None, via: str = "") -> Incident:
    """Add a note that the others read. The status stays as it is.

    Raises InvalidRequest for an empty text.
    """
    if not text.strip():
        raise InvalidRequest("text: write something.")
    incident = lock_incident(incident_id)
    record([entry(incident, TimelineVerb.COMMENTED, text.strip(), by=by, via=via)])
    return incident
