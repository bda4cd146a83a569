"""Runs of suppressed incidents: resumed at their time, or before it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from escalation.actions.reconcile import reconcile_locked
from escalation.actions.steps import resume_runs
from escalation.models import Run
from escalation.policies.low_urgency import opening_to_wait_for
from incidents.actions import suppression
from incidents.models import Incident, User
from incidents.report import Suppression
from opsportal.lib.bulk_write import write_all

logger = logging.getLogger(__name__)
RETRY_WAIT = timedelta(minutes=1)


@transaction.atomic
def resume_notifications(
    incident_ids: Sequence[int],
    *,
    now: datetime,
    by: User | None = None,
    via: str = "",
    text: str = "",
) -> None:
    """End the suppression of these incidents: their runs begin. Done twice, it changes nothing."""
    incidents = suppression.unsuppress(incident_ids, now=now, by=by, via=via, text=text)
    _resume(incidents, now, may_wait=by is None)


def resume_due(now: datetime, *, limit: int = 200) -> int:
    """Resume what was suppressed until now, each by one caller; returns how many that was."""
    due = Run.objects.due(now).filter(state=Run.State.SUPPRESSED).order_by("next_step_at")
    ids = list(due.values_list("incident_id", flat=True)[:limit])
    if not ids:
        return 0
    try:
        return _resume_due(ids, now)
    except Exception:
        logger.exception("A batch of incidents could not be resumed; one by one now")
    return sum(_resume_one(incident_id, now) for incident_id in ids)


@transaction.atomic
def _resume_due(incident_ids: Sequence[int], now: datetime) -> int:
    return _resume(suppression.unsuppress(incident_ids, now=now, only_due=True), now, may_wait=True)


def _resume_one(incident_id: int, now: datetime) -> int:
    try:
        return _resume_due([incident_id], now)
    except Exception:
        logger.exception("Incident %s could not be resumed; tried again in a minute", incident_id)
        suppressed = Run.objects.active().filter(incident=incident_id, state=Run.State.SUPPRESSED)
        suppressed.update(next_step_at=now + RETRY_WAIT)
        return 0


def _resume(incidents: Sequence[Incident], now: datetime, *, may_wait: bool) -> int:
    """Bring the suppressed runs of these incidents, which are locked, into line with them.

    ``may_wait``: those of low urgency wait on for support hours, where nobody asked for them.
    """
    by_id = {incident.pk: incident for incident in incidents}
    runs = _lock_suppressed(by_id)
    if may_wait:
        _let_wait(runs, now)
    free: list[Run] = []
    others: list[Run] = []
    for run in runs:
        is_free = run.incident.is_open and not run.incident.suppressed_reason
        (free if is_free else others).append(run)
    resume_runs(free, now=now)
    for run in others:
        reconcile_locked(run, now=now)
    return len(runs)


def _let_wait(runs: Sequence[Run], now: datetime) -> None:
    openings = {
        run.incident_id: opens
        for run in runs
        if (opens := opening_to_wait_for(run.incident, run.plan, now))
    }
    if openings:
        waiting = suppression.wait_for_hours(openings, now=now)
        by_id = {incident.pk: incident for incident in waiting}
        for run in runs:
            run.incident = by_id.get(run.incident_id, run.incident)


def _lock_suppressed(incidents: Mapping[int, Incident]) -> list[Run]:
    """The suppressed runs of these incidents, locked, each with its incident."""
    found = Run.objects.active().filter(incident__in=incidents, state=Run.State.SUPPRESSED)
    runs = list(found.select_for_update(no_key=True).order_by("incident_id"))
    for run in runs:
        run.incident = incidents[run.incident_id]
    return runs


@transaction.atomic
def update_suppression(suppressions: Mapping[int, Suppression], *, now: datetime) -> int:
    """Other reasons and ends for many suppressed incidents, by their ids; returns how many were
    changed."""
    changed = {
        incident.pk: incident for incident in suppression.update_suppression(suppressions, now=now)
    }
    runs = _lock_suppressed(changed)
    for run in runs:
        run.next_step_at = run.incident.suppressed_until
    write_all(runs, ["next_step_at"])
    return len(changed)
