"""When a workflow that a time starts is due. Its rows move when what they count from moves."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from escalation.choices import Trigger
from escalation.models import Workflow, WorkflowRun
from incidents.choices import TimelineVerb
from incidents.models import Incident
from opsportal.lib.bulk_write import write_all

# These happen once to an incident, the others once in a paging round.
ONCE = {Trigger.AFTER_OPENING, Trigger.BEFORE_SLA, Trigger.AFTER_SLA}
State = WorkflowRun.State


def _acknowledged(incident: Incident) -> datetime | None:
    is_taken = incident.status == Incident.Status.ACKNOWLEDGED
    return incident.acknowledged_at if is_taken else None


def _paged(incident: Incident) -> datetime | None:
    """When this round paged first; None where somebody has it, or nobody was paged yet."""
    if not incident.is_open or incident.suppressed_reason:
        return None
    runs = incident.runs.filter(paging_round=incident.paging_round).values_list("pk", flat=True)
    lines = incident.timeline.filter(verb=TimelineVerb.PAGED, facts__run__in=list(runs))
    return lines.order_by("at").values_list("at", flat=True).first()


# What each counts from, as the incident is: None while there is nothing.
BASES: dict[str, Callable[[Incident], datetime | None]] = {
    Trigger.AFTER_OPENING: lambda incident: incident.opened_at,
    Trigger.BEFORE_SLA: lambda incident: incident.resolve_by,
    Trigger.AFTER_SLA: lambda incident: incident.resolve_due_at,
    Trigger.AFTER_ACKNOWLEDGEMENT: _acknowledged,
    Trigger.WITHOUT_ACTIVITY: lambda incident: incident.active_at or incident.opened_at,
    Trigger.UNANSWERED: _paged,
}


def due_time(workflow: Workflow, incident: Incident) -> datetime | None:
    """When it is due by the incident as it is; None while it has nothing to count from."""
    since = None if incident.is_resolved else BASES[workflow.trigger](incident)
    if since is None:
        return None
    span = timedelta(minutes=workflow.minutes)
    return since - span if workflow.trigger == Trigger.BEFORE_SLA else since + span


def move_timers(workflows: Sequence[Workflow], incidents: Iterable[Incident]) -> None:
    """Make, move and cancel the rows of workflows that a time starts, for changed incidents."""
    timed = [workflow for workflow in workflows if workflow.is_timed]
    changed = {incident.pk: incident for incident in incidents if not incident.is_test}
    repeating = WorkflowRun.objects.filter(incident__in=changed, state=State.WAITING, times__gt=0)
    over = [pk for pk, incident in changed.items() if incident.is_resolved]
    if over:
        repeating.filter(incident__in=over).update(state=State.CANCELLED, due_at=None)
    if not timed or not changed:
        return
    rows = WorkflowRun.objects.filter(
        incident__in=changed, workflow__in=timed, origin=WorkflowRun.Origin.TIME
    )
    known = {(row.workflow_id, row.incident_id, row.round): row for row in rows}
    new, moved = [], []
    for incident in changed.values():
        for workflow in timed:
            number = 0 if workflow.trigger in ONCE else incident.paging_round
            row = known.get((workflow.pk, incident.pk, number))
            if row is None:
                new += _begin(workflow, incident, number)
            elif _move(row, workflow, incident):
                moved.append(row)
    WorkflowRun.objects.bulk_create(new, ignore_conflicts=True)
    write_all(moved, ["due_at", "state"])


def _begin(workflow: Workflow, incident: Incident, number: int) -> list[WorkflowRun]:
    is_late = workflow.enabled_at is not None and incident.opened_at < workflow.enabled_at
    if (is_late and workflow.trigger in ONCE) or not may_be_in_scope(workflow, incident):
        return []
    due_at = due_time(workflow, incident)
    if due_at is None:
        return []
    return [
        WorkflowRun(
            workflow=workflow,
            incident=incident,
            origin=WorkflowRun.Origin.TIME,
            round=number,
            due_at=due_at,
        )
    ]


def _move(row: WorkflowRun, workflow: Workflow, incident: Incident) -> bool:
    """Whether the row, which has not run yet, is due at another time now."""
    if row.times or row.state not in (State.WAITING, State.CANCELLED):
        return False
    before = row.due_at, row.state
    row.due_at = due_time(workflow, incident)
    row.state = State.CANCELLED if incident.is_resolved else State.WAITING
    return (row.due_at, row.state) != before


def may_be_in_scope(workflow: Workflow, incident: Incident) -> bool:
    """The same as `is_in_scope`, while it is not known yet by which policy the incident pages."""
    return _in_services(workflow, incident) or bool(workflow.policies.all())


def _in_services(workflow: Workflow, incident: Incident) -> bool:
    if workflow.for_all:
        return True
    return incident.service_id in {service.pk for service in workflow.services.all()}


def is_in_scope(workflow: Workflow, incident: Incident) -> bool:
    """Whether it is for this incident: for all, for its service, or for its policy."""
    if _in_services(workflow, incident):
        return True
    run = incident.runs.first()
    policies = {policy.pk for policy in workflow.policies.all()}
    return run is not None and run.policy_id in policies
