"""What people do with an incident. Each action may be repeated and then changes nothing.

Runs need not be told: `escalation` finds by the rows that an incident pages no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from incidents import acknowledgement_rules, transitions
from incidents.actions import alert_changes
from incidents.actions.locking import lock_incident, save_transition
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Acknowledgement, Alert, Incident, User

Status = Incident.Status
MAX_SNOOZE = timedelta(days=30)


@contextmanager
def unless_resolved(incident_id: int, verb: str, by: User | None, via: str) -> Iterator[Incident]:
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

    Where several people have to acknowledge it stays as it is until the last of them does; whoever
    was the first has it then. A machine counts for all. Raises IncidentClosed, and records the
    attempt.
    """
    with unless_resolved(incident_id, "acknowledge", by, via) as incident:
        if incident.status != Status.ACKNOWLEDGED and not _waits_for_others(incident, by, via):
            now = timezone.now()
            first = incident.acknowledgements.filter(paging_round=incident.paging_round).first()
            transitions.acknowledge(
                incident, now, incident.assignee or (first.user if first else by)
            )
            save_transition(incident)
            line = entry(incident, TimelineVerb.ACKNOWLEDGED, by=by, via=via)
            line.at = now
            record([line])
    return incident


def _waits_for_others(incident: Incident, by: User | None, via: str) -> bool:
    """Whether more people have to acknowledge; notes that this one has."""
    wanted = acknowledgement_rules.wanted(incident) if by else 1
    if by is None or wanted == 1:
        return False
    _, is_new = Acknowledgement.objects.get_or_create(
        incident=incident, user=by, paging_round=incident.paging_round
    )
    rows = incident.acknowledgements.filter(paging_round=incident.paging_round)
    given = rows.count()
    if given >= wanted:
        return False
    if is_new:
        text, facts = f"{given} of {wanted}", {"given": given, "wanted": wanted}
        verb = TimelineVerb.ACKNOWLEDGED_IN_PART
        record([entry(incident, verb, text, by=by, via=via, facts=facts)])
    return True


def assign(incident_id: int, user: User, *, by: User | None = None, via: str = "") -> Incident:
    """Give the incident its one owner, which takes it as an acknowledgement does.

    One that is on hold stays on hold.

    Raises InvalidRequest for a person who is not active or a Stakeholder, and IncidentClosed.
    """
    if not user.is_active:
        raise InvalidRequest(f"assignee: {user} is no longer active.")
    if user.is_stakeholder:
        raise InvalidRequest(
            f"assignee: {user} is a Stakeholder, who is informed and does not act."
        )
    with unless_resolved(incident_id, "assign", by, via) as incident:
        theirs = incident.assignee == user and incident.assigned_at is not None
        if not theirs or incident.is_open:
            now = timezone.now()
            transitions.assign(incident, now, user)
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

    Raises InvalidRequest for a time that is past or more than 30 days ahead, and IncidentClosed.
    """
    now = timezone.now()
    if until <= now:
        raise InvalidRequest("until: must be a time in the future.")
    if until > now + MAX_SNOOZE:
        raise InvalidRequest(f"until: at most {MAX_SNOOZE.days} days from now.")
    with unless_resolved(incident_id, "snooze", by, via) as incident:
        if incident.status != Status.ON_HOLD or incident.snoozed_until != until:
            transitions.snooze(incident, now, until)
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
    closed = Alert.objects.filter(incident=incident, closed_at=now)
    alert_changes.tell(closed=closed.select_related("incident__service"))
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
