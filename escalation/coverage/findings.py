"""What is wrong with a policy from when until when: findings, and how they become defects. Pure.

Instants are seconds since 1970 in UTC.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from escalation.choices import DefectKind, DefectLevel
from escalation.plans.plan import Plan
from escalation.schedules.spans import Span, joined_spans
from incidents.choices import Urgency

LEVELS = [DefectLevel.RED, DefectLevel.AMBER, DefectLevel.INFO]
MAIL = frozenset({"email"})


@dataclass(frozen=True)
class Finding:
    """Something wrong in one span. Those with the same identity are one defect; ``subject`` is
    what of the policy or schedule it is about, ``facts`` is what its sentence is made of."""

    kind: DefectKind
    level: DefectLevel
    span: Span
    subject: str = ""
    policy: int | None = None
    schedule: int | None = None
    facts: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """The identity of the defect."""
        return f"{self.kind}/{self.policy or ''}/{self.schedule or ''}/{self.subject}"


@dataclass(frozen=True)
class FoundDefect:
    """One defect: its first finding in its worst level, and all spans, joined and in order."""

    finding: Finding
    spans: list[Span]

    @property
    def key(self) -> str:
        """The identity of the defect."""
        return self.finding.key


def defects_of(findings: Iterable[Finding]) -> list[FoundDefect]:
    """The findings put together by what they are about, worst first, then by time."""
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        groups.setdefault(one.key, []).append(one)
    found = [_defect(group) for group in groups.values()]
    return sorted(found, key=lambda one: (LEVELS.index(one.finding.level), one.spans[0], one.key))


def _defect(group: list[Finding]) -> FoundDefect:
    worst = min(group, key=lambda one: (LEVELS.index(one.level), one.span))
    return FoundDefect(worst, joined_spans(one.span for one in group))


class StepMoment(NamedTuple):
    """Whom a step would tell: people who are named and active, in order; ``has_channel``: a
    shared channel, or whoever the integration names, is told as well; ``is_skipped``: by its
    conditions; ``is_by_turns``: a round robin decides whom of several."""

    people: tuple[int, ...]
    has_channel: bool = False
    is_skipped: bool = False
    is_by_turns: bool = False


class Moment(NamedTuple):
    """A span in which a policy tells the same people."""

    start: int
    end: int
    steps: tuple[StepMoment, ...]


# (person, position of the step, whether urgent) → by which channels they are told.
Reach = Callable[[int, int, bool], frozenset[str]]


class PolicyCheck:
    """The findings of one policy: ``ways`` are the channels by which people can be told here."""

    def __init__(
        self, policy: int, plan: Plan, reach: Reach, ways: frozenset[str], urgency: str = ""
    ) -> None:
        self.policy, self.plan, self.reach, self.ways = policy, plan, reach, ways
        self.urgency = urgency  # where the policy tells others for low urgency than for high
        self.is_urgent = urgency != Urgency.LOW

    def findings(self, moments: Sequence[Moment]) -> Iterator[Finding]:
        """All that is found in these moments, which are in order and without a gap."""
        for moment in moments:
            rung = [self._rung(step, n) for n, step in enumerate(moment.steps)]
            yield from self._silence(moment, rung)
            yield from self._contacts(moment)
            yield from self._repeats(moment, rung)
        yield from self._alone(moments)

    def _rung(self, step: StepMoment, position: int) -> StepMoment:
        """The step with those alone who can be reached."""
        people = tuple(one for one in step.people if self.reach(one, position, self.is_urgent))
        return step._replace(people=people)

    def _silence(self, moment: Moment, rung: Sequence[StepMoment]) -> Iterator[Finding]:
        speaking = [n for n, step in enumerate(rung) if step.people or step.has_channel]
        first_taken = next((n for n, step in enumerate(rung) if not step.is_skipped), 0)
        if not speaking:
            yield self._found(DefectKind.NOBODY, DefectLevel.RED, moment)
        elif speaking[0] > first_taken:
            first = rung[speaking[0]]
            facts = {"step": speaking[0] + 1, "people": list(first.people)}
            yield self._found(DefectKind.FIRST_STEP_EMPTY, DefectLevel.AMBER, moment, facts=facts)

    def _contacts(self, moment: Moment) -> Iterator[Finding]:
        """Who has no address that can be used, or nothing but mail for what is urgent."""
        named = {one for step in moment.steps for one in step.people}
        is_alone = len(named) == 1 and not any(step.has_channel for step in moment.steps)
        level = DefectLevel.RED if is_alone else DefectLevel.AMBER
        told: set[int] = set()
        for position, step in enumerate(moment.steps):
            for person in step.people:
                channels = self.reach(person, position, self.is_urgent)
                is_mail_alone = channels <= MAIL and bool(self.ways - MAIL)
                is_weak = not channels or (is_mail_alone and self.is_urgent)
                if is_weak and person not in told:
                    told.add(person)
                    facts = {"people": [person], "by": sorted(channels), "step": position + 1}
                    subject = f"user:{person}"
                    kind = DefectKind.WEAK_CONTACT
                    yield self._found(kind, level, moment, subject=subject, facts=facts)

    def _repeats(self, moment: Moment, rung: Sequence[StepMoment]) -> Iterator[Finding]:
        """Steps that ask nobody whom the step before has not asked."""
        for position in range(1, len(rung)):
            taken = [one for one in rung[:position] if not one.is_skipped]
            before, step = taken[-1] if taken else StepMoment(()), rung[position]
            is_open = step.has_channel or step.is_by_turns or before.is_by_turns
            if not step.people or is_open or not set(step.people) <= set(before.people):
                continue
            facts = {
                "people": list(step.people),
                "step": position + 1,
                "wait_s": self._quiet_s(position),
            }
            subject = f"step:{position}"
            kind = DefectKind.SAME_PERSON
            yield self._found(kind, DefectLevel.AMBER, moment, subject=subject, facts=facts)

    def _quiet_s(self, position: int) -> int:
        """For how long nobody else is asked: the waits of this step and of the next."""
        following = position + 1
        steps = self.plan.steps
        wait_s = steps[following].wait_s if following < len(steps) else self.plan.pause_s
        return steps[position].wait_s + wait_s

    def _alone(self, moments: Sequence[Moment]) -> Iterator[Finding]:
        """One person for all steps in the whole span."""
        people = {one for moment in moments for step in moment.steps for one in step.people}
        has_channel = any(step.has_channel for moment in moments for step in moment.steps)
        if len(people) == 1 and not has_channel:
            whole = moments[0]._replace(end=moments[-1].end)
            facts = {"people": list(people)}
            yield self._found(DefectKind.ONE_PERSON, DefectLevel.AMBER, whole, facts=facts)

    def _found(
        self,
        kind: DefectKind,
        level: DefectLevel,
        moment: Moment,
        *,
        subject: str = "",
        facts: dict[str, Any] | None = None,
    ) -> Finding:
        span = (moment.start, moment.end)
        said = dict(facts or {})
        if self.urgency:
            said["urgency"], subject = self.urgency, f"{self.urgency}/{subject}"
        return Finding(kind, level, span, subject, policy=self.policy, facts=said)
