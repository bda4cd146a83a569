"""What people do with an incident. Each verb may be repeated and then changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from incidents import transitions
from incidents.actions.key_locks import lock_keys
from incidents.actions.sla import restart_timers
from incidents.actions.timeline import entry, record
from incidents.errors import IncidentClosed, InvalidRequest, NotResolved
from incidents.models import Alert, Incident, User
from incidents.transitions import MOVED
from opsportal.lib.durations import format_duration

Status = Incident.Status


def _lock(incident_id: int) -> Incident:
    """The row, held until the transaction ends; rows that point at it may still be added."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("service", "assignee").get(pk=incident_id)


@contextmanager
def _unless_over(incident_id: int, verb: str, by: User | None, via: str) -> Iterator[Incident]:
    """The locked row, in a transaction. Raises IncidentClosed, and keeps who came too late."""
    with transaction.atomic():
        incident = _lock(incident_id)
        if not incident.is_resolved:
            yield incident
            return
        refusal = _too_late(incident, verb, by, via)
    raise refusal


def _save(incident: Incident, *fields: str) -> None:
    incident.changed_at = timezone.now()
    incident.save(update_fields=[*fields, "changed_at"])


def _too_late(incident: Incident, verb: str, by: User | None, via: str) -> IncidentClosed:
    """Resolved beats everything; who came too late is on the timeline, once."""
    known = incident.timeline.filter(verb="rejected_already_resolved", by=by, facts__verb=verb)
    if not known.filter(at__gte=incident.resolved_at).exists():
        text = f"Wanted to {verb}: it was resolved already"
        record(
            [
                entry(
                    incident,
                    "rejected_already_resolved",
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

    Raises IncidentClosed, and notes who came too late.
    """
    with _unless_over(incident_id, "acknowledge", by, via) as incident:
        if incident.status != Status.ACKNOWLEDGED:
            _take(incident, incident.assignee or by, timezone.now())
            record([entry(incident, "acknowledged", by=by, via=via)])
    return incident


def assign(incident_id: int, user: User, *, by: User | None = None, via: str = "") -> Incident:
    """Give the incident its one owner, which takes it as an acknowledgement does.

    Raises InvalidRequest for a user who is not active.
    """
    if not user.is_active:
        raise InvalidRequest(f"assignee: {user} is no longer active.")
    with _unless_over(incident_id, "assign", by, via) as incident:
        theirs = incident.assignee == user and incident.assigned_at is not None
        if not theirs or incident.status != Status.ACKNOWLEDGED:
            incident.assigned_at = timezone.now()
            _take(incident, user, incident.assigned_at)
            facts = {"assignee": user.pk}
            record([entry(incident, "assigned", f"To {user}", by=by, via=via, facts=facts)])
    return incident


def _take(incident: Incident, owner: User | None, at: datetime) -> None:
    transitions.take(incident, at, owner)
    _save(incident, *MOVED)


def snooze(
    incident_id: int, until: datetime, *, by: User | None = None, via: str = "", reason: str = ""
) -> Incident:
    """Hold the incident until a time, when paging starts again by itself.

    Raises InvalidRequest for a time that is not ahead.
    """
    if until <= timezone.now():
        raise InvalidRequest("until: must be a time in the future.")
    with _unless_over(incident_id, "snooze", by, via) as incident:
        if incident.status != Status.ON_HOLD or incident.snoozed_until != until:
            transitions.let_go(incident, timezone.now())
            incident.status, incident.snoozed_until = Status.ON_HOLD, until
            _save(incident, *MOVED)
            facts = {"until": until.isoformat()}
            record([entry(incident, "snoozed", reason, by=by, via=via, facts=facts)])
    return incident


@transaction.atomic
def wake(incident_id: int, *, now: datetime) -> Incident:
    """The snooze is over: open again, in a new round of paging."""
    incident = _lock(incident_id)
    until = incident.snoozed_until
    if incident.status == Status.ON_HOLD and until and until <= now:
        _page_again(incident, "snooze_expired", "The snooze is over")
    return incident


@transaction.atomic
def expire_acknowledgement(incident_id: int, *, now: datetime, minutes: int) -> Incident:
    """Nobody resolved it in time: open again, in a new round of paging.

    One that was acknowledged anew since stays as it is.
    """
    incident = _lock(incident_id)
    since = incident.acknowledged_at
    is_due = since is not None and now - since >= timedelta(minutes=minutes)
    if incident.status == Status.ACKNOWLEDGED and is_due:
        text = f"Acknowledged {format_duration(minutes * 60)} ago and not resolved"
        _page_again(incident, "acknowledgement_expired", text)
    return incident


@transaction.atomic
def page_again(
    incident_id: int, *, by: User | None = None, via: str = "", text: str = "Escalated"
) -> Incident:
    """Whoever had it has it no more: open again, in a new round. An open one stays as it is."""
    incident = _lock(incident_id)
    if incident.status in (Status.ACKNOWLEDGED, Status.ON_HOLD):
        _page_again(incident, "re_triggered", text, by=by, via=via)
    return incident


def _page_again(incident: Incident, verb: str, text: str, **who: Any) -> None:
    transitions.open_again(incident)
    _save(incident, *MOVED)
    record([entry(incident, verb, text, **who)])


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
    incident = _lock(incident_id)
    if incident.is_resolved:
        return incident
    now = timezone.now()
    kind = Incident.Resolution.CANCELLED if cancelled else Incident.Resolution.RESOLVED
    was_told = not incident.suppressed_reason
    transitions.end(incident, now, kind)
    _save(incident, *MOVED)
    Alert.objects.open().filter(incident=incident).update(closed_at=now)
    line = entry(incident, "resolved", note, by=by, via=via, facts={"resolution": kind.value})
    line.is_announced = not was_told  # Of what was held back nobody has heard.
    record([line])
    return incident


def reopen(incident_id: int, *, by: User | None = None, via: str = "", note: str = "") -> Incident:
    """It is not over: a new round of paging begins. An open incident stays as it is.

    Raises NotResolved for one that somebody has or that is on hold.
    """
    with transaction.atomic():
        # The keys before the incident, as whoever reports holds them.
        lock_keys(set(Alert.objects.filter(incident=incident_id).values_list("service", "key")))
        incident = _lock(incident_id)
        if incident.is_open:
            return incident
        if not incident.is_resolved:
            raise NotResolved(f"Incident #{incident.pk} is not resolved.")
        _reopen_alerts(incident)
        incident.resolved_at, incident.resolution, incident.assignee = None, "", None
        restart_timers(incident, now=timezone.now())
        _page_again(incident, "reopened", note, by=by, via=via)
    return incident


def _reopen_alerts(incident: Incident) -> None:
    """What ended with the incident goes on with it, so that its sender can still end it; unless
    the sender has reported the same anew."""
    ended = Alert.objects.filter(incident=incident, closed_at=incident.resolved_at)
    anew = Alert.objects.open().filter(service=OuterRef("service"), key=OuterRef("key"))
    latest = ended.order_by("service_id", "key", "-pk").distinct("service_id", "key").values("pk")
    ended.filter(~Exists(anew), pk__in=latest).update(closed_at=None)


@transaction.atomic
def comment(incident_id: int, text: str, *, by: User | None = None, via: str = "") -> Incident:
    """Add a note that the others read. The status stays as it is.

    Raises InvalidRequest for an empty one.
    """
    if not text.strip():
        raise InvalidRequest("text: write something.")
    incident = _lock(incident_id)
    record([entry(incident, "commented", text.strip(), by=by, via=via)])
    return incident
