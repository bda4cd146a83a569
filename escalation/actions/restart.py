"""Runs start anew: an incident is reopened, given back, or reported again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from escalation.actions.start import RunStart, policy_of, start_runs
from escalation.models import Run
from incidents.actions import restart
from incidents.models import Incident, User


def restart_run(incident: Incident, *, now: datetime) -> None:
    """A run for a new round: by the plan of the round before, or the policy of the service."""
    restart_runs([incident], now=now)


def restart_runs(incidents: Sequence[Incident], *, now: datetime) -> None:
    """The same for many."""
    runs = Run.objects.filter(incident__in=incidents).order_by("incident_id", "-paging_round")
    last = {run.incident_id: run for run in runs.distinct("incident_id")}
    new = [incident for incident in incidents if incident.pk not in last]
    services = {one.service for one in new}
    by_service = {one: RunStart.by_policy(0, policy_of(one)) for one in services}
    starts = [_again(run) for run in last.values()]
    starts += [replace(by_service[one.service], incident_id=one.pk) for one in new]
    start_runs(starts, now=now)


def _again(last: Run) -> RunStart:
    """The plan of a run once more, from its beginning."""
    return RunStart(last.incident_id, last.plan, last.policy_id, last.play_id)


@transaction.atomic
def reopen(incident_id: int, *, by: User | None = None, via: str = "", note: str = "") -> Incident:
    """Reopen a resolved incident, and page again from the first step.

    Raises NotResolved, MergedElsewhere and ServiceArchived.
    """
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
