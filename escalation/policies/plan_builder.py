"""Plans made from the rows of policies and plays."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from escalation.choices import StopsWhen, TargetKind
from escalation.models import Play, Policy, Step, Target, Tier
from escalation.plans.conditions import Condition
from escalation.plans.plan import Plan, PlanChannel, PlanStep, PlanTarget

PLAY_PAUSE_S = 300  # After the last tier, before the catch-all is told.
# Nothing is asked of the database for what no target names.
TARGETS = ("targets", "targets__round_robin__entries")


def plan_of_policy(
    policy: Policy | None, *, users: Sequence[int] = (), teams: Sequence[int] = ()
) -> Plan:
    """The steps of a policy; ``users`` and ``teams`` are told in addition at the first step."""
    rows = policy.steps.prefetch_related(*TARGETS) if policy else []
    return with_recipients(_policy_plan(policy, rows), users, teams)


def plans_of_policies(policies: Iterable[Policy]) -> dict[int, Plan]:
    """The plans of several policies, by their ids, at the cost of one."""
    by_id = {policy.pk: policy for policy in policies}
    rows: dict[int, list[Step]] = {pk: [] for pk in by_id}
    for step in Step.objects.filter(policy__in=by_id).prefetch_related(*TARGETS):
        rows[step.policy_id].append(step)
    return {pk: _policy_plan(policy, rows[pk]) for pk, policy in by_id.items()}


def plan_of_play(play: Play, *, users: Sequence[int] = (), teams: Sequence[int] = ()) -> Plan:
    """The tiers of a play, as steps."""
    tiers = play.tiers.prefetch_related("users", "teams")
    plan = Plan(name=play.name, pause_s=PLAY_PAUSE_S, steps=tuple(map(_tier_step, tiers)))
    return with_recipients(plan, users, teams)


def with_recipients(plan: Plan, users: Sequence[int], teams: Sequence[int]) -> Plan:
    """The plan with further people and teams who are told at its first step.

    A plan without steps gets an empty one where it has recipients: it is the one that tells them.
    """
    users = tuple(dict.fromkeys([*plan.users, *users]))
    teams = tuple(dict.fromkeys([*plan.teams, *teams]))
    steps = plan.steps or ((PlanStep(),) if users or teams else ())
    return replace(plan, users=users, teams=teams, steps=steps)


def _policy_plan(policy: Policy | None, rows: Iterable[Step]) -> Plan:
    if policy is None:
        return Plan()
    return Plan(
        name=policy.name,
        priority=policy.priority,
        steps=tuple(one for step in rows for one in _asked_in_turn(step, _policy_step(step))),
        repeats=policy.repeats,
        pause_s=policy.pause_seconds,
        stops_when=StopsWhen(policy.stops_when),
        acknowledgement_expires_minutes=policy.acknowledgement_expires_minutes,
        low_urgency_expires=policy.low_urgency_expires,
        activity_postpones_expiry=policy.activity_postpones_expiry,
        low_waits_for_hours=policy.low_waits_for_hours,
    )


def _policy_step(step: Step) -> PlanStep:
    return PlanStep(
        wait_s=step.wait_seconds,
        retries=step.retries,
        retry_wait_s=step.retry_seconds,
        channels=tuple(
            PlanChannel(row["channel"], int(row.get("after_minutes", 0)))
            for row in step.step_channels
        ),
        targets=tuple(plan_target(target) for target in step.targets.all()),
        member_wait_s=step.member_wait_seconds,
        when=tuple(Condition(**row) for row in step.when),
        waits_for_hours=step.waits_for_hours,
        acknowledgements=step.required_acknowledgements,
    )


def _asked_in_turn(row: Step, step: PlanStep) -> list[PlanStep]:
    """The step; followed by one for each further entry of a round robin that asks the next one
    after some minutes, from the one whose turn it is on."""
    rings = [target.round_robin for target in row.targets.all() if target.round_robin]
    further = []
    for ring in rings:
        for place in range(1, len(ring.entries.all()) if ring.ask_next_after_minutes else 1):
            target = PlanTarget(TargetKind.ROUND_ROBIN, ring.pk, places_on=place)
            wait_s = (ring.ask_next_after_minutes or 0) * 60
            further.append(replace(step, wait_s=wait_s, targets=(target,)))
    return [step, *further]


def _tier_step(tier: Tier) -> PlanStep:
    return PlanStep(
        wait_s=tier.wait_seconds,
        targets=(
            *(PlanTarget(TargetKind.USER, user.pk) for user in tier.users.all()),
            *(PlanTarget(TargetKind.TEAM, team.pk) for team in tier.teams.all()),
        ),
    )


def plan_target(target: Target) -> PlanTarget:
    """The target as a value."""
    ids = {
        TargetKind.USER: target.user_id,
        TargetKind.TEAM: target.team_id,
        TargetKind.TEAM_ROLE: target.team_id,
        TargetKind.RECIPIENT_TEAMS: None,
        TargetKind.SCHEDULE: target.schedule_id,
        TargetKind.SCHEDULE_NEXT: target.schedule_id,
        TargetKind.SCHEDULE_PREVIOUS: target.schedule_id,
        TargetKind.ROUND_ROBIN: target.round_robin_id,
        TargetKind.SHARED_CHANNEL: target.shared_channel_id,
    }
    kind = TargetKind(target.kind)
    return PlanTarget(kind, ids[kind], target.role)
