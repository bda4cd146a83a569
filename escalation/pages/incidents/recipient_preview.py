"""Whom an incident that is being opened tells, and by which channels they can be reached."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from escalation.actions.start import policy_of
from escalation.pages.incidents.incident_forms import OpenForm
from escalation.plans.plan import Plan
from escalation.policies.ladder import LadderBuilder
from escalation.policies.low_urgency import usual_urgency
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case, Ladder, Rung
from incidents.choices import Severity
from notifications.channels import all_channels


@dataclass(frozen=True, slots=True)
class Offered:
    """A person or shared channel of a step; ``channels`` are (value to send, label, is ticked)."""

    name: str
    why: str
    channels: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class StepRecipients:
    """One step, after ``wait_s`` seconds, and whom it tells; ``note`` says why nobody."""

    name: str
    wait_s: int
    told: tuple[Offered, ...]
    note: str = ""


def plan_and_case(form: OpenForm, now: datetime) -> tuple[Plan, Case]:
    """By what the incident of a form would page if it were opened now, and what it is like; of a
    form that is not filled in yet, as far as it is."""
    found, recipients = form.cleaned_data, form.recipients
    service, policy = found.get("service"), found.get("policy")
    if service and policy is None:
        policy = policy_of(service)
    severity = found.get("severity") or Severity.CRITICAL
    priority = found.get("priority") or recipients.topic_priority
    case = Case(now, usual_urgency(severity), severity, priority)
    return recipients.added_to(plan_of_policy(policy)), case.of(service) if service else case


def preview_of(
    plan: Plan, case: Case, skipped: Collection[tuple[int, str]] = ()
) -> tuple[Ladder, list[StepRecipients]]:
    """The ladder of a plan, and its steps with their recipients, each person once with all that
    can be skipped.

    Of addresses the kind alone is said: they are nobody else's to read.
    """
    builder = LadderBuilder([plan], case.at, case.at)
    offered: set[int | None] = {None}

    def channels(user_id: int | None) -> tuple[tuple[str, str, bool], ...]:
        if user_id in offered:
            return ()
        offered.add(user_id)
        methods = builder.reach.book.methods.get(user_id or 0, ())
        return tuple(
            (f"{user_id}:{key}", all_channels()[key].label, (user_id, key) not in skipped)
            for key in dict.fromkeys(method.channel for method in methods)
        )

    ladder = builder.ladder(plan, case)
    return ladder, [
        StepRecipients(
            rung.name,
            plan.steps[rung.position].wait_s,
            tuple(Offered(one.name, one.why, channels(one.user_id)) for one in rung.told),
            rung.note,
        )
        for rung in _first_times(ladder.rungs)
    ]


def _first_times(rungs: Iterable[Rung]) -> Iterable[Rung]:
    """Each step as it is taken, or skipped, the first time; the catch-all is none."""
    seen = {-1}  # of what is no step
    for rung in rungs:
        if rung.state not in ("waits", "end") and rung.position not in seen:
            seen.add(rung.position)
            yield rung
