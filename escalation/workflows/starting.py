"""Workflows are started: each once for what starts it, and none without an end.

What follows from a workflow's own actions starts no second run of it, and nothing deeper than
`MAX_DEPTH` workflows that started each other.
"""

from collections import Counter
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from escalation.models import Workflow, WorkflowRun
from escalation.workflows import conditions
from escalation.workflows.subjects import NOTHING, Subject
from escalation.workflows.timers import may_be_in_scope
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.models import Alert, Incident, TimelineEntry
from notifications.models import Notification
from opsportal.lib.bulk_write import insert_all

MAX_DEPTH = 5
MAX_RUNS, WITHIN = 20, timedelta(hours=1)
OWN_PAGES = "workflow:"  # How the page keys of what workflows send begin.
# The run whose actions are being taken in this thread.
CURRENT: ContextVar[WorkflowRun | None] = ContextVar("CURRENT", default=None)
State = WorkflowRun.State


def via_of(workflow_id: int) -> str:
    """How the timeline names a workflow as the cause of a line."""
    return f"workflow:{workflow_id}"


def workflow_id_of(via: str) -> int | None:
    """The id of the workflow that the timeline names so; None for another cause."""
    kind, _, number = via.partition(":")
    return int(number) if kind == "workflow" and number.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Start:
    """A workflow that something starts for an incident: a line of its timeline, an alert, or a
    notification."""

    workflow: Workflow
    incident: Incident
    entry: TimelineEntry | None = None
    alert: Alert | None = None
    notification: Notification | None = None

    def run(self, depth: int) -> WorkflowRun:
        return WorkflowRun(
            workflow=self.workflow,
            incident=self.incident,
            entry=self.entry,
            alert=self.alert,
            notification=self.notification,
            depth=depth,
        )


def is_for(
    workflow: Workflow, incident: Incident, now: datetime, subject: Subject = NOTHING
) -> bool:
    """Whether a change of this incident concerns the workflow, and its conditions hold."""
    current = CURRENT.get()
    if incident.is_test or (current is not None and current.workflow_id == workflow.pk):
        return False
    if not may_be_in_scope(workflow, incident):
        return False
    wanted = [one for one in workflow.conditions.all() if not one.stops]
    return conditions.hold(wanted, incident, now, every=workflow.matches_all, subject=subject)


def start(found: Sequence[Start], now: datetime) -> None:
    """Begin these runs, as far as the limits let them."""
    current = CURRENT.get()
    depth = current.depth + 1 if current else 0
    counts = _recent(found, now)
    runs, stopped = [], []
    for one in found:
        key = one.workflow.pk, one.incident.pk
        counts[key] += 1
        if depth > MAX_DEPTH:
            why = f"workflows have started each other {MAX_DEPTH} times"
            stopped.append(_stopped(one, why))
        elif counts[key] > MAX_RUNS:
            if counts[key] == MAX_RUNS + 1:  # The row counts as well, so that it is said once.
                why = f"it has run {MAX_RUNS} times within an hour"
                stopped.append(_stopped(one, why))
                run = one.run(depth)
                run.state, run.outcome = State.STOPPED, f"Not run: {why}"
                runs.append(run)
        else:
            run = one.run(depth)
            run.due_at = now
            runs.append(run)
    insert_all(runs)
    record(stopped)


def _recent(found: Sequence[Start], now: datetime) -> Counter[tuple[int, int]]:
    """How often each workflow was started for each incident within the hour, or was refused."""
    rows = WorkflowRun.objects.filter(
        workflow__in={one.workflow.pk for one in found},
        incident__in={one.incident.pk for one in found},
        created_at__gt=now - WITHIN,
    )
    counted = rows.order_by().values_list("workflow", "incident").annotate(n=Count("pk"))
    return Counter({(workflow, incident): n for workflow, incident, n in counted})


def _stopped(one: Start, why: str) -> TimelineEntry:
    text = f"“{one.workflow}” was not run: {why}"
    via = via_of(one.workflow.pk)
    return entry(one.incident, TimelineVerb.WORKFLOW_RAN, text, via=via)
