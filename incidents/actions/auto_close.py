"""Incidents that close by themselves: tests, and those whose service resolves what is quiet."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, QuerySet

from incidents.actions.locking import lock_incident
from incidents.actions.respond import resolve
from incidents.models import Incident
from incidents.report import TEST_TTL
from opsportal.lib.durations import format_duration

BATCH_SIZE = 200  # incidents


def close_due(now: datetime) -> int:
    """Resolve the incidents whose time is over; returns how many.

    What was reported or worked on meanwhile closes so much later.
    """
    due = _waiting().filter(closes_at__lte=now).values_list("pk", flat=True)
    return sum(_close(pk, now) for pk in list(due[:BATCH_SIZE]))


def next_close() -> datetime | None:
    """When the next one closes by itself."""
    return _waiting().values_list("closes_at", flat=True).first()


def _waiting() -> QuerySet[Incident]:
    return Incident.objects.unresolved().filter(closes_at__isnull=False).order_by("closes_at")


@transaction.atomic
def _close(incident_id: int, now: datetime) -> bool:
    incident = lock_incident(incident_id)
    if incident.is_resolved or incident.closes_at is None or incident.closes_at > now:
        return False
    if incident.is_test:
        note = f"A test closes by itself after {format_duration(TEST_TTL.total_seconds())}"
    elif minutes := incident.service.auto_resolve_minutes:
        quiet_until = _last_activity(incident) + timedelta(minutes=minutes)
        if quiet_until > now:
            Incident.objects.filter(pk=incident_id).update(closes_at=quiet_until)
            return False
        note = f"Quiet for {format_duration(minutes * 60)}: its service resolves it by itself"
    else:  # Its service does so no more.
        Incident.objects.filter(pk=incident_id).update(closes_at=None)
        return False
    resolve(incident_id, note=note)
    return True


def _last_activity(incident: Incident) -> datetime:
    """When a person last did something to it, or a sender reported it; on hold, its end."""
    seen: datetime | None = incident.alerts.aggregate(at=Max("last_seen_at"))["at"]
    found = [incident.opened_at, incident.active_at, incident.snoozed_until, seen]
    return max(at for at in found if at is not None)
