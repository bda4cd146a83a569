"""The clock: what is due is claimed, moved and handed over in one transaction."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from escalation.actions.reconcile import reconcile_locked
from escalation.actions.restart import restart_run
from escalation.actions.steps import execute_steps
from escalation.actions.suppression import resume_due
from escalation.models import Run
from incidents.actions import restart
from incidents.models import Incident
from notifications.models import Notification

logger = logging.getLogger(__name__)
BATCH = 50
_A_MINUTE = timedelta(minutes=1)
# These take no step when they are due: they expire, or are let go.
RESTING = [Run.State.PAUSED, Run.State.SUPPRESSED]


def advance_due(now: datetime, *, limit: int = BATCH) -> int:
    """Take the steps that are due, the oldest first; returns how many runs were moved.

    Any number of clocks may run: each run is taken by one. A run that cannot be moved holds
    nobody up: the others are moved without it.
    """
    others = _expire_due(now) + resume_due(now, limit=limit)
    try:
        return _advance(now, limit) + others
    except Exception:
        logger.exception("A batch of runs could not advance; one by one now")
    due = Run.objects.due(now).exclude(state__in=RESTING).order_by("next_step_at")
    ids = list(due.values_list("pk", flat=True)[:limit])
    return sum(_advance_one(run_id, now) for run_id in ids) + others


@transaction.atomic
def _advance(now: datetime, limit: int, **only: int) -> int:
    due = Run.objects.due(now).filter(**only).exclude(state__in=RESTING)
    locked = due.select_for_update(skip_locked=True, of=("self",), no_key=True)
    runs = list(locked.select_related("incident").order_by("next_step_at")[:limit])
    if runs:
        execute_steps(runs, now=now)
    for run in runs:
        if run.incident.status == Incident.Status.ACKNOWLEDGED:
            reconcile_locked(run, now=now)
    return len(runs)


def _advance_one(run_id: int, now: datetime) -> int:
    try:
        return _advance(now, 1, pk=run_id)
    except Exception:
        logger.exception("Run %s could not advance; it is tried again in a minute", run_id)
        Run.objects.filter(pk=run_id).update(next_step_at=now + _A_MINUTE)
        return 0


def _expire_due(now: datetime) -> int:
    """Page again where an acknowledgement was not followed by a resolution."""
    due = Run.objects.due(now).filter(state=Run.State.PAUSED).order_by("next_step_at")
    expired = 0
    for run_id, incident_id in list(due.values_list("pk", "incident_id")[:BATCH]):
        try:
            expired += _expire(run_id, incident_id, now)
        except Exception:
            logger.exception("Run %s could not expire; it is tried again in a minute", run_id)
            Run.objects.filter(pk=run_id).update(next_step_at=now + _A_MINUTE)
    return expired


@transaction.atomic
def _expire(run_id: int, incident_id: int, now: datetime) -> int:
    # The incident is held before the run, as everywhere: nobody waits for each other.
    minutes = Run.objects.values_list("acknowledgement_expires_minutes", flat=True).get(pk=run_id)
    incident = restart.expire_acknowledgement(incident_id, now=now, minutes=minutes)
    mine = Run.objects.due(now).filter(pk=run_id, state=Run.State.PAUSED)
    run = mine.select_for_update(no_key=True).first()
    if run is None:
        return 0
    run.incident, run.next_step_at = incident, None
    run.save(update_fields=["next_step_at"])
    if incident.paging_round > run.paging_round:
        restart_run(incident, now=now)
    else:
        reconcile_locked(run, now=now)  # Acknowledged anew since: its time runs from then.
    return 1


def end_due_snoozes(now: datetime) -> int:
    """Wake the incidents whose snooze is over, each by one clock; returns how many."""
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
    restart_run(incident, now=now, same_step=True)
    return 1


def next_due_at() -> datetime | None:
    """When the clock has to look again, if nobody wakes it before."""
    times = [
        Run.objects.filter(next_step_at__isnull=False).aggregate(at=Min("next_step_at"))["at"],
        Notification.objects.waiting().aggregate(at=Min("next_attempt_at"))["at"],
        Incident.objects.filter(status=Incident.Status.ON_HOLD).aggregate(at=Min("snoozed_until"))[
            "at"
        ],
        *(
            Incident.objects.filter(**{f"{timer}__isnull": False}).aggregate(at=Min(timer))["at"]
            for timer in ("acknowledge_by", "resolve_by")
        ),
    ]
    return min((at for at in times if at is not None), default=None)
