"""What a run will do: the steps of a policy or play, as plain values, and where it goes next."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

# A scheduler that is later than this was down: the waits count from now, so that nobody is paged by
# three steps in one second.
PUNCTUAL = timedelta(seconds=5)

Plan = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands: the step that comes next, in which repeat, and the how many-th time."""

    repeat: int = 0
    position: int = 0
    retry: int = 0


def wait_of(plan: Plan, position: int) -> timedelta:
    """The wait before a step; at the end, the pause before the plan starts again or ends.

    A plan without steps has nothing to wait for.
    """
    steps = plan["steps"]
    if not steps:
        return timedelta()
    if position < len(steps):
        return timedelta(seconds=steps[position]["wait"])
    return timedelta(seconds=plan["pause"])


def is_over(plan: Plan, place: Place) -> bool:
    """Whether nothing is left but the catch-all."""
    return place.position >= len(plan["steps"])


def base_of(due: datetime, now: datetime) -> datetime:
    """From where waits count: the planned time, unless the scheduler was down over it."""
    return due if now - due <= PUNCTUAL else now


def following(
    plan: Plan, place: Place, step_started_at: datetime, base: datetime
) -> tuple[Place, datetime, datetime]:
    """The place after ``place``, when it is due, and since when its step counts.

    A wait counts from the step before; retries that would not come before the next step are
    left out.
    """
    step = plan["steps"][place.position]
    last = place.position == len(plan["steps"]) - 1
    begins_at = step_started_at if place.retry else base
    next_at = begins_at + wait_of(plan, place.position + 1)
    if place.retry < step["retries"]:
        again_at = base + timedelta(seconds=step["retry_wait"])
        if last or again_at < next_at:
            return replace(place, retry=place.retry + 1), again_at, begins_at
    if not last:
        return Place(place.repeat, place.position + 1), next_at, begins_at
    end_at = base + timedelta(seconds=plan["pause"])
    if place.repeat < plan["repeats"]:
        return Place(place.repeat + 1), end_at + wait_of(plan, 0), end_at
    return Place(place.repeat, place.position + 1), end_at, end_at


def skip(plan: Plan, place: Place) -> Place:
    """The next step at once, without the retries of this one."""
    last = place.position >= len(plan["steps"]) - 1
    if last and place.repeat < plan["repeats"]:
        return Place(place.repeat + 1)
    return Place(place.repeat, place.position + 1)
