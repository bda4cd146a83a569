"""Plans made from the rows of policies and plays."""

from collections.abc import Iterable, Sequence

from django.contrib.auth import get_user_model

from escalation.models import Play, Policy, Step, Target
from escalation.plan import Plan
from incidents.models import Membership, Team

User = get_user_model()


def plan_of_policy(
    policy: Policy | None, *, users: Sequence[int] = (), teams: Sequence[int] = ()
) -> Plan:
    """The steps of a policy; ``users`` and ``teams`` are told in addition at the first step."""
    rows = policy.steps.prefetch_related("targets") if policy else []
    return _plan(policy, rows, users, teams)


def plans_of_policies(policies: Iterable[Policy]) -> dict[int, Plan]:
    """The plans of several policies, by their ids, at the cost of one."""
    by_id = {policy.pk: policy for policy in policies}
    rows: dict[int, list[Step]] = {pk: [] for pk in by_id}
    for step in Step.objects.filter(policy__in=by_id).prefetch_related("targets"):
        rows[step.policy_id].append(step)
    return {pk: _plan(policy, rows[pk], [], []) for pk, policy in by_id.items()}


def _plan(
    policy: Policy | None, rows: Iterable[Step], users: Sequence[int], teams: Sequence[int]
) -> Plan:
    steps = [_step(step) for step in rows]
    return {
        "name": policy.name if policy else "",
        "repeats": policy.repeats if policy else 0,
        "pause": policy.pause_seconds if policy else 0,
        "stops_when": policy.stops_when if policy else "acknowledge",
        "expires": policy.acknowledgement_expires_minutes if policy else None,
        "steps": steps or ([_step_of_recipients()] if users or teams else []),
        "users": list(users),
        "teams": list(teams),
    }


def plan_of_play(play: Play, *, users: Sequence[int] = (), teams: Sequence[int] = ()) -> Plan:
    """The tiers of a play, as steps."""
    tiers = play.tiers.prefetch_related("users", "teams")
    steps = [
        {
            "wait": tier.wait_seconds,
            "retries": 0,
            "retry_wait": 0,
            "central": [],
            "targets": [
                *({"kind": "user", "id": user.pk} for user in tier.users.all()),
                *({"kind": "team", "id": team.pk} for team in tier.teams.all()),
            ],
        }
        for tier in tiers
    ]
    plan = plan_of_policy(None, users=users, teams=teams)
    return {**plan, "name": play.name, "pause": 300, "steps": steps or plan["steps"]}


def with_recipients(plan: Plan, users: Sequence[int], teams: Sequence[int]) -> Plan:
    """The plan with further people and teams who are told at its first step."""
    users = list(dict.fromkeys([*plan["users"], *users]))
    teams = list(dict.fromkeys([*plan["teams"], *teams]))
    steps = plan["steps"] or ([_step_of_recipients()] if users or teams else [])
    return {**plan, "users": users, "teams": teams, "steps": steps}


def _step_of_recipients() -> dict:
    """Recipients without a policy: one step that tells them, which `extra` fills."""
    return {"wait": 0, "retries": 0, "retry_wait": 0, "central": [], "targets": []}


def _step(step: Step) -> dict:
    return {
        "wait": step.wait_seconds,
        "retries": step.retries,
        "retry_wait": step.retry_seconds,
        "central": step.step_channels,
        "targets": [_target(target) for target in step.targets.all()],
    }


def _target(target: Target) -> dict:
    pointed = {
        "user": target.user_id,
        "team": target.team_id,
        "team_role": target.team_id,
        "recipient_teams": None,
        "shared_channel": target.shared_channel_id,
    }
    return {"kind": target.kind, "id": pointed[target.kind], "role": target.role}


class Directory:
    """Who is meant by targets, looked up once for a batch of steps."""

    def __init__(self, plans: list[Plan]) -> None:
        team_ids = {team for plan in plans for team in plan["teams"]}
        for plan in plans:
            for step in plan["steps"]:
                kinds = ("team", "team_role")
                team_ids |= {t["id"] for t in step["targets"] if t["kind"] in kinds}
        self.members: dict[int, list[Membership]] = {team: [] for team in team_ids}
        self.names: dict[int, str] = {}
        if team_ids:
            self.names = dict(Team.objects.filter(pk__in=team_ids).values_list("pk", "name"))
            rows = Membership.objects.filter(team_id__in=team_ids, user__is_active=True)
            for row in rows.order_by("position", "pk"):
                self.members[row.team_id].append(row)

    def people(self, target: dict, plan: Plan) -> list[tuple[int, str]]:
        """The people a target means now, each with why it is them."""
        kind, role = target["kind"], target.get("role", "")
        if kind == "user":
            return [(target["id"], "named in the step")]
        if kind == "team":
            return [(m.user_id, f"in {self._name(target['id'])}") for m in self._of(target["id"])]
        if kind == "team_role":
            return self._in_role(target["id"], role)
        if kind == "recipient_teams":
            return [pair for team in plan["teams"] for pair in self._in_role(team, role)]
        return []

    def recipients(self, plan: Plan) -> list[tuple[int, str]]:
        """The recipients of the integration, told in addition to the policy."""
        named = [(user, "recipient of the integration") for user in plan["users"]]
        members = [
            (m.user_id, f"in {self._name(team)}, a recipient group of the integration")
            for team in plan["teams"]
            for m in self._of(team)
            if m.is_primary
        ]
        return named + members

    def _in_role(self, team: int, role: str) -> list[tuple[int, str]]:
        members = [m for m in self._of(team) if getattr(m, f"is_{role}")]
        return [(m.user_id, f"{role} of {self._name(team)}") for m in members]

    def _of(self, team: int) -> list[Membership]:
        return self.members.get(team, [])

    def _name(self, team: int) -> str:
        return self.names.get(team, "a team that is gone")
