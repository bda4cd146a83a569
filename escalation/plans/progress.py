"""How a run goes on from a step: taken, taken by nobody, or passed over. Pure.

The run (`actions/steps.py`) and what is told of it beforehand (`ladder.py`) go by these.
"""

from datetime import datetime
from typing import NamedTuple

from escalation.plans.plan import (
    Cursor,
    Plan,
    base_time,
    next_position,
    skip,
    wait_before,
    without_retries,
)


class Progress(NamedTuple):
    """Where a run stands, when its step is due and since when that step counts.

    ``is_idle``: its present repeat has reached nobody since its first step; ``has_told``: some
    step has reached somebody.
    """

    cursor: Cursor
    due_at: datetime
    step_started_at: datetime
    is_idle: bool = False
    has_told: bool = False

    @property
    def is_first(self) -> bool:
        """Whether its step tells those as well who are told in addition: the first one, or the
        first to be taken where those before it were skipped."""
        return self.cursor == Cursor() or not self.has_told


def begin(plan: Plan, at: datetime) -> Progress:
    """A run that begins at an instant."""
    return Progress(Cursor(), at + wait_before(plan, 0), at)


def after_taken(plan: Plan, progress: Progress, now: datetime) -> Progress:
    """The step reached somebody: the next one, or its retry, is due after its wait."""
    base = base_time(progress.due_at, now)
    # What the scheduler was down for is no part of any wait.
    started_at = progress.step_started_at + (base - progress.due_at)
    cursor, due_at, step_started_at = next_position(plan, progress.cursor, started_at, base)
    return Progress(cursor, due_at, step_started_at, has_told=True)


def after_nobody(plan: Plan, progress: Progress) -> Progress:
    """The step reached nobody: the next one is taken at once. A whole repeat that reached nobody
    is the last one."""
    at = progress.cursor
    is_idle = progress.is_idle or (at.position == 0 and at.retry == 0)
    cursor = skip(plan, at)
    if cursor.repeat > at.repeat and is_idle:
        cursor = Cursor(at.repeat, len(plan.steps))
    return progress._replace(cursor=cursor, is_idle=is_idle)


def after_condition(plan: Plan, progress: Progress, now: datetime) -> tuple[Progress, bool]:
    """→ (how it goes on from a step whose conditions do not hold, whether at once). After the last
    step of a repeat that has reached somebody comes the pause all the same."""
    at = progress.cursor
    is_last = at.position == len(plan.steps) - 1
    if is_last and at.position > 0 and not progress.is_idle:
        passed = progress._replace(cursor=without_retries(plan, at))
        return after_taken(plan, passed, now), False
    return after_nobody(plan, progress), True
