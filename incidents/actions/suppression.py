"""Suppression of incidents, ended or changed. Called by `escalation`, which moves the runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from incidents import transitions
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Incident
from incidents.report import Suppression
from opsportal.lib.bulk_write import write_all


@transaction.atomic
def unsuppress(
    incident_ids: Sequence[int],
    *,
    now: datetime,
    only_due: bool = False,
    text: str = "",
    **who: Any,
) -> list[Incident]:
    """End the suppression of these; their service level counts from now. Idempotent.

    ``only_due``: only what was suppressed until now, and not what another caller has locked.
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
                TimelineVerb.NOTIFICATIONS_RESUMED,
                text or f"Over: {incident.suppressed_reason}",
                **who,
            )
        )
        transitions.unsuppress(incident, now)
        incident.changed_at = now
        freed.append(incident)
    write_all(freed, [*transitions.CHANGED_FIELDS, "changed_at"])
    record(lines)
    return incidents


def _is_due(incident: Incident, now: datetime) -> bool:
    return incident.suppressed_until is not None and incident.suppressed_until <= now


@transaction.atomic
def update_suppression(suppressions: Mapping[int, Suppression], *, now: datetime) -> list[Incident]:
    """Other reasons and ends for what is suppressed still. Returns those that were changed."""
    locked = Incident.objects.select_for_update(no_key=True).exclude(suppressed_reason="")
    changed = []
    for incident in locked.filter(pk__in=suppressions).order_by("pk"):
        before = (incident.suppressed_reason, incident.suppressed_until)
        transitions.suppress(incident, suppressions[incident.pk])
        if (incident.suppressed_reason, incident.suppressed_until) != before:
            incident.changed_at = now
            changed.append(incident)
    write_all(changed, [*transitions.CHANGED_FIELDS, "changed_at"])
    return changed
