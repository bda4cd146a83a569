"""Runs begin: with the incident, in the same transaction, or for a new round of paging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from escalation.actions.steps import execute_steps
from escalation.models import Policy, Run
from escalation.plan import Plan, wait_before
from escalation.plan_builder import plan_of_policy
from incidents.actions import open as incident_open
from incidents.actions.open import IncidentFields
from incidents.models import Incident, Service, User
from opsportal.lib.bulk_write import insert_all


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to be begun for the present round of an incident."""

    incident_id: int
    plan: Plan
    policy_id: int | None = None
    play_id: int | None = None
    position: int = 0
    waits: bool = True  # before its first step; a step that begins again waits no second time

    @classmethod
    def by_policy(cls, incident_id: int, policy: Policy | None) -> "RunStart":
        """By the policy as it is now; without one the catch-all is told at once."""
        return cls(incident_id, plan_of_policy(policy), policy.pk if policy else None)


@transaction.atomic
def start_runs(starts: Sequence[RunStart], *, now: datetime) -> list[Run]:
    """Begin these runs, and execute at once the steps that wait for nothing.

    Runs of earlier rounds are finished; those of suppressed incidents wait. The incidents must
    have been locked or made by the caller.
    """
    incidents = Incident.objects.select_related("service").in_bulk([s.incident_id for s in starts])
    runs = [_run(wanted, incidents[wanted.incident_id], now) for wanted in starts]
    insert_all(runs)
    _finish_earlier(runs, now)
    due = [run for run in runs if run.next_step_at and run.next_step_at <= now]
    execute_steps([run for run in due if run.state == Run.State.ESCALATING], now=now)
    return runs


def _run(wanted: RunStart, incident: Incident, now: datetime) -> Run:
    wait = wait_before(wanted.plan, wanted.position)
    run = Run(
        incident=incident,
        paging_round=incident.paging_round,
        policy_id=wanted.policy_id,
        play_id=wanted.play_id,
        position=wanted.position,
        started_at=now,
        step_started_at=now,
        next_step_at=now + wait if wanted.waits else now,
    )
    run.plan = wanted.plan
    if incident.suppressed_reason:  # Until then, or (None) until something ends it.
        run.state, run.next_step_at = Run.State.SUPPRESSED, incident.suppressed_until
    return run


def _finish_earlier(runs: Sequence[Run], now: datetime) -> None:
    """Finish the runs of earlier rounds."""
    later = [run.incident_id for run in runs if run.paging_round > 1]
    if later:
        earlier = Run.objects.active().filter(incident__in=later)
        earlier.exclude(pk__in=[run.pk for run in runs]).update(
            state=Run.State.FINISHED,
            finished_at=now,
            next_step_at=None,
            outcome="A new round began",
        )


def policy_of(service: Service) -> Policy | None:
    """The default policy of a service."""
    return Policy.objects.filter(services__service=service).first()


@transaction.atomic
def open_incident(
    service: Service,
    title: str,
    *,
    by: User | None = None,
    via: str = "",
    policy: Policy | None = None,
    **fields: Unpack[IncidentFields],
) -> Incident:
    """An incident opened by hand, and its run: neither exists without the other."""
    incident = incident_open.open_incident(service, title, by=by, via=via, **fields)
    start_runs([RunStart.by_policy(incident.pk, policy or policy_of(service))], now=timezone.now())
    return incident
