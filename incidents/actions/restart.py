"""A new round of paging. Called by `escalation`, which starts the run of the round."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from incidents import transitions
from incidents.actions.archiving import require_active
from incidents.actions.locking import lock_incident, save_transition
from incidents.actions.sla import restart_timers
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import NotResolved
from incidents.models import Alert, Incident, User
from incidents.report import TEST_TTL
from opsportal.lib.advisory_locks import lock_keys
from opsportal.lib.bulk_write import write_all
from opsportal.lib.durations import format_duration

Status = Incident.Status


@transaction.atomic
def end_snooze(incident_id: int, *, now: datetime) -> Incident:
    """Open again where the snooze is over, in a new round of paging."""
    incident = lock_incident(incident_id)
    until = incident.snoozed_until
    if incident.status == Status.ON_HOLD and until and until <= now:
        _restart(incident, TimelineVerb.SNOOZE_EXPIRED, "The snooze is over")
    return incident


@transaction.atomic
def expire_acknowledgement(incident_id: int, *, now: datetime, minutes: int | None) -> Incident:
    """Open again where nobody resolved it in so many minutes, in a new round of paging.

    One that was acknowledged anew since stays as it is; with None nothing expires.
    """
    incident = lock_incident(incident_id)
    since = incident.acknowledged_at
    if not minutes or since is None or now - since < timedelta(minutes=minutes):
        return incident
    if incident.status == Status.ACKNOWLEDGED:
        text = f"Acknowledged {format_duration(minutes * 60)} ago and not resolved"
        _restart(incident, TimelineVerb.ACKNOWLEDGEMENT_EXPIRED, text)
    return incident


@transaction.atomic
def unacknowledge(
    incident_id: int, *, by: User | None = None, via: str = "", text: str = ""
) -> Incident:
    """Open again what is acknowledged or on hold, in a new round. An open one stays as it is."""
    incident = lock_incident(incident_id)
    if incident.status in (Status.ACKNOWLEDGED, Status.ON_HOLD):
        _restart(incident, TimelineVerb.RE_TRIGGERED, text, by=by, via=via)
    return incident


@transaction.atomic
def start_again(
    incident_id: int, *, by: User | None = None, via: str = "", text: str = ""
) -> Incident:
    """A new round of paging for what is not resolved, because a person asks for it."""
    incident = lock_incident(incident_id)
    if not incident.is_resolved:
        _restart(incident, TimelineVerb.ESCALATED, text, by=by, via=via)
    return incident


@transaction.atomic
def repeat_paging(incident_ids: Sequence[int], text: str) -> list[Incident]:
    """A new round for those that are open and were told to everybody; returns these."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",)).select_related("service")
    repeated, now = [], timezone.now()
    for incident in locked.filter(pk__in=incident_ids).order_by("pk"):
        if incident.is_open and not incident.suppressed_reason:
            transitions.reopen(incident)
            incident.changed_at = now
            repeated.append(incident)
    write_all(repeated, [*transitions.CHANGED_FIELDS, "changed_at"])
    record([entry(incident, TimelineVerb.RE_TRIGGERED, text) for incident in repeated])
    return repeated


def _restart(incident: Incident, verb: TimelineVerb, text: str, **who: Any) -> None:
    transitions.reopen(incident)
    save_transition(incident)
    record([entry(incident, verb, text, **who)])


def reopen(incident_id: int, *, by: User | None = None, via: str = "", note: str = "") -> Incident:
    """It is not over: a new round of paging begins. An open incident stays as it is.

    Raises NotResolved for one that is acknowledged or on hold, and ServiceArchived.
    """
    with transaction.atomic():
        # The keys before the incident, as whoever reports holds them.
        lock_keys(set(Alert.objects.filter(incident=incident_id).values_list("service", "key")))
        incident = lock_incident(incident_id)
        if incident.is_open:
            return incident
        if not incident.is_resolved:
            raise NotResolved(f"Incident #{incident.pk} is not resolved.")
        require_active(incident.service)
        _reopen_alerts(incident)
        incident.resolved_at, incident.resolution, incident.assignee = None, "", None
        now = timezone.now()
        incident.closes_at = now + TEST_TTL if incident.is_test else None
        restart_timers(incident, now=now)
        _restart(incident, TimelineVerb.REOPENED, note, by=by, via=via)
    return incident


def _reopen_alerts(incident: Incident) -> None:
    """What ended with the incident goes on with it, so that its sender can still end it; unless
    the sender has reported the same anew."""
    ended = Alert.objects.filter(incident=incident, closed_at=incident.resolved_at)
    anew = Alert.objects.open().filter(service=OuterRef("service"), key=OuterRef("key"))
    latest = ended.order_by("service_id", "key", "-pk").distinct("service_id", "key").values("pk")
    ended.filter(~Exists(anew), pk__in=latest).update(closed_at=None)
