"""Runs that are held back with their incidents: let go at their time, or before."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from escalation.actions.reconcile import settle_run
from escalation.actions.start import start_again
from escalation.actions.steps import begin
from escalation.models import Run
from incidents.actions import hold
from incidents.models import Incident, User
from incidents.report import Hold

logger = logging.getLogger(__name__)
_A_MINUTE = timedelta(minutes=1)


@transaction.atomic
def release(
    incident_ids: Sequence[int],
    *,
    now: datetime,
    by: User | None = None,
    via: str = "",
    text: str = "",
) -> None:
    """Hold these back no longer: their runs begin. Done twice, it changes nothing."""
    freed = hold.release(incident_ids, now=now, by=by, via=via, text=text)
    _let_go(freed, now)


def release_due(now: datetime, *, limit: int = 50) -> int:
    """Let go what was held back until now, each by one caller; returns how many that was."""
    due = Run.objects.due(now).filter(state=Run.State.SUPPRESSED).order_by("next_step_at")
    ids = list(due.values_list("incident_id", flat=True)[:limit])
    if not ids:
        return 0
    try:
        return _release_due(ids, now)
    except Exception:
        logger.exception("A batch of incidents could not be let go; one by one now")
    return sum(_release_one(incident_id, now) for incident_id in ids)


@transaction.atomic
def _release_due(incident_ids: Sequence[int], now: datetime) -> int:
    return _let_go(hold.release(incident_ids, now=now, only_due=True), now)


def _release_one(incident_id: int, now: datetime) -> int:
    try:
        return _release_due([incident_id], now)
    except Exception:
        logger.exception("Incident %s could not be let go; tried again in a minute", incident_id)
        held = Run.objects.active().filter(incident=incident_id, state=Run.State.SUPPRESSED)
        held.update(next_step_at=now + _A_MINUTE)
        return 0


def _let_go(incidents: Sequence[Incident], now: datetime) -> int:
    """Bring the runs of these incidents, which are locked, into line with them."""
    by_id = {incident.pk: incident for incident in incidents}
    held = Run.objects.active().filter(incident__in=by_id, state=Run.State.SUPPRESSED)
    runs = list(held.select_for_update(no_key=True).order_by("incident_id"))
    for run in runs:
        run.incident = by_id[run.incident_id]
    free = [run for run in runs if run.incident.is_open and not run.incident.suppressed_reason]
    begin(free, now=now)
    for run in runs:
        if run not in free:
            settle_run(run, now=now)
    return len(runs)


@transaction.atomic
def hold_until(incident_id: int, until: datetime, *, now: datetime) -> None:
    """Another end for what is held back by time, as when a maintenance is extended."""
    _let_go([hold.hold_until(incident_id, until, now=now)], now)


@transaction.atomic
def rehold(holds: Mapping[int, Hold], *, now: datetime) -> int:
    """Other reasons and ends for many that are held back; returns how many were changed."""
    changed = {incident.pk: incident for incident in hold.rehold(holds, now=now)}
    held = Run.objects.active().filter(incident__in=changed, state=Run.State.SUPPRESSED)
    runs = list(held.select_for_update(no_key=True).order_by("incident_id"))
    for run in runs:
        run.next_step_at = changed[run.incident_id].suppressed_until
    Run.objects.bulk_update(runs, ["next_step_at"])
    return len(changed)


@transaction.atomic
def insist(incident_ids: Sequence[int], *, now: datetime) -> int:
    """A new round where every step was taken and nobody has it; returns how many began."""
    stuck = Run.objects.active().filter(
        incident__in=incident_ids,
        state=Run.State.EXHAUSTED,
        paging_round=F("incident__paging_round"),
        incident__status=Incident.Status.OPEN,
    )
    begun = 0
    for incident_id, before in list(
        stuck.order_by("incident_id").values_list("incident", "paging_round")
    ):
        text = "It was reported again, and nobody has it"
        incident = hold.begin_again(incident_id, text)
        if incident.paging_round > before:
            start_again(incident, now=now)
            begun += 1
    return begun
