"""Whom the targets of plans mean, as teams, schedules and round robins stand at an instant."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.utils import timezone

from escalation.choices import TargetKind
from escalation.models import Schedule
from escalation.on_call import schedule_facts
from escalation.plans.plan import Plan, PlanTarget
from escalation.plans.round_robin import Ring, after, pick
from escalation.policies.round_robin_rows import read_rings, turn_key
from escalation.schedules.facts import Facts
from escalation.schedules.resolver import following, preceding, stand_in, who
from escalation.schedules.timeline import Places
from incidents.models import Membership, Team, TeamRole, User

TEAM_KINDS = (TargetKind.TEAM, TargetKind.TEAM_ROLE)
BESIDE = {TargetKind.SCHEDULE_NEXT: following, TargetKind.SCHEDULE_PREVIOUS: preceding}
SAID = {
    TargetKind.SCHEDULE: "on call",
    TargetKind.SCHEDULE_NEXT: "next on call",
    TargetKind.SCHEDULE_PREVIOUS: "on call before",
}
AROUND = timedelta(days=400)  # in which the shifts before and after are looked for
INNER = ArrayAgg("subteams", filter=~Q(subteams=None), default=Value([]), order_by="subteams")
Pair = tuple[int, str]
Turns = Mapping[str, str]  # round robin and step (`turn_key`) → the entry whose turn it is


class Called(NamedTuple):
    """Why a step means a person, and how many seconds after it they are told."""

    why: str
    after_s: int = 0


class Directory:
    """The members of all teams that the plans name, and who is on call in their schedules, at
    ``at`` (None: now); looked up once for a batch of steps. ``until``: `moved` may go so far."""

    def __init__(
        self, plans: Sequence[Plan], at: datetime | None = None, until: datetime | None = None
    ) -> None:
        self.at, self.plans = at or timezone.now(), plans
        self.until = max(until or self.at, self.at)
        targets = [target for plan in plans for step in plan.steps for target in step.targets]
        self.rings = read_rings({t.id for t in targets if t.kind == TargetKind.ROUND_ROBIN})
        team_ids = {team for plan in plans for team in plan.teams}
        team_ids |= {target.id for target in targets if target.id and target.kind in TEAM_KINDS}
        self._load_teams(team_ids)
        self._load_schedules(targets)
        self._load_entries()

    def moved(self, at: datetime) -> "Directory":
        """The same people and schedules at another instant, between ``at`` and ``until``."""
        other = copy(self)
        other.at = at
        return other

    def as_known(self, at: datetime) -> "Directory":
        """The same at an instant that is past, without what was entered of schedules after it."""
        other = self.moved(at)
        known_at = schedule_facts.instant_of(at)
        other.facts = {pk: facts.known_at(known_at) for pk, facts in self.facts.items()}
        other.people_facts = self.people_facts.known_at(known_at)
        return other

    def _load_teams(self, team_ids: set[int]) -> None:
        """These teams and those within them, one query for each level."""
        self.names: dict[int, str] = {}
        self.subteams: dict[int, list[int]] = {}
        self.members: dict[int, list[Membership]] = {}
        wanted = team_ids
        while wanted:
            rows = Team.objects.filter(pk__in=wanted).annotate(inner=INNER)
            for pk, name, subteams in rows.order_by().values_list("pk", "name", "inner"):
                self.names[pk], self.subteams[pk], self.members[pk] = name, subteams, []
            wanted = {pk for inside in self.subteams.values() for pk in inside} - set(self.names)
        if self.names:
            places = Membership.objects.filter(team_id__in=self.names, user__is_active=True)
            for place in places.order_by("position", "pk"):
                self.members[place.team_id].append(place)

    def _load_schedules(self, targets: Sequence[PlanTarget]) -> None:
        """Those named, and those that answer for a role of the teams: none costs one query."""
        self.schedules: dict[int, str] = {}
        self.of_role: dict[tuple[int, str], int] = {}
        self.facts: dict[int, Facts] = {}
        named = {target.id for target in targets if target.id and target.kind in SAID}
        named |= {number for kind, number in self._entries() if kind == "schedule"}
        wanted = Q(pk__in=named) | (Q(team__in=self.names) & ~Q(role=""))
        rows = list(Schedule.objects.filter(wanted)) if self.names or named else []
        if not rows:
            return
        looks_around = any(target.kind in BESIDE for target in targets)
        around = AROUND if looks_around else timedelta()
        end = self.until + timedelta(seconds=1)
        self.facts = schedule_facts.load(rows, self.at - around, end + around)
        for row in rows:
            self.schedules[row.pk] = row.name
            if row.role and row.team_id:
                self.of_role[row.team_id, row.role] = row.pk

    def _load_entries(self) -> None:
        """The people of the round robins, and when they are away: none costs no query."""
        self.people_facts, self.people_names = Facts(), {}
        if not self.rings:
            return
        self.people_facts = schedule_facts.load_people(self.at, self.until + timedelta(seconds=1))
        people = {number for kind, number in self._entries() if kind == "user"}
        rows = User.objects.pageable().filter(pk__in=people)
        self.people_names = {row.pk: str(row) for row in rows}

    def _entries(self) -> Iterator[tuple[str, int]]:
        for ring in self.rings.values():
            for code in ring.entries:
                kind, _, number = code.partition(":")
                yield kind, int(number)

    def everybody(self) -> set[int]:
        """Whoever may be meant by a team, a schedule or a round robin, at any time."""
        found = {member.user_id for members in self.members.values() for member in members}
        return found.union(
            self.people_names, self.people_facts.named, *(f.named for f in self.facts.values())
        )

    def people(self, target: PlanTarget, plan: Plan) -> list[Pair]:
        """→ (user id, why it is them) for each person whom a target means at the instant, in
        order. Whom a round robin means depends on the turn: `step_people`."""
        number = target.id or 0
        if target.kind == TargetKind.USER:
            return [(number, "named in the step")]
        if target.kind == TargetKind.TEAM:
            return self.in_team(number)
        if target.kind == TargetKind.TEAM_ROLE:
            return self._in_role(number, target.role)
        if target.kind in SAID:
            return self._on_call(number, target.role, target.kind)
        if target.kind == TargetKind.RECIPIENT_TEAMS:
            return [pair for team in plan.teams for pair in self._in_role(team, target.role)]
        return []

    def recipients(self, plan: Plan) -> list[Pair]:
        """→ (user id, why) for the recipients of the integration, who are told in addition."""
        named = [(user, "recipient of the integration") for user in plan.users]
        members = [
            (user, f"in {self._name(team)}, a recipient group of the integration")
            for team in plan.teams
            for user, _ in self._in_role(team, TeamRole.PRIMARY)
        ]
        return named + members

    def step_people(
        self, plan: Plan, position: int, *, is_first: bool, turns: Turns | None = None
    ) -> dict[int, Called]:
        """→ {user id: why and after how long} of one step; the first step of a run adds the
        recipients. ``turns``: whom the round robins of the run chose; else who would be next."""
        step = plan.steps[position]
        found: dict[int, Called] = {}
        for target in step.targets:
            if target.kind == TargetKind.ROUND_ROBIN:
                pairs = self._in_turn(target, turn_key(plan, position, target), turns or {})
            else:
                pairs = self.people(target, plan)
            for place, (user, why) in enumerate(dict(pairs).items()):
                after_s = place * step.member_wait_s
                said = f"{why}, {after_s // 60} min later" if after_s else why
                found.setdefault(user, Called(said, after_s))
        for user, why in self.recipients(plan) if is_first else []:
            found[user] = Called(found[user].why) if user in found else Called(why)
        return found

    def take_turn(self, ring_id: int) -> str | None:
        """→ whose turn it is in a round robin, which is remembered here; None for nobody's."""
        code, self.rings[ring_id] = pick(self.rings[ring_id], self.can_be_asked)
        return code

    def _in_turn(self, target: PlanTarget, key: str, turns: Turns) -> list[Pair]:
        ring = self.rings.get(target.id or 0)
        if ring is None:
            return []
        rest, code = ring, turns.get(key)
        if code is None:
            code, rest = pick(ring, self.can_be_asked)
        code = after(ring, code, target.places_on) if code and target.places_on else code
        if code is None or not self.can_be_asked(code):
            return []
        why = self._whose_turn(rest, code, is_first=not target.places_on)
        return [(user, why) for user in self.entry_people(code)]

    def _whose_turn(self, ring: Ring, code: str, *, is_first: bool) -> str:
        """Such as ``round robin Support: Bo (2 of 3), next Cy``."""
        place = f" ({ring.entries.index(code) + 1} of {len(ring.entries)})"
        coming, _ = pick(ring, self.can_be_asked)
        is_last = not is_first or coming in (None, code)
        then = "" if is_last else f", next {self._entry_name(coming or '')}"
        where = place if code in ring.entries else ""
        return f"round robin {ring.name}: {self._entry_name(code)}{where}{then}"

    def can_be_asked(self, code: str) -> bool:
        """Whether an entry of a round robin means anybody at the instant."""
        return bool(self.entry_people(code))

    def entry_people(self, code: str) -> list[int]:
        """The ids of those whom an entry of a round robin means at the instant."""
        kind, _, number = code.partition(":")
        if kind == "schedule":
            return [user for user, _ in self._on_call(int(number), "")]
        if int(number) not in self.people_names:
            return []
        user = stand_in(self.people_facts, int(number), self._instant)
        return [user] if user else []

    def _entry_name(self, code: str) -> str:
        kind, _, number = code.partition(":")
        names = self.schedules if kind == "schedule" else self.people_names
        return names.get(int(number), "somebody who is gone")

    @property
    def _instant(self) -> int:
        return schedule_facts.instant_of(self.at)

    def places(self, schedule: int, kind: TargetKind = TargetKind.SCHEDULE) -> Places:
        """Who is on call in a schedule, next or before, at the instant."""
        facts = self.facts.get(schedule)
        if facts is None:
            return ()
        return BESIDE.get(kind, who)(facts, self._instant)

    def _on_call(
        self, schedule: int, role: str, kind: TargetKind = TargetKind.SCHEDULE
    ) -> list[Pair]:
        name = self.schedules.get(schedule, "a schedule that is gone")
        said = f"{role} {SAID[kind]} in {name}" if role else f"{SAID[kind]} in {name}"
        places = self.places(schedule, kind)
        return [(place.user, said) for place in places if role in ("", place.role)]

    def answering(self, team: int, role: str) -> list[tuple[int, int | None]]:
        """→ (team, the schedule that answers for its role; None: its members do) of a team and of
        those within it."""
        return [
            (inner, self.of_role.get((inner, role))) for inner in self.with_subteams(team, role)
        ]

    def in_place(self, team: int, role: str) -> list[Pair]:
        """The members of one team who have a role."""
        members = [m for m in self.members.get(team, []) if getattr(m, f"is_{role}")]
        return [(m.user_id, f"{role} of {self._name(team)}") for m in members]

    def _in_role(self, team: int, role: str) -> list[Pair]:
        """Of a team within the team too, each by its own schedule where it has one."""
        found: list[Pair] = []
        for inner, schedule in self.answering(team, role):
            found += self._on_call(schedule, "") if schedule else self.in_place(inner, role)
        return found

    def in_team(self, team: int) -> list[Pair]:
        """Everybody of a team and of those within it."""
        return [
            (member.user_id, f"in {self._name(inner)}")
            for inner in self.with_subteams(team)
            for member in self.members.get(inner, [])
        ]

    def with_subteams(self, team: int, role: str = "") -> list[int]:
        """The team and all within it, each once; with a role, none within one whose schedule
        answers for it."""
        found, open_ = [], [team]
        while open_:
            one = open_.pop(0)
            if one in found:
                continue
            found.append(one)
            if (one, role) not in self.of_role:
                open_ += self.subteams.get(one, [])
        return found

    def _name(self, team: int) -> str:
        return self.names.get(team, "a team that is gone")


def shared_channels(plan: Plan, position: int) -> list[int]:
    """The ids of the shared channels that a step tells, each once."""
    targets = plan.steps[position].targets
    found = [t.id for t in targets if t.kind == TargetKind.SHARED_CHANNEL and t.id]
    return list(dict.fromkeys(found))
