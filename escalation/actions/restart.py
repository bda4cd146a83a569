"""Runs start anew: an incident is reopened, given back, or reported again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from escalation.actions.start import RunStart, policy_of, start_runs
from escalation.models import Run
from incidents.actions import restart
from incidents.models import Incident, User


def restart_run(incident: Incident, *, now: datetime, same_step: bool = False) -> None:
    """A run for a new round: by the plan of the round before, or the policy of the service.

    ``same_step``: it begins with the step that was taken last, at once.
    """
    last = incident.runs.order_by("-paging_round").first()
    if last is None:
        start_runs([RunStart.by_policy(incident.pk, policy_of(incident.service))], now=now)
        return
    start_runs([_again(last, same_step=same_step)], now=now)


def _again(last: Run, *, same_step: bool = False) -> RunStart:
    """The plan of a run once more, from its beginning or from the step that was taken last."""
    return RunStart(
        last.incident_id,
        last.plan,
        last.policy_id,
        last.play_id,
        position=_last_step(last) if same_step else 0,
        waits=not same_step,
    )


def _last_step(run: Run) -> int:
    """The position of the step that was taken last; of the last step where all were taken."""
    position = run.position if run.retry else run.position - 1
    return max(min(position, len(run.plan.steps) - 1), 0)


@transaction.atomic
def reopen(incident_id: int, *, by: User | None = None, via: str = "", note: str = "") -> Incident:
    """Reopen a resolved incident, and page again from the first step. Raises NotResolved."""
    before = Incident.objects.values_list("paging_round", flat=True).get(pk=incident_id)
    incident = restart.reopen(incident_id, by=by, via=via, note=note)
    if incident.paging_round > before:
        restart_run(incident, now=timezone.now())
    return incident


@transaction.atomic
def unacknowledge(
    incident_id: int, *, by: User | None = None, via: str = "", text: str = ""
) -> Incident:
    """Take an acknowledgement or a snooze back, and page again from the first step."""
    before = Incident.objects.values_list("paging_round", flat=True).get(pk=incident_id)
    incident = restart.unacknowledge(incident_id, by=by, via=via, text=text)
    if incident.paging_round > before:
        restart_run(incident, now=timezone.now())
    return incident


@transaction.atomic
def restart_exhausted(incident_ids: Sequence[int], *, now: datetime) -> int:
    """A new round where every step was taken and nobody has it; returns how many began."""
    exhausted = Run.objects.active().filter(
        incident__in=incident_ids,
        state=Run.State.EXHAUSTED,
        paging_round=F("incident__paging_round"),
        incident__status=Incident.Status.OPEN,
    )
    last = {run.incident_id: run for run in exhausted.order_by("incident_id")}
    if not last:
        return 0
    repeated = restart.repeat_paging(list(last), "It was reported again, and nobody has it")
    start_runs([_again(last[incident.pk]) for incident in repeated], now=now)
    return len(repeated)
