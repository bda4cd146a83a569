"""How many people have to acknowledge, as the step says that was taken last."""

from escalation.models import Run
from escalation.plan import UnsupportedPlan
from incidents.acknowledgement_rules import acknowledgements_wanted
from incidents.models import Incident


@acknowledgements_wanted
def wanted_by_step(incident: Incident) -> int:
    """Of the present round; before its first step, and without a run, one."""
    run = Run.objects.active().filter(incident=incident, paging_round=incident.paging_round).first()
    if run is None:
        return 1
    try:
        steps = run.plan.steps
    except UnsupportedPlan:
        return 1
    # A retry stands at the step that was taken, every other cursor at the next one.
    position = run.position if run.retry else run.position - 1
    if run.repeat and position < 0:
        position = len(steps) - 1
    position = min(position, len(steps) - 1)
    return steps[position].acknowledgements if position >= 0 else 1
