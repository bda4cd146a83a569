"""Whom the targets of plans mean over a span of time, by the rules by which a run asks."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, pairwise
from typing import cast

from escalation.choices import TargetKind
from escalation.coverage.findings import Moment, StepMoment
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.plans.conditions import OF_SERVICE, Condition, Situation, judge
from escalation.plans.plan import Plan, PlanStep
from escalation.policies.directory import SAID, Directory, shared_channels
from escalation.policies.team_contacts import addresses_of_step, team_addresses
from escalation.schedules import resolver
from escalation.schedules.timeline import Places, Timeline
from incidents.choices import Severity
from opsportal.lib.hours_text import parse_hours

MAX_EDGES = 500  # of one condition on hours


class DirectoryOverTime(Directory):
    """A directory that is moved from one change of its schedules to the next.

    ``timelines``: who is on call in each schedule that the plans tell, by its id.
    """

    def __init__(self, plans: Sequence[Plan], start: datetime, end: datetime) -> None:
        super().__init__(plans, start, end)
        self.start, self.end = start, end
        self.addresses = team_addresses(plans)
        first, last = instant_of(start), instant_of(end)
        self.timelines: dict[int, Timeline] = {
            pk: resolver.shifts(facts, first, last) for pk, facts in self.facts.items()
        }

    def places(self, schedule: int, kind: TargetKind = TargetKind.SCHEDULE) -> Places:
        """As a directory says it, without asking anew for each instant."""
        pieces = self.timelines.get(schedule)
        if kind != TargetKind.SCHEDULE or not pieces:
            return super().places(schedule, kind)
        place = bisect_right(pieces, self._instant, key=lambda piece: piece.start) - 1
        return pieces[max(place, 0)].places

    def schedules_of(self, plan: Plan) -> set[int]:
        """The ids of the schedules that decide whom the plan tells."""
        targets = [target for step in plan.steps for target in step.targets]
        found = {target.id or 0 for target in targets if target.kind in SAID}
        roles = {
            (team, target.role)
            for target in targets
            if target.kind == TargetKind.TEAM_ROLE
            for team in self.with_subteams(target.id or 0, target.role)
        }
        found |= {pk for place, pk in self.of_role.items() if place in roles}
        for code in self._codes(plan):
            kind, _, number = code.partition(":")
            if kind == "schedule":
                found.add(int(number))
        return found & self.timelines.keys()

    def moments(self, plan: Plan, channels: set[int], *, urgency: str = "high") -> Iterator[Moment]:
        """Whom each step tells, from one change to the next. ``channels``: the ids of the shared
        channels that can be used."""
        first, last = instant_of(self.start), instant_of(self.end)
        edges = {piece.start for pk in self.schedules_of(plan) for piece in self.timelines[pk]}
        edges |= set(self._edges_of_hours(plan)) | set(self._edges_of_absences(plan))
        inside = sorted(edge for edge in edges if first < edge < last)
        for start, end in pairwise([first, *inside, last]):
            then = cast(DirectoryOverTime, self.moved(time_of(start)))
            yield Moment(start, end, tuple(_steps(then, plan, channels, urgency)))

    def _codes(self, plan: Plan) -> Iterator[str]:
        """The entries of the round robins of a plan."""
        for step in plan.steps:
            for target in step.targets:
                if target.kind == TargetKind.ROUND_ROBIN and (
                    ring := self.rings.get(target.id or 0)
                ):
                    yield from ring.entries

    def _edges_of_absences(self, plan: Plan) -> Iterator[int]:
        if any(self._codes(plan)):
            for one in self.people_facts.absences:
                yield from (one.start, one.counts_until)

    def _edges_of_hours(self, plan: Plan) -> Iterator[int]:
        for step in plan.steps:
            for condition in step.when:
                if condition.field == "hours" and _is_known(condition):
                    yield from self._edges(condition.value)

    def _edges(self, text: str) -> Iterator[int]:
        hours, at = parse_hours(text), self.start
        for _ in range(MAX_EDGES):
            following = hours.closes(at) or hours.opens(at)
            if following is None or following >= self.end:
                return
            at = following
            yield instant_of(at)

    def turns_of(self, step: PlanStep) -> list[list[int]]:
        """Whom each entry of the round robins of a step means: whose turn it will be is not
        known."""
        wanted = [t.id or 0 for t in step.targets if t.kind == TargetKind.ROUND_ROBIN]
        rings = [ring for pk in wanted if (ring := self.rings.get(pk))]
        entries = [self.entry_people(code) for ring in rings for code in ring.entries]
        return [people for people in entries if people]


def _steps(
    then: DirectoryOverTime, plan: Plan, channels: set[int], urgency: str
) -> Iterator[StepMoment]:
    for position, step in enumerate(plan.steps):
        if not _is_taken(step, urgency, then.at):
            yield StepMoment((), is_skipped=True)
            continue
        named, turns = then.step_people(plan, position, is_first=False), then.turns_of(step)
        people = dict.fromkeys([*named, *chain.from_iterable(turns)])
        # Whom these are is only known of an integration.
        has_others = any(one.kind == TargetKind.RECIPIENT_TEAMS for one in step.targets)
        told = {one.shared_channel for one in addresses_of_step(plan, position, then.addresses)}
        shared = channels.intersection({*shared_channels(plan, position), *told})
        yield StepMoment(tuple(people), bool(shared) or has_others, is_by_turns=len(turns) > 1)


def _is_taken(step: PlanStep, urgency: str, at: datetime) -> bool:
    """Whether it is taken, at once or when its hours open."""
    known = [condition for condition in step.when if _is_known(condition)]
    situation = Situation(urgency, Severity.CRITICAL, "", at)
    verdict = judge(known, situation, at, waits=step.waits_for_hours)
    return verdict.is_taken or verdict.waits_until is not None


def _is_known(condition: Condition) -> bool:
    """Whether it can be said without an incident and its service; else it is taken to hold."""
    if condition.field == "hours":
        return condition.value != OF_SERVICE
    return condition.field == "urgency"
