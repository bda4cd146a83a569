"""Runs begin: with the incident, in the same transaction, or in a new round of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from escalation.actions.steps import take
from escalation.models import Policy, Run
from escalation.plan import Plan, wait_of
from escalation.plan_builder import plan_of_policy
from incidents.actions import open as incident_open
from incidents.actions import respond
from incidents.models import Incident, Service, User


@dataclass(frozen=True, slots=True)
class Start:
    """A run to be begun for the present round of an incident."""

    incident_id: int
    plan: Plan
    policy_id: int | None = None
    play_id: int | None = None
    position: int = 0
    waits: bool = True  # before its first step; a step that begins again waits no second time

    @classmethod
    def by_policy(cls, incident_id: int, policy: Policy | None) -> "Start":
        """By the policy as it is now; without one the catch-all is told at once."""
        return cls(incident_id, plan_of_policy(policy), policy.pk if policy else None)


@transaction.atomic
def start(starts: Sequence[Start], *, now: datetime) -> list[Run]:
    """Begin these runs, and take at once the steps that wait for nothing.

    Runs of earlier rounds are over; those of incidents that are held back wait. The incidents
    must have been locked or made by the caller.
    """
    incidents = Incident.objects.select_related("service").in_bulk([s.incident_id for s in starts])
    runs = []
    for wanted in starts:
        incident = incidents[wanted.incident_id]
        waits = wanted.waits and wanted.plan["steps"]
        due_at: datetime | None = now + wait_of(wanted.plan, wanted.position) if waits else now
        state = Run.State.ESCALATING
        if incident.suppressed_reason:  # Until then, or (None) until something lets it go.
            state, due_at = Run.State.SUPPRESSED, incident.suppressed_until
        runs.append(
            Run(
                incident=incident,
                paging_round=incident.paging_round,
                policy_id=wanted.policy_id,
                play_id=wanted.play_id,
                plan=wanted.plan,
                state=state,
                position=wanted.position,
                started_at=now,
                step_started_at=now,
                next_step_at=due_at,
            )
        )
    Run.objects.bulk_create(runs)
    later = [run.incident_id for run in runs if run.paging_round > 1]
    if later:
        earlier = Run.objects.active().filter(incident__in=later)
        earlier.exclude(pk__in=[run.pk for run in runs]).update(
            state=Run.State.FINISHED,
            finished_at=now,
            next_step_at=None,
            outcome="A new round began",
        )
    stepping = [run for run in runs if run.state == Run.State.ESCALATING]
    take([run for run in stepping if run.next_step_at and run.next_step_at <= now], now=now)
    return runs


def policy_of(service: Service) -> Policy | None:
    """The default policy of a service."""
    return Policy.objects.filter(services__service=service).first()


@transaction.atomic
def open_and_start(
    service: Service,
    title: str,
    *,
    by: User | None = None,
    via: str = "",
    policy: Policy | None = None,
    **fields: Any,
) -> Incident:
    """An incident opened by hand, and its run: neither exists without the other.

    ``fields`` are further ones of ``open_incident``, such as ``severity``.
    """
    incident = incident_open.open_incident(service, title, by=by, via=via, **fields)
    start([Start.by_policy(incident.pk, policy or policy_of(service))], now=timezone.now())
    return incident


@transaction.atomic
def reopen(incident_id: int, *, by: User | None = None, via: str = "", note: str = "") -> Incident:
    """Reopen, and page again from the first step."""
    before = Incident.objects.values_list("paging_round", flat=True).get(pk=incident_id)
    incident = respond.reopen(incident_id, by=by, via=via, note=note)
    if incident.paging_round > before:
        start_again(incident, now=timezone.now())
    return incident


def start_again(incident: Incident, *, now: datetime, same_step: bool = False) -> None:
    """A run for a new round: by the plan of the round before, or the policy of the service."""
    last = incident.runs.order_by("-paging_round").first()
    if last is None:
        again = Start.by_policy(incident.pk, policy_of(incident.service))
    else:
        place = max(last.position - 1, 0) if same_step and last.retry == 0 else last.position
        place = min(place, max(len(last.plan["steps"]) - 1, 0))
        again = Start(
            incident.pk,
            last.plan,
            last.policy_id,
            last.play_id,
            position=place if same_step else 0,
            waits=not same_step,
        )
    start([again], now=now)
