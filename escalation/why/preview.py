"""Escalation preview: what a run did and will do next, and whom it tells, by what and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import prefetch_related_objects
from django.utils import timezone

from escalation.actions.expiry import expires_at
from escalation.actions.steps import is_stopped
from escalation.actions.turns import entries_of
from escalation.models import Run, ServicePolicy
from escalation.plans.plan import Cursor, Plan, UnsupportedPlan, is_past_steps
from escalation.plans.progress import Progress
from escalation.policies.ladder import LadderBuilder
from escalation.policies.plan_builder import plans_of_policies
from escalation.policies.rungs import Case, Rung, Told
from escalation.policies.step_results import StepResult, step_results
from incidents.models import Incident, Service


@dataclass(frozen=True, slots=True)
class StepPreview:
    """One step as the page shows it, and when it is due if that is known.

    ``state`` is done, next or later; ``outcome`` says of what was taken whom it reached
    (`step_results`); ``wait_s`` is the wait before the step, in seconds.
    """

    name: str
    state: str
    wait_s: int
    recipients: Sequence[Told] = field(default_factory=list)
    at: datetime | None = None
    note: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class RunPreview:
    """A run, where it stands, and its steps, the catch-all last."""

    run: Run
    steps: list[StepPreview]
    is_paging: bool
    returns_at: datetime | None = None  # when an acknowledgement expires


def run_preview(incident: Incident) -> RunPreview | None:
    """The run of the present round; None where there is none (any more) that can be read."""
    runs = incident.runs.select_related("policy", "play", "incident__service")
    run = runs.filter(paging_round=incident.paging_round).first() or runs.first()
    if run is None:
        return None
    try:
        view = _View(run)
    except UnsupportedPlan:
        return None
    steps = [view.step(position) for position in range(len(run.plan.steps))]
    if view.has_catch_all and not run.finished_at and not incident.is_resolved:
        steps.append(view.catch_all())
    is_taken = run.state == Run.State.PAUSED and incident.status == Incident.Status.ACKNOWLEDGED
    returns_at = expires_at(run) if is_taken else None
    return RunPreview(run, _with_outcomes(run, steps), view.is_paging, returns_at)


class _View:
    """A run with the ladder of what it will do, if it goes on."""

    def __init__(self, run: Run) -> None:
        self.run, self.now = run, timezone.now()
        self.is_paging = _is_paging(run)
        self.has_catch_all = run.incident.test_recipient_id is None
        self.case = case_of(run.incident)
        self.builder = LadderBuilder([run.plan], self.now, self.now)
        self.coming: dict[int, Rung] = {}
        for rung in self._ladder() if self.is_paging else ():
            self.coming.setdefault(rung.position, rung)

    def _ladder(self) -> Sequence[Rung]:
        run = self.run
        due_at, has_told = run.next_step_at or self.now, bool(run.last_page_key)
        progress = Progress(run.cursor, due_at, run.step_started_at, has_told=has_told)
        turns = {key: (one["entry"], one["repeat"]) for key, one in run.turns.items()}
        found = self.builder.ladder(
            run.plan, self.case, progress=progress, turns=turns, has_catch_all=self.has_catch_all
        )
        return found.rungs

    def step(self, position: int) -> StepPreview:
        """One step of the plan; what is to come is shown as it will be then."""
        run, rung = self.run, self.coming.get(position)
        step = run.plan.steps[position]
        is_next = position == run.position and self.is_paging
        again = f"again, {run.retry} of {step.retries}" if is_next and run.retry else ""
        is_done = _has_been(run.cursor, position) and not is_next
        is_coming = rung is not None and not is_done
        return StepPreview(
            name=f"Step {position + 1}",
            state="next" if is_next else "done" if is_done else "later",
            wait_s=step.wait_s,
            recipients=rung.told if rung and is_coming else self._recipients(position),
            at=rung.at if rung and is_coming else None,
            note=again or (rung.note if rung and is_coming else ""),
        )

    def _recipients(self, position: int) -> list[Told]:
        run = self.run
        is_first = position == 0 and run.repeat == 0
        return self.builder.step_told(
            run.plan,
            position,
            self.case,
            self.builder.directory,
            is_first=is_first,
            turns=entries_of(run),
        )

    def catch_all(self) -> StepPreview:
        """The catch-all, after everything else."""
        run, end = self.run, len(self.run.plan.steps)
        rung = self.coming.get(end)
        is_next = self.is_paging and is_past_steps(run.plan, run.cursor)
        is_done = run.state == Run.State.EXHAUSTED
        left = run.plan.repeats - run.repeat
        times = f"{left} more time{'s' if left > 1 else ''}"
        shown = rung or self.builder.catch_all(run.plan, self.case, self.now)
        return StepPreview(
            name="Catch-all",
            state="done" if is_done else "next" if is_next else "later",
            wait_s=run.plan.pause_s,
            recipients=shown.told,
            at=rung.at if rung else None,
            note=f"after {times} through all steps" if left > 0 and not is_next else "",
        )


def case_of(incident: Incident) -> Case:
    """The incident as its ladder takes it."""
    return Case(
        at=incident.opened_at,
        urgency=incident.urgency,
        severity=incident.severity,
        priority=incident.priority,
        alerts=incident.alerts.count(),
        service=incident.service,
    )


def _with_outcomes(run: Run, steps: list[StepPreview]) -> list[StepPreview]:
    """What was taken, with what became of its messages."""
    results = step_results(run)
    return [
        replace(step, outcome=results.get(n, StepResult()).outcome)
        if step.state == "done" or n in results
        else step
        for n, step in enumerate(steps)
    ]


def _is_paging(run: Run) -> bool:
    """Whether a step will be taken: the incident decides, the run may be a moment behind."""
    incident = run.incident
    if incident.is_resolved or incident.status == Incident.Status.ON_HOLD or is_stopped(run):
        return False
    return run.state == Run.State.ESCALATING and run.next_step_at is not None


def _has_been(cursor: Cursor, position: int) -> bool:
    """Whether the step was taken already, in this repeat or an earlier one."""
    if cursor.repeat > 0 or position < cursor.position:
        return True
    return cursor.retry > 0 and position == cursor.position


def first_recipients(
    services: list[Service],
) -> dict[int, tuple[ServicePolicy | None, list[Told]]]:
    """→ {service id: (its policy, who would be told first if something broke now)}."""
    prefetch_related_objects(services, "notification_settings")
    found = ServicePolicy.objects.filter(service__in=services).select_related("policy")
    rows = {row.service_id: row for row in found}
    plans = plans_of_policies(row.policy for row in rows.values())
    now = timezone.now()
    builder = LadderBuilder(list(plans.values()), now, now)
    told: dict[int, tuple[ServicePolicy | None, list[Told]]] = {}
    for service in services:
        row = rows.get(service.pk)
        plan = plans[row.policy_id] if row and row.policy.is_enabled else Plan()
        told[service.pk] = row, list(builder.first_told(plan, Case(now).of(service)))
    return told
