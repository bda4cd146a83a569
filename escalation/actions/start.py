"""Runs begin: with the incident, in the same transaction, or for a new round of paging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from escalation.actions.steps import execute_steps
from escalation.choices import RunCause
from escalation.models import Policy, Run
from escalation.plans.plan import Plan, SelectedPlan, wait_before
from escalation.policies.low_urgency import opening_to_wait_for
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.recipients import NOBODY_ELSE, Recipients
from incidents.actions import edit_alert, sla, suppression
from incidents.actions import open as incident_open
from incidents.actions.open import IncidentFields
from incidents.errors import InvalidRequest
from incidents.models import Incident, Service, User
from opsportal.lib.bulk_write import insert_all


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to be begun for the present round of an incident."""

    incident_id: int
    plan: Plan
    policy_id: int | None = None
    play_id: int | None = None
    cause: RunCause = RunCause.RULE
    waits: bool = True  # before its first step, where its plan says so
    has_sla_targets: bool = True  # its policy, or it may have: they are looked up

    @classmethod
    def by_plan(cls, incident_id: int, by: SelectedPlan) -> "RunStart":
        """By a plan that was chosen before."""
        fields = (by.plan, by.policy_id, by.play_id)
        return cls(incident_id, *fields, has_sla_targets=by.has_sla_targets)

    @classmethod
    def by_policy(cls, incident_id: int, policy: Policy | None) -> "RunStart":
        """By the policy as it is now; without one the catch-all is told at once."""
        pk, has_targets = (policy.pk, bool(policy.sla_targets)) if policy else (None, False)
        return cls(incident_id, plan_of_policy(policy), pk, has_sla_targets=has_targets)


@transaction.atomic
def start_runs(starts: Sequence[RunStart], *, now: datetime) -> list[Run]:
    """Begin these runs, and execute at once the steps that wait for nothing.

    Runs of earlier rounds are finished; those of suppressed incidents wait. The incidents must
    have been locked or made by the caller.
    """
    incidents = Incident.objects.select_related("service").in_bulk([s.incident_id for s in starts])
    _give_priority(starts, incidents, now)
    _override_targets(starts, incidents)
    _let_low_urgency_wait(starts, incidents, now)
    runs = [_run(wanted, incidents[wanted.incident_id], now) for wanted in starts]
    insert_all(runs)
    _finish_earlier(runs, now)
    due = [run for run in runs if run.next_step_at and run.next_step_at <= now]
    execute_steps([run for run in due if run.state == Run.State.ESCALATING], now=now)
    return runs


def _give_priority(
    starts: Sequence[RunStart], incidents: dict[int, Incident], now: datetime
) -> None:
    """New incidents that come without a priority have that of their policy."""
    found = {
        one.incident_id: one.plan.priority
        for one in starts
        if one.plan.priority and _is_without_priority(incidents[one.incident_id])
    }
    if found:
        edit_alert.prioritize_all(found, incidents, at=now)


def _is_without_priority(incident: Incident) -> bool:
    return not incident.priority and incident.paging_round == 1


def _override_targets(starts: Sequence[RunStart], incidents: dict[int, Incident]) -> None:
    """The SLA targets of a policy come before those of the service, from the first round on."""
    begun = [
        one
        for one in starts
        if one.has_sla_targets and one.policy_id and incidents[one.incident_id].paging_round == 1
    ]
    if not begun:
        return
    policies = Policy.objects.filter(pk__in={one.policy_id for one in begun})
    rows = dict(policies.exclude(sla_targets=[]).values_list("pk", "sla_targets"))
    by_incident = {one.incident_id: rows[one.policy_id] for one in begun if one.policy_id in rows}
    if by_incident:
        sla.override_targets(by_incident, incidents.values())


def _let_low_urgency_wait(
    starts: Sequence[RunStart], incidents: dict[int, Incident], now: datetime
) -> None:
    """Suppress those that wait for the support hours of their service."""
    openings = {
        start.incident_id: opens
        for start in starts
        if (opens := opening_to_wait_for(incidents[start.incident_id], start.plan, now))
    }
    if openings:
        waiting = suppression.wait_for_hours(openings, now=now)
        incidents.update({incident.pk: incident for incident in waiting})


def _run(wanted: RunStart, incident: Incident, now: datetime) -> Run:
    wait = wait_before(wanted.plan, 0)
    run = Run(
        incident=incident,
        paging_round=incident.paging_round,
        policy_id=wanted.policy_id,
        play_id=wanted.play_id,
        cause=wanted.cause,
        started_at=now,
        step_started_at=now,
        next_step_at=now + wait if wanted.waits else now,
    )
    run.plan = wanted.plan
    if minutes := incident.service.acknowledgement_expires_minutes:
        run.acknowledgement_expires_minutes = minutes
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


def require_enabled(policy: Policy) -> None:
    """Raises InvalidRequest for a policy that a person chose and that is not enabled."""
    if not policy.is_enabled:
        raise InvalidRequest(f"policy: {policy} is not enabled.")


def policy_of(service: Service) -> Policy | None:
    """The default policy of a service, where it is enabled."""
    return Policy.objects.enabled().filter(services__service=service).first()


@transaction.atomic
def open_incident(
    service: Service,
    title: str,
    *,
    by: User | None = None,
    via: str = "",
    policy: Policy | None = None,
    recipients: Recipients = NOBODY_ELSE,
    **fields: Unpack[IncidentFields],
) -> Incident:
    """An incident opened by hand, and its run: neither exists without the other.

    A policy that is not enabled gives way to that of the service.

    Raises ServiceArchived, and InvalidRequest where a recipient is a Stakeholder.
    """
    recipients.refuse_stakeholders()
    if not fields.get("priority"):
        fields["priority"] = recipients.topic_priority
    fields["topics"] = recipients.topics
    incident = incident_open.open_incident(service, title, by=by, via=via, **fields)
    if policy is None or not policy.is_enabled:
        policy = policy_of(service)
    plan = recipients.added_to(plan_of_policy(policy))
    start = RunStart(incident.pk, plan, policy.pk if policy else None)
    (run,) = start_runs([start], now=timezone.now())
    return run.incident


@transaction.atomic
def open_for_people(
    service: Service, title: str, people: Sequence[User], *, by: User | None = None, via: str = ""
) -> Incident:
    """The same, but these people alone are told, in place of the policy of the service; the
    catch-all where none of them can be reached.

    Raises ServiceArchived, and InvalidRequest where one of them is a Stakeholder.
    """
    recipients = Recipients(users=people)
    recipients.refuse_stakeholders()
    incident = incident_open.open_incident(service, title, by=by, via=via)
    start = RunStart(incident.pk, recipients.added_to(Plan()))
    (run,) = start_runs([start], now=timezone.now())
    return run.incident
