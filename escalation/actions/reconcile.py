"""Brings runs into line with their incidents: acknowledged, on hold, resolved or without a run."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from escalation.actions.expiry import EXPIRING, expires_at
from escalation.actions.restart import restart_run
from escalation.actions.steps import is_stopped, resume_runs
from escalation.choices import StopsWhen
from escalation.models import Run
from incidents.models import Incident

logger = logging.getLogger(__name__)
Status = Incident.Status


def reconcile_run(incident_id: int, *, now: datetime) -> None:
    """Pause or end the run of an incident that pages no more, and set its expiry. Idempotent."""
    with transaction.atomic():
        runs = Run.objects.active().filter(incident=incident_id)
        for run in runs.select_for_update(of=("self",), no_key=True).select_related("incident"):
            reconcile_locked(run, now=now)


def reconcile_locked(run: Run, *, now: datetime) -> None:
    """What `reconcile_run` does to one locked run."""
    incident = run.incident
    if incident.is_resolved:
        run.state, run.finished_at, run.next_step_at = Run.State.FINISHED, now, None
        run.outcome = "Resolved"
    elif incident.status == Status.ON_HOLD:
        run.state, run.next_step_at = Run.State.PAUSED, None
    elif is_stopped(run):
        run.state, run.next_step_at = Run.State.PAUSED, expires_at(run)
    elif run.state == Run.State.SUPPRESSED and not incident.suppressed_reason:
        resume_runs([run], now=now)  # Taken in a way that does not stop the paging, say.
        return
    elif run.state == Run.State.SUPPRESSED and run.next_step_at != incident.suppressed_until:
        run.next_step_at = incident.suppressed_until
    else:
        return
    run.save(update_fields=["state", "finished_at", "next_step_at", "outcome"])


def reconcile_runs(*, now: datetime, limit: int = 200) -> int:
    """Reconcile up to ``limit`` runs that differ from their incidents; returns how many."""
    working = Q(state__in=[Run.State.SUPPRESSED, Run.State.ESCALATING, Run.State.EXHAUSTED])
    resumable = Q(state=Run.State.SUPPRESSED, incident__suppressed_reason="")
    # Acknowledged while on hold: the run rests already, but its expiry is not set.
    unexpiring = Q(state=Run.State.PAUSED, next_step_at=None) & EXPIRING
    differing = Run.objects.active().filter(
        Q(incident__status=Status.RESOLVED)
        | resumable
        | (working & Q(incident__status=Status.ON_HOLD))
        | (
            (working | unexpiring)
            & Q(incident__status=Status.ACKNOWLEDGED)
            & (Q(stops_when=StopsWhen.ACKNOWLEDGE) | Q(incident__assigned_at__isnull=False))
        )
    )
    ids = list(differing.values_list("incident_id", flat=True)[:limit])
    for incident_id in ids:
        reconcile_run(incident_id, now=now)
    return len(ids)


def start_missing_runs(*, now: datetime, limit: int = 50) -> int:
    """Start a run for each open incident that has none in its round; returns how many."""
    # NOT EXISTS and never NOT IN: that would compare each of ten thousand open ones with each.
    its_run = Run.objects.filter(incident=OuterRef("pk"), paging_round=OuterRef("paging_round"))
    missing = Incident.objects.unattended().filter(~Exists(its_run))
    started = 0
    for incident_id in list(missing.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            locked = Incident.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
            still_open = locked.filter(pk=incident_id, status=Status.OPEN)
            incident = still_open.select_related("service").first()
            if (
                incident is None
                or incident.runs.filter(paging_round=incident.paging_round).exists()
            ):
                continue
            logger.warning("Incident %s had no run", incident_id)
            restart_run(incident, now=now)
            started += 1
    return started
