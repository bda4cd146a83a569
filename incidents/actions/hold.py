"""What was held back is told, and what is open is told again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents import transitions
from incidents.actions.timeline import entry, record
from incidents.models import Incident
from incidents.report import Hold


@transaction.atomic
def release(
    incident_ids: Sequence[int],
    *,
    now: datetime,
    only_due: bool = False,
    text: str = "",
    **who: Any,
) -> list[Incident]:
    """Hold these back no longer; their service level counts from now. Done twice, nothing changes.

    ``only_due``: only what was held until now, and not what another task has at this moment.
    Returns the incidents, which stay locked.
    """
    locked = Incident.objects.select_for_update(
        no_key=True, of=("self",), skip_locked=only_due
    ).select_related("service")
    incidents = list(locked.filter(pk__in=incident_ids).order_by("pk"))
    freed, lines = [], []
    for incident in incidents:
        if not incident.suppressed_reason or (only_due and not _is_due(incident, now)):
            continue
        lines.append(
            entry(
                incident,
                "notifications_resumed",
                text or f"Over: {incident.suppressed_reason}",
                **who,
            )
        )
        transitions.let_go(incident, now)
        incident.changed_at = now
        freed.append(incident)
    Incident.objects.bulk_update(freed, [*transitions.MOVED, "changed_at"])
    record(lines)
    return incidents


def _is_due(incident: Incident, now: datetime) -> bool:
    return incident.suppressed_until is not None and incident.suppressed_until <= now


@transaction.atomic
def hold_until(incident_id: int, until: datetime, *, now: datetime) -> Incident:
    """Another end for what is held back by time. Of others nothing is changed."""
    incident = Incident.objects.select_for_update(no_key=True).get(pk=incident_id)
    if (
        incident.suppressed_reason
        and incident.suppressed_until
        and incident.suppressed_until != until
    ):
        incident.suppressed_until, incident.changed_at = until, now
        incident.save(update_fields=["suppressed_until", "changed_at"])
    return incident


@transaction.atomic
def rehold(holds: Mapping[int, Hold], *, now: datetime) -> list[Incident]:
    """Other reasons and ends for what is held back still. Returns those that were changed."""
    locked = Incident.objects.select_for_update(no_key=True).exclude(suppressed_reason="")
    changed = []
    for incident in locked.filter(pk__in=holds).order_by("pk"):
        before = (incident.suppressed_reason, incident.suppressed_until)
        transitions.hold(incident, holds[incident.pk])
        if (incident.suppressed_reason, incident.suppressed_until) != before:
            incident.changed_at = now
            changed.append(incident)
    Incident.objects.bulk_update(changed, [*transitions.MOVED, "changed_at"])
    return changed


@transaction.atomic
def begin_again(incident_id: int, text: str) -> Incident:
    """A new round for what is open and was told to everybody."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident = locked.select_related("service").get(pk=incident_id)
    if incident.is_open and not incident.suppressed_reason:
        transitions.open_again(incident)
        incident.changed_at = timezone.now()
        incident.save(update_fields=["paging_round", "changed_at"])
        record([entry(incident, "re_triggered", text)])
    return incident
