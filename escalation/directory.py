"""Whom the targets of plans mean, as the teams stand now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from escalation import schedule_facts
from escalation.choices import TargetKind
from escalation.models import Schedule
from escalation.plan import Plan, PlanTarget
from escalation.schedules.resolver import who
from escalation.schedules.timeline import Places
from incidents.models import Membership, Team, TeamRole

TEAM_KINDS = (TargetKind.TEAM, TargetKind.TEAM_ROLE)


class Directory:
    """The members of all teams that the plans name, and who is on call in their schedules at
    ``at`` (None: now), looked up once for a batch of steps."""

    def __init__(self, plans: Sequence[Plan], at: datetime | None = None) -> None:
        targets = [target for plan in plans for step in plan.steps for target in step.targets]
        team_ids = {team for plan in plans for team in plan.teams}
        team_ids |= {target.id for target in targets if target.id and target.kind in TEAM_KINDS}
        self.members: dict[int, list[Membership]] = {team: [] for team in team_ids}
        self.names: dict[int, str] = {}
        if team_ids:
            self.names = dict(Team.objects.filter(pk__in=team_ids).values_list("pk", "name"))
            rows = Membership.objects.filter(team_id__in=team_ids, user__is_active=True)
            for row in rows.order_by("position", "pk"):
                self.members[row.team_id].append(row)
        named = {target.id for target in targets if target.kind == TargetKind.SCHEDULE}
        self._load_schedules(team_ids, {number for number in named if number}, at)

    def _load_schedules(
        self, team_ids: set[int], schedule_ids: set[int], at: datetime | None
    ) -> None:
        """Those named, and those that answer for a role of the teams: none costs one query."""
        self.schedules: dict[int, str] = {}
        self.of_role: dict[tuple[int, str], int] = {}
        self.on_call: dict[int, Places] = {}
        wanted = Q(pk__in=schedule_ids) | (Q(team__in=team_ids) & ~Q(role=""))
        rows = list(Schedule.objects.filter(wanted)) if team_ids or schedule_ids else []
        if not rows:
            return
        now = at or timezone.now()
        facts = schedule_facts.load(rows, now, now + timedelta(seconds=1))
        for row in rows:
            self.schedules[row.pk] = row.name
            self.on_call[row.pk] = who(facts[row.pk], schedule_facts.instant_of(now))
            if row.role and row.team_id:
                self.of_role[row.team_id, row.role] = row.pk

    def people(self, target: PlanTarget, plan: Plan) -> list[tuple[int, str]]:
        """→ (user id, why it is them) for each person whom a target means now."""
        number = target.id or 0
        if target.kind == TargetKind.USER:
            return [(number, "named in the step")]
        if target.kind == TargetKind.TEAM:
            return [(m.user_id, f"in {self._name(number)}") for m in self._of(number)]
        if target.kind == TargetKind.TEAM_ROLE:
            return self._in_role(number, target.role)
        if target.kind == TargetKind.SCHEDULE:
            return self._on_call(number, target.role)
        if target.kind == TargetKind.RECIPIENT_TEAMS:
            return [pair for team in plan.teams for pair in self._in_role(team, target.role)]
        return []

    def recipients(self, plan: Plan) -> list[tuple[int, str]]:
        """→ (user id, why) for the recipients of the integration, who are told in addition."""
        named = [(user, "recipient of the integration") for user in plan.users]
        members = [
            (user, f"in {self._name(team)}, a recipient group of the integration")
            for team in plan.teams
            for user, _ in self._in_role(team, TeamRole.PRIMARY)
        ]
        return named + members

    def _on_call(self, schedule: int, role: str) -> list[tuple[int, str]]:
        name = self.schedules.get(schedule, "a schedule that is gone")
        places = self.on_call.get(schedule, ())
        said = f"{role} on call in {name}" if role else f"on call in {name}"
        return [(place.user, said) for place in places if role in ("", place.role)]

    def step_people(self, plan: Plan, position: int, *, is_first: bool) -> dict[int, str]:
        """→ {user id: why} of one step; the first step of a run adds the recipients."""
        pairs = [
            pair for target in plan.steps[position].targets for pair in self.people(target, plan)
        ]
        found: dict[int, str] = {}
        for user, why in [*pairs, *(self.recipients(plan) if is_first else [])]:
            found.setdefault(user, why)
        return found

    def _in_role(self, team: int, role: str) -> list[tuple[int, str]]:
        if schedule := self.of_role.get((team, role)):
            return self._on_call(schedule, "")
        members = [m for m in self._of(team) if getattr(m, f"is_{role}")]
        return [(m.user_id, f"{role} of {self._name(team)}") for m in members]

    def _of(self, team: int) -> list[Membership]:
        return self.members.get(team, [])

    def _name(self, team: int) -> str:
        return self.names.get(team, "a team that is gone")


def shared_channels(plan: Plan, position: int) -> list[int]:
    """The ids of the shared channels that a step tells, each once."""
    targets = plan.steps[position].targets
    found = [t.id for t in targets if t.kind == TargetKind.SHARED_CHANNEL and t.id]
    return list(dict.fromkeys(found))
