"""A new round of paging. Called by `escalation`, which starts the run of the round."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from incidents import sla_clock, transitions
from incidents.actions.archiving import require_active
from incidents.actions.locking import lock_incident, save_transition
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import MergedElsewhere, NotResolved
from incidents.models import Alert, Incident, User
from opsportal.lib.advisory_locks import lock_keys
from opsportal.lib.bulk_write import write_all

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
def expire_acknowledgement(incident_id: int, text: str) -> Incident:
    """Open again what is acknowledged, in a new round of paging; others stay as they are."""
    incident = lock_incident(incident_id)
    if incident.status == Status.ACKNOWLEDGED:
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
    incident_id: int,
    *,
    verb: TimelineVerb = TimelineVerb.ESCALATED,
    by: User | None = None,
    via: str = "",
    text: str = "",
) -> Incident:
    """A new round of paging for what is not resolved, because a person asks for it."""
    incident = lock_incident(incident_id)
    if not incident.is_resolved:
        _restart(incident, verb, text, by=by, via=via)
    return incident


@transaction.atomic
def repeat_paging(incident_ids: Sequence[int], text: str) -> list[Incident]:
    """A new round for those that are open and were told to everybody; returns these."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",)).select_related("service")
    repeated, now = [], timezone.now()
    for incident in locked.filter(pk__in=incident_ids).order_by("pk"):
        if incident.is_open and not incident.suppressed_reason:
            transitions.reopen(incident, now)
            incident.changed_at = now
            repeated.append(incident)
    write_all(repeated, [*transitions.CHANGED_FIELDS, "changed_at"])
    record([entry(incident, TimelineVerb.RE_TRIGGERED, text) for incident in repeated])
    return repeated


def _restart(incident: Incident, verb: TimelineVerb, text: str, **who: Any) -> None:
    transitions.reopen(incident, timezone.now())
    save_transition(incident)
    record([entry(incident, verb, text, **who)])


def reopen(incident_id: int, *, by: User | None = None, via: str = "", note: str = "") -> Incident:
    """It is not over: a new round of paging begins. An open incident stays as it is.

    Raises NotResolved for one that is acknowledged or on hold, MergedElsewhere, and
    ServiceArchived.
    """
    with transaction.atomic():
        # The keys before the incident, as whoever reports holds them.
        lock_keys(set(Alert.objects.filter(incident=incident_id).values_list("service", "key")))
        incident = lock_incident(incident_id)
        if incident.is_open:
            return incident
        if not incident.is_resolved:
            raise NotResolved(f"Incident #{incident.pk} is not resolved.")
        if incident.merged_into_id:
            raise MergedElsewhere(
                f"#{incident.pk} was merged into #{incident.merged_into_id}, and goes on there."
            )
        require_active(incident.service)
        _reopen_alerts(incident)
        incident.resolved_at, incident.resolution, incident.assignee = None, "", None
        now = timezone.now()
        transitions.start_closing(incident, now)
        sla_clock.reopen(incident, now)
        _restart(incident, TimelineVerb.REOPENED, note, by=by, via=via)
    return incident


def _reopen_alerts(incident: Incident) -> None:
    """What ended with the incident goes on with it, so that its sender can still end it; unless
    the sender has reported the same anew."""
    ended = Alert.objects.filter(incident=incident, closed_at=incident.resolved_at)
    anew = Alert.objects.open().filter(service=OuterRef("service"), key=OuterRef("key"))
    latest = ended.order_by("service_id", "key", "-pk").distinct("service_id", "key").values("pk")
    ended.filter(~Exists(anew), pk__in=latest).update(closed_at=None)
