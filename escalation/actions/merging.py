"""Incidents become one, or are taken apart; their runs follow, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from escalation.actions.reconcile import reconcile_locked, reconcile_run
from escalation.actions.restart import restart_run
from escalation.actions.start import RunStart, policy_of, start_runs
from escalation.actions.steps import is_stopped
from escalation.models import Run
from incidents.actions import merging, splitting
from incidents.models import Incident, User


@transaction.atomic
def merge(
    incident_id: int,
    incidents: Sequence[int],
    *,
    reason: str = "",
    by: User | None = None,
    via: str = "",
) -> Incident:
    """These become parts of the incident, and their runs finish (`incidents.actions.merging`).

    Raises IncidentClosed and InvalidRequest.
    """
    now = timezone.now()
    found = merging.merge(incident_id, incidents, reason=reason, by=by, via=via)
    for source in found.sources:
        reconcile_run(source.pk, now=now)
    if found.repages:
        restart_run(found.target, now=now)
    return found.target


@transaction.atomic
def undo_merge(incident_id: int, *, by: User | None = None, via: str = "") -> Incident:
    """The merged incident stands alone again: it pages anew, or goes on as it was.

    Raises NotMerged, TooLate, IncidentClosed and MergedElsewhere.
    """
    now = timezone.now()
    found = merging.undo_merge(incident_id, by=by, via=via)
    if found.pages:
        restart_run(found.incident, now=now)
    elif found.is_new and not found.incident.is_resolved:
        _go_on(found.incident, now)
    return found.incident


def _go_on(incident: Incident, now: datetime) -> None:
    """The run that finished with the merge rests again, or steps where nothing has stopped it."""
    runs = incident.runs.filter(paging_round=incident.paging_round)
    run = runs.select_for_update(no_key=True).first()
    if run is None:
        return
    run.incident, run.finished_at, run.outcome = incident, None, ""
    run.state, run.next_step_at = Run.State.PAUSED, None
    if incident.status == Incident.Status.ACKNOWLEDGED and not is_stopped(run):
        run.state, run.next_step_at = Run.State.ESCALATING, now
    run.save(update_fields=["finished_at", "outcome", "state", "next_step_at"])
    reconcile_locked(run, now=now)


@transaction.atomic
def split(
    incident_id: int,
    alerts: Sequence[int],
    *,
    title: str = "",
    pages: bool = True,
    by: User | None = None,
    via: str = "",
) -> Incident:
    """A new incident with these alerts, and with ``pages`` a run by the plan of the old one's.

    Raises IncidentClosed, ServiceArchived and InvalidRequest.
    """
    new = splitting.split(incident_id, alerts, title=title, pages=pages, by=by, via=via)
    if pages:
        last = Run.objects.filter(incident=incident_id).first()
        start = (
            RunStart(new.pk, last.plan, last.policy_id, last.play_id)
            if last
            else RunStart.by_policy(new.pk, policy_of(new.service))
        )
        start_runs([start], now=timezone.now())
    return new
