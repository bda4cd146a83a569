"""Runs of workflows that are due: each is done in one transaction with what it does.

So it is done once, whatever dies meanwhile. An action that fails is noted, and stops no other.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from escalation.choices import ActionKind, WorkflowState
from escalation.models import Workflow, WorkflowRun
from escalation.workflows import conditions
from escalation.workflows.effects import EFFECTS, Effect
from escalation.workflows.starting import CURRENT, via_of
from escalation.workflows.subjects import subject_of
from escalation.workflows.timers import due_time, is_in_scope
from incidents.actions import timeline
from incidents.actions.locking import lock_incident
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Incident, User

logger = logging.getLogger(__name__)
BATCH = 50
RETRY_WAIT = timedelta(minutes=1)
RELATED = (
    *("workflow", "by", "entry__by", "alert"),
    *("notification__user", "notification__shared_channel"),
)
OUTBOUND = ("outbound_method__service", "ticket_system")
State, Origin = WorkflowRun.State, WorkflowRun.Origin
Ended = tuple[WorkflowState, str]  # how a run ended that was not done, and why


def run_due(now: datetime) -> int:
    """Do what is due, the earliest first; returns how many runs were looked at."""
    due = WorkflowRun.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    pairs = list(due.values_list("pk", "incident_id")[:BATCH])
    for run_id, incident_id in pairs:
        try:
            _run(run_id, incident_id, now)
        except Exception:
            logger.exception("Run %s of a workflow failed; it is tried again in a minute", run_id)
            WorkflowRun.objects.filter(pk=run_id).update(due_at=now + RETRY_WAIT)
    return len(pairs)


@transaction.atomic
def run_by_hand(workflow: Workflow, incident_id: int, *, by: User | None, via: str = "") -> str:
    """Take its actions now, whatever its conditions say; returns what they did.

    Raises InvalidRequest for one that is not enabled, or not for this incident.
    """
    if not workflow.is_enabled:
        raise InvalidRequest(f"workflow: “{workflow}” is not enabled.")
    if not is_in_scope(workflow, Incident.objects.get(pk=incident_id)):
        raise InvalidRequest(f"workflow: “{workflow}” is not attached to this incident.")
    run = WorkflowRun.objects.create(
        workflow=workflow, incident_id=incident_id, origin=Origin.MANUAL, by=by
    )
    incident = lock_incident(incident_id)
    return _perform(run, incident, timezone.now())


@transaction.atomic
def _run(run_id: int, incident_id: int, now: datetime) -> None:
    # The incident is held before the run, as everywhere: nobody waits for each other.
    incident = lock_incident(incident_id)
    rows = WorkflowRun.objects.select_for_update(of=("self",)).select_related(*RELATED)
    run = rows.filter(pk=run_id, due_at__lte=now).first()
    if run is None:
        return
    run.incident = incident
    run.due_at = due_time(run.workflow, incident) if _is_first_by_time(run) else now
    if run.due_at is None or run.due_at > now:  # What it counts from has moved.
        run.save(update_fields=["due_at"])
        return
    if why := _why_not(run, incident, now):
        run.state, run.due_at, run.outcome = why[0], None, why[1]
        run.save(update_fields=["state", "due_at", "outcome"])
        return
    _perform(run, incident, now)


def _is_first_by_time(run: WorkflowRun) -> bool:
    return run.origin == Origin.TIME and not run.times


def _why_not(run: WorkflowRun, incident: Incident, now: datetime) -> Ended | None:
    """How a run that is due ends without being done; None for one that is done."""
    if not run.workflow.is_enabled:
        return State.STOPPED, "The workflow was switched off"
    if not is_in_scope(run.workflow, incident):
        return State.STOPPED, "The workflow is not for this incident"
    # The conditions of a change were looked at in its transaction.
    is_new_change = run.origin == Origin.EVENT and not run.times
    return None if is_new_change else _why_not_again(run, incident, now)


def _why_not_again(run: WorkflowRun, incident: Incident, now: datetime) -> Ended | None:
    if incident.is_resolved:
        return State.CANCELLED, "The incident is resolved"
    rows = list(run.workflow.conditions.all())
    starts, stops = [c for c in rows if not c.stops], [c for c in rows if c.stops]
    subject, every = subject_of(run), run.workflow.matches_all
    if not conditions.hold(starts, incident, now, every=every, subject=subject):
        return State.STOPPED, "Its conditions do not hold"
    if not (run.times and stops):
        return None
    if conditions.hold(stops, incident, now, every=False, subject=subject):
        return State.STOPPED, "A condition that stops it holds"
    return None


def _perform(run: WorkflowRun, incident: Incident, now: datetime) -> str:
    """Take the actions in their order, and note what they did."""
    token = CURRENT.set(run)
    try:
        said, failed = _actions(run, now)
    finally:
        CURRENT.reset(token)
    repeats = run.workflow.repeat_minutes and run.origin != Origin.MANUAL
    run.times, run.last_at = run.times + 1, now
    run.outcome = "; ".join([*said, *failed]) or "It has no action"
    run.due_at = now + timedelta(minutes=run.workflow.repeat_minutes) if repeats else None
    run.state = State.WAITING if repeats else State.DONE
    run.save(update_fields=["times", "last_at", "outcome", "due_at", "state"])
    facts = {"workflow": run.workflow_id, "failed": failed}
    text = f"“{run.workflow}”: {run.outcome}"
    via = via_of(run.workflow_id)
    line = entry(incident, TimelineVerb.WORKFLOW_RAN, text, by=run.by, via=via, facts=facts)
    timeline.record([line])
    return run.outcome


def _actions(run: WorkflowRun, now: datetime) -> tuple[list[str], list[str]]:
    """→ (what was done, what failed and why)."""
    related = ("user", "policy", "play", "service", "shared_channel", *OUTBOUND)
    said, failed = [], []
    for action in run.workflow.actions.select_related(*related):
        name = action.get_kind_display()
        try:
            with transaction.atomic():
                said.append(EFFECTS[ActionKind(action.kind)](Effect(action, run, now)))
        except DomainError as refusal:
            failed.append(f"{name} failed: {refusal}")
        except Exception:
            logger.exception("Action %s of a workflow failed", action.pk)
            failed.append(f"{name} failed: a defect of the portal")
    return said, failed
