"""The worst minutes of a week: when an incident that opens then would be heard of last, by the
fewest, or by nobody."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.plans.plan import Plan
from escalation.plans.progress import begin
from escalation.policies.ladder import LadderBuilder
from escalation.policies.rungs import Case, Ladder
from escalation.schedules.resolver import shifts
from opsportal.lib.durations import format_duration

WEEK = timedelta(days=7)
GRID = timedelta(minutes=30)
MAX_MOMENTS = 900  # that are looked at; hand-overs beyond are between two that are
MAX_SPANS = 10
NEVER_S = float("inf")


@dataclass(frozen=True, slots=True)
class Start:
    """How an incident that opens at an instant begins: by which plan, and when (None: it pages
    nobody, for this reason)."""

    plan: Plan
    at: datetime | None
    reason: str = ""
    urgency: str = ""  # where it depends on the time


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which it is the same: seconds until somebody is told (None: never), how many
    people are told in all, and who is first."""

    start: datetime
    end: datetime
    silence_s: float | None
    people: int
    first: tuple[str, ...] = ()
    reason: str = ""

    @property
    def waits(self) -> str:
        """How long it is silent, in words."""
        return "never" if self.silence_s is None else f"after {format_duration(self.silence_s)}"

    @property
    def badness(self) -> tuple[float, int]:
        """The higher, the worse."""
        return (NEVER_S if self.silence_s is None else self.silence_s, -self.people)


def worst_spans(
    case: Case, start_of: Callable[[datetime], Start], limit: int = MAX_SPANS
) -> list[Span]:
    """The worst times of the week after the case, the worst first; at most ``limit``."""
    begins, ends = case.at.replace(second=0, microsecond=0), case.at + WEEK
    grid = [begins + GRID * step for step in range(int(WEEK / GRID))]
    starts = {at: start_of(at) for at in grid}
    plans = list(dict.fromkeys(start.plan for start in starts.values()))
    builder = LadderBuilder(plans, begins, ends)
    for at in _hand_overs(builder, plans, begins, ends)[: MAX_MOMENTS - len(grid)]:
        start = start_of(at)
        if start.plan in plans:
            starts[at] = start
    found = _spans(builder, case, starts, ends)
    return sorted(found, key=lambda span: span.badness, reverse=True)[:limit]


def worst_of_plan(plan: Plan, case: Case) -> list[Span]:
    """The worst times of a plan, whatever leads to it."""
    return worst_spans(case, lambda at: Start(plan, at))


def _hand_overs(
    builder: LadderBuilder, plans: Sequence[Plan], start: datetime, end: datetime
) -> list[datetime]:
    """When somebody else comes on call, and so long before as each step is after the beginning."""
    edges = {
        piece.start
        for facts in builder.directory.facts.values()
        for piece in shifts(facts, instant_of(start), instant_of(end))
    }
    offsets = {timedelta()}
    for plan in plans:
        offsets |= _offsets(plan)
    moments = {time_of(edge) - offset for edge in edges for offset in offsets}
    return sorted(at for at in moments if start < at < end)


def _offsets(plan: Plan) -> set[timedelta]:
    found, total = set(), timedelta()
    for step in plan.steps:
        total += timedelta(seconds=step.wait_s)
        found.add(total)
    return found


def _spans(
    builder: LadderBuilder, case: Case, starts: dict[datetime, Start], end: datetime
) -> Iterable[Span]:
    """One for each moment, those that are alike joined."""
    joined: list[Span] = []
    moments = sorted(starts)
    for at, until in zip(moments, [*moments[1:], end], strict=True):
        span = _span(builder, case, starts[at], at, until)
        if joined and replace(joined[-1], start=at, end=until) == span:
            span = replace(span, start=joined.pop().start)
        joined.append(span)
    return joined


def _span(builder: LadderBuilder, case: Case, start: Start, at: datetime, until: datetime) -> Span:
    if start.at is None:
        return Span(at, until, None, 0, (), start.reason)
    opened = replace(case, at=at, urgency=start.urgency or case.urgency)
    plan = _once(start.plan)
    ladder = builder.ladder(plan, opened, progress=begin(plan, start.at))
    return Span(at, until, ladder.silence_s, ladder.people, _first(ladder), start.reason)


@lru_cache(maxsize=64)
def _once(plan: Plan) -> Plan:
    """The plan without retries and repeats: they tell nobody sooner."""
    steps = tuple(replace(step, retries=0) for step in plan.steps)
    return replace(plan, steps=steps, repeats=0)


def _first(ladder: Ladder) -> tuple[str, ...]:
    """Who hears of it first."""
    told = [one for rung in ladder.rungs for one in rung.told if one.ways]
    first = ladder.first_reached_at
    return tuple(dict.fromkeys(one.name for one in told if one.reached_at == first))
