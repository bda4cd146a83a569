"""Who is on call in policies: by level, from when until when, as PagerDuty's clients ask for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet

from escalation.choices import TargetKind
from escalation.models import Policy, Schedule, Step, Target
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.plans.plan import PlanTarget
from escalation.policies.directory import SAID, Directory
from escalation.policies.plan_builder import plan_target, plans_of_policies
from escalation.schedules import resolver
from escalation.schedules.timeline import Piece, Timeline
from incidents.models import User

# How far before and after the span a shift is followed; one that is longer has no end there.
AROUND = timedelta(days=64)


@dataclass(frozen=True, slots=True)
class Level:
    """A person on call on a level of a policy (None: in a schedule that no policy tells).

    ``start`` and ``end`` are None for whoever is not named by a schedule, or is for long.
    """

    user: int
    policy: Policy | None
    number: int
    schedule: Schedule | None = None
    start: datetime | None = None
    end: datetime | None = None


def levels_between(user: User, since: datetime, until: datetime) -> list[Level]:
    """Everybody on call on a level of an enabled policy that the person may see, within the span.

    A level counts whatever its conditions say: they ask for an incident. Of a round robin it is
    everybody who can be asked when the span begins, for it is nobody's turn before an incident.
    """
    steps = Step.objects.prefetch_related(Prefetch("targets", Target.objects.order_by("pk")))
    policies = Policy.objects.enabled().visible_to(user).prefetch_related(Prefetch("steps", steps))
    schedules = Schedule.objects.visible_to(user)
    directory = Directory(list(plans_of_policies(policies).values()), since, until)
    shifts = _Shifts(schedules, directory)
    found: list[Level] = []
    for policy in policies:
        for number, step in enumerate(policy.steps.all(), 1):
            base = Level(0, policy, number)
            for target in step.targets.all():
                found += _of_target(plan_target(target), base, shifts)
    for schedule in schedules:
        if schedule.pk not in shifts.told:
            found += shifts.levels(Level(0, None, 1), schedule.pk)
    active = set(User.objects.active().values_list("pk", flat=True))
    return [level for level in dict.fromkeys(found) if level.user in active]


class _Shifts:
    """The shifts of schedules that touch the span of a directory, at their whole length.

    ``told``: the schedules of which it was asked who is on call in them.
    """

    def __init__(self, schedules: QuerySet[Schedule], directory: Directory) -> None:
        self.directory, since, until = directory, directory.at, directory.until
        self.since, self.until = instant_of(since), max(instant_of(until), instant_of(since) + 1)
        self.first, self.last = since - AROUND, until + AROUND
        self.rows = {row.pk: row for row in schedules}
        self.facts = schedule_facts.load(self.rows.values(), self.first, self.last)
        self.told: set[int] = set()

    def levels(
        self,
        base: Level,
        schedule: int,
        role: str = "",
        kind: TargetKind = TargetKind.SCHEDULE,
    ) -> Iterator[Level]:
        """A level for each shift, and each person in it who has the role ('': any)."""
        if schedule not in self.rows:
            return
        if kind == TargetKind.SCHEDULE:
            self.told.add(schedule)
        first, last = instant_of(self.first), instant_of(self.last)
        for user, start, end in _runs(self._pieces(schedule, kind), role):
            if start < self.until and end > self.since:
                yield replace(
                    base,
                    user=user,
                    schedule=self.rows[schedule],
                    start=time_of(start) if start > first else None,
                    end=time_of(end) if end < last else None,
                )

    def _pieces(self, schedule: int, kind: TargetKind) -> Timeline:
        """Who is on call, from one change to the next; or who is next or was before, as long as
        the same are on call."""
        first, last = instant_of(self.first), instant_of(self.last)
        pieces = resolver.shifts(self.facts[schedule], first, last)
        if kind == TargetKind.SCHEDULE:
            return pieces
        inside = [one for one in pieces if one.start < self.until and one.end > self.since]
        instants = [time_of(max(one.start, self.since)) for one in inside]
        return [
            Piece(one.start, one.end, self.directory.moved(at).places(schedule, kind))
            for one, at in zip(inside, instants, strict=True)
        ]


def _runs(pieces: Timeline, role: str) -> list[list[int]]:
    """[user, start, end] of each turn of each person; what cuts it for others cuts it not."""
    found: list[list[int]] = []
    current: dict[tuple[object, ...], list[int]] = {}
    for piece in pieces:
        for place in piece.places:
            if role not in ("", place.role):
                continue
            run = current.get((place.user, place.causes))
            if run and run[2] == piece.start:
                run[2] = piece.end
            else:
                run = current[place.user, place.causes] = [place.user, piece.start, piece.end]
                found.append(run)
    return found


def _of_target(target: PlanTarget, base: Level, shifts: _Shifts) -> Iterable[Level]:
    """What depends on the incident, such as its recipient teams, is nobody here."""
    directory, number = shifts.directory, target.id or 0
    if target.kind == TargetKind.ROUND_ROBIN:
        return _of_round_robin(number, base, shifts)
    if target.kind in SAID:
        return shifts.levels(base, number, target.role, target.kind)
    if target.kind == TargetKind.TEAM_ROLE:
        return _of_role(target, base, shifts)
    if target.kind == TargetKind.TEAM:
        return [replace(base, user=user) for user, _ in directory.in_team(number)]
    return [replace(base, user=number)] if target.kind == TargetKind.USER else []


def _of_role(target: PlanTarget, base: Level, shifts: _Shifts) -> Iterator[Level]:
    """Of a team and those within it, each by its own schedule where it has one."""
    for team, schedule in shifts.directory.answering(target.id or 0, target.role):
        if schedule:
            yield from shifts.levels(base, schedule)
            continue
        for user, _ in shifts.directory.in_place(team, target.role):
            yield replace(base, user=user)


def _of_round_robin(number: int, base: Level, shifts: _Shifts) -> Iterator[Level]:
    ring = shifts.directory.rings.get(number)
    for code in ring.entries if ring else ():
        kind, _, entry = code.partition(":")
        if kind == "schedule":
            yield from shifts.levels(base, int(entry))
            continue
        for user in shifts.directory.entry_people(code):
            yield replace(base, user=user)
