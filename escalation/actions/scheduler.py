"""What is due is moved on in one transaction with what it writes: each by one of all who try."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from escalation.actions import suppression
from escalation.actions.expiry import expire
from escalation.actions.in_addition import last_actor, page_in_addition
from escalation.actions.reconcile import reconcile_locked
from escalation.actions.restart import restart_run
from escalation.actions.steps import execute_steps
from escalation.errors import StepsFailed
from escalation.models import Run
from incidents.actions import restart
from incidents.choices import TimelineVerb
from incidents.models import Incident

logger = logging.getLogger(__name__)
BATCH = 50
_A_MINUTE = timedelta(minutes=1)
# These take no step when they are due: they expire, or are resumed.
RESTING = [Run.State.PAUSED, Run.State.SUPPRESSED]
# A step by where its run stands: run, paging round, repeat, position, retry. That is its fence.
StepKey = tuple[int, int, int, int, int]


def take_steps(keys: Sequence[StepKey], *, now: datetime) -> int:
    """Take these steps where they are due and their runs still stand there; returns how many.

    Safe to be called twice or late: a run that has moved since is left alone, and one that is
    locked is being moved. A run that cannot be moved holds nobody up: the others are moved without
    it, and it is leased for a minute. Raises StepsFailed when there was one.
    """
    try:
        return _take(keys, now)
    except Exception:
        logger.exception("A batch of runs could not advance; one by one now")
    taken = 0
    errors: list[Exception] = []
    for key in keys:
        try:
            taken += _take([key], now)
        except Exception as error:
            logger.exception("Run %s could not advance; it is tried again in a minute", key[0])
            Run.objects.filter(pk=key[0]).update(leased_until=now + _A_MINUTE)
            errors.append(error)
    if errors:
        sentence = f"{len(errors)} of {len(keys)} runs could not advance"
        raise StepsFailed(sentence) from errors[0]
    return taken


@transaction.atomic
def _take(keys: Sequence[StepKey], now: datetime) -> int:
    wanted = {run_id: place for run_id, *place in keys}
    due = Run.objects.due(now).filter(pk__in=wanted).exclude(state__in=RESTING)
    locked = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
    runs = [
        run
        for run in locked.select_related("incident").order_by("next_step_at")
        if [run.paging_round, run.repeat, run.position, run.retry] == wanted[run.pk]
    ]
    if runs:
        execute_steps(runs, now=now)
    for run in runs:
        if run.incident.status == Incident.Status.ACKNOWLEDGED:
            reconcile_locked(run, now=now)
    return len(runs)


def resume_due(now: datetime) -> int:
    """Resume the runs that rest: acknowledgements expire, and suppressions end.

    Returns how many runs go on.
    """
    return _expire_due(now) + suppression.resume_due(now)


def _expire_due(now: datetime) -> int:
    """Page again where an acknowledgement was not followed by a resolution."""
    due = Run.objects.due(now).filter(state=Run.State.PAUSED).order_by("next_step_at")
    expired = 0
    for run_id, incident_id in list(due.values_list("pk", "incident_id")[:BATCH]):
        try:
            expired += expire(run_id, incident_id, now)
        except Exception:
            logger.exception("Run %s could not expire; it is tried again in a minute", run_id)
            Run.objects.filter(pk=run_id).update(next_step_at=now + _A_MINUTE)
    return expired


def end_due_snoozes(now: datetime) -> int:
    """Wake the incidents whose snooze is over, each by one caller; returns how many."""
    due = Incident.objects.filter(status=Incident.Status.ON_HOLD, snoozed_until__lte=now)
    woken = 0
    for incident_id in list(due.values_list("pk", flat=True)[:BATCH]):
        try:
            woken += _end_snooze(incident_id, now)
        except Exception:
            logger.exception(
                "Incident %s could not be woken; the next turn tries again", incident_id
            )
    return woken


@transaction.atomic
def _end_snooze(incident_id: int, now: datetime) -> int:
    locked = Incident.objects.select_for_update(skip_locked=True, no_key=True)
    before = locked.filter(pk=incident_id).first()
    if before is None:
        return 0
    incident = restart.end_snooze(incident_id, now=now)
    if incident.paging_round == before.paging_round:
        return 0
    restart_run(incident, now=now)
    snoozer = last_actor(incident, Q(verb=TimelineVerb.SNOOZED))
    page_in_addition(incident, snoozer, "your snooze is over", now=now)
    return 1
