"""Escalation preview: what a run did and will do next, and whom it tells as the teams stand."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.contrib.auth import get_user_model

from escalation.actions.steps import is_stopped
from escalation.choices import TargetKind
from escalation.directory import Directory, shared_channels
from escalation.models import Run, ServicePolicy
from escalation.plan import Cursor, Plan, UnsupportedPlan, is_past_steps
from escalation.plan_builder import plans_of_policies
from escalation.step_results import StepResult, step_results
from incidents.models import Incident, Service
from notifications.models import CatchAll, SharedChannel

User = get_user_model()


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person or shared channel, and why it is them."""

    name: str
    why: str = ""
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class StepPreview:
    """One step as the page shows it, and when it is due if that is known.

    ``state`` is done, next or later; ``outcome`` says of what was taken whom it reached
    (`step_results`); ``wait_s`` is the wait before the step, in seconds.
    """

    name: str
    state: str
    wait_s: int
    recipients: list[Recipient] = field(default_factory=list)
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


class Names:
    """The names of people and channels, read once."""

    def __init__(self, plans: list[Plan]) -> None:
        self.directory = Directory(plans)
        targets = [target for plan in plans for step in plan.steps for target in step.targets]
        people = {t.id for t in targets if t.kind == TargetKind.USER}
        people |= {user for plan in plans for user in plan.users}
        people |= {m.user_id for members in self.directory.members.values() for m in members}
        people |= {p.user for places in self.directory.on_call.values() for p in places}
        channels = {t.id for t in targets if t.kind == TargetKind.SHARED_CHANNEL}
        self.users = User.objects.pageable().in_bulk(people)
        self.channels = SharedChannel.objects.filter(is_enabled=True).in_bulk(channels)

    def recipients(self, plan: Plan, position: int, *, is_first: bool) -> list[Recipient]:
        """Whom a step tells; ``is_first`` adds the recipients of the integration."""
        people = self.directory.step_people(plan, position, is_first=is_first)
        shared = shared_channels(plan, position)
        return [
            *(
                Recipient(str(self.users[u]), why, u)
                for u, why in people.items()
                if u in self.users
            ),
            *(
                Recipient(str(self.channels[c]), "shared channel")
                for c in shared
                if c in self.channels
            ),
        ]


def run_preview(incident: Incident) -> RunPreview | None:
    """The run of the present round; None where there is none (any more) that can be read."""
    runs = incident.runs.select_related("policy", "play", "incident")
    run = runs.filter(paging_round=incident.paging_round).first() or runs.first()
    if run is None:
        return None
    try:
        names = Names([run.plan])
    except UnsupportedPlan:
        return None
    is_paging = _is_paging(run)
    steps = [_step(run, names, n, is_paging=is_paging) for n in range(len(run.plan.steps))]
    has_catch_all = incident.test_recipient_id is None
    if has_catch_all and not run.finished_at and not incident.is_resolved:
        steps.append(_catch_all_step(run, is_paging=is_paging))
    returns_at = run.next_step_at if run.state == Run.State.PAUSED else None
    return RunPreview(run, _with_outcomes(run, steps), is_paging, returns_at)


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


def _step(run: Run, names: Names, position: int, *, is_paging: bool) -> StepPreview:
    is_next = position == run.position and is_paging
    step = run.plan.steps[position]
    again = f"again, {run.retry} of {step.retries}" if is_next and run.retry else ""
    return StepPreview(
        name=f"Step {position + 1}",
        state="next" if is_next else "done" if _has_been(run.cursor, position) else "later",
        wait_s=step.wait_s,
        recipients=names.recipients(run.plan, position, is_first=position == 0 and run.repeat == 0),
        at=run.next_step_at if is_next else None,
        note=again,
    )


def _has_been(cursor: Cursor, position: int) -> bool:
    """Whether the step was taken already, in this repeat or an earlier one."""
    if cursor.repeat > 0 or position < cursor.position:
        return True
    return cursor.retry > 0 and position == cursor.position


def _catch_all_step(run: Run, *, is_paging: bool) -> StepPreview:
    """The catch-all, after everything else."""
    is_next = is_paging and is_past_steps(run.plan, run.cursor)
    state = "done" if run.state == Run.State.EXHAUSTED else "next" if is_next else "later"
    left = run.plan.repeats - run.repeat
    note = f"after {left} more time{'s' if left > 1 else ''} through all steps" if left > 0 else ""
    return StepPreview(
        name="Catch-all",
        state=state,
        wait_s=run.plan.pause_s,
        recipients=catch_all() if state != "later" else [],
        at=run.next_step_at if is_next else None,
        note="" if is_next else note,
    )


def catch_all() -> list[Recipient]:
    """Who is told when nobody else is left."""
    row = CatchAll.objects.prefetch_related("users", "channels").first()
    if row is None:
        return []
    people = User.objects.pageable().filter(pk__in=[user.pk for user in row.users.all()])
    users = [Recipient(str(user), "catch-all", user.pk) for user in people]
    return users + [Recipient(str(channel), "shared channel") for channel in row.channels.all()]


def first_recipients(
    services: list[Service],
) -> dict[int, tuple[ServicePolicy | None, list[Recipient]]]:
    """→ {service id: (its policy, who would be told first if something broke now)}."""
    found = ServicePolicy.objects.filter(service__in=services).select_related("policy")
    rows = {row.service_id: row for row in found}
    plans = plans_of_policies(row.policy for row in rows.values())
    names = Names(list(plans.values()))
    return {service.pk: _first(rows.get(service.pk), plans, names) for service in services}


def _first(
    row: ServicePolicy | None, plans: dict[int, Plan], names: Names
) -> tuple[ServicePolicy | None, list[Recipient]]:
    plan = plans[row.policy_id] if row else Plan()
    for position in range(len(plan.steps)):
        if found := names.recipients(plan, position, is_first=position == 0):
            return row, found
    return row, []
