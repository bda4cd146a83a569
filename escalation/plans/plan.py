"""Plans: the steps that a run takes, as values. Pure: `now` is an argument.

A run keeps its plan as JSON (``Plan.to_json``) in the form that it had when the run began.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from escalation.choices import StopsWhen, TargetKind
from escalation.plans.conditions import Condition

VERSION = 1

# A scheduler that is later than this was down: the waits count from now, so that nobody is paged
# by three steps in one second.
CLOCK_TOLERANCE_S = 5


class UnsupportedPlan(ValueError):
    """The stored plan has a version that this release does not read, or is damaged."""


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """Whom a step tells: ``id`` is of a row of the table that ``kind`` means."""

    kind: TargetKind
    id: int | None = None
    role: str = ""  # a TeamRole, for team_role and recipient_teams; of a schedule, "" for all
    places_on: int = 0  # of a round robin: so many after the one whose turn it is


@dataclass(frozen=True, slots=True)
class PlanChannel:
    """A channel that a step uses for everybody in place of their own rules."""

    channel: str
    after_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step: wait, tell the targets, and where nobody takes it tell them again.

    ``member_wait_s``: the people of a target are told one after another. ``when``: conditions
    that all hold, or it is skipped; ``waits_for_hours``: outside its hours it waits for them.
    """

    wait_s: int = 0
    retries: int = 0
    retry_wait_s: int = 0
    channels: tuple[PlanChannel, ...] = ()
    targets: tuple[PlanTarget, ...] = ()
    member_wait_s: int = 0
    when: tuple[Condition, ...] = ()
    waits_for_hours: bool = False
    acknowledgements: int = 1  # by so many people, once it was taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of a policy or play, as they were when the run began.

    ``repeats``: how many times all steps are taken again, each time after ``pause_s``.
    ``users`` and ``teams``: ids of those who are told at the first step in addition.
    ``skipped_channels``: (id of a person, channel) by which that person is not told.
    ``opted_out``: (id of a person, of what): low urgency is not sent to that person.
    """

    name: str = ""
    priority: str = ""  # of a new incident that comes without one
    steps: tuple[PlanStep, ...] = ()
    repeats: int = 0
    pause_s: int = 0
    stops_when: StopsWhen = StopsWhen.ACKNOWLEDGE
    acknowledgement_expires_minutes: int | None = None
    low_urgency_expires: bool = True
    activity_postpones_expiry: bool = True
    low_waits_for_hours: bool = True
    users: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()
    skipped_channels: tuple[tuple[int, str], ...] = ()
    opted_out: tuple[tuple[int, str], ...] = ()

    def opted_out_by(self, user: int | None) -> str:
        """What a person has opted out of, such as ``the integration Grafana``; '' for nothing."""
        return dict(self.opted_out).get(user or 0, "")

    def channels_skipped_by(self, user: int | None) -> tuple[str, ...]:
        """The channels by which a person is not told."""
        return tuple(channel for person, channel in self.skipped_channels if person == user)

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values, with the version that ``from_json`` asks for.

        Not to be changed: runs of the same plan share it.
        """
        return _document_of(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Plan":
        """The plan that ``to_json`` wrote. Raises UnsupportedPlan."""
        version = document.get("version")
        if version != VERSION:
            raise UnsupportedPlan(f"Plan version {version!r} is not supported, only {VERSION}.")
        try:
            return _plan_from(document)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnsupportedPlan(f"The plan is damaged: {error!r}") from error


@lru_cache(maxsize=256)
def _document_of(plan: Plan) -> dict[str, Any]:
    return {"version": VERSION, **asdict(plan)}


def _plan_from(document: Mapping[str, Any]) -> Plan:
    fields = {name: value for name, value in document.items() if name != "version"}
    return Plan(
        **{
            **fields,
            "steps": tuple(_step_from(step) for step in fields["steps"]),
            "stops_when": StopsWhen(fields["stops_when"]),
            "users": tuple(fields["users"]),
            "teams": tuple(fields["teams"]),
            "skipped_channels": tuple(
                (user, channel) for user, channel in fields.get("skipped_channels", ())
            ),
            "opted_out": tuple((user, what) for user, what in fields.get("opted_out", ())),
        }
    )


def _step_from(document: Mapping[str, Any]) -> PlanStep:
    channels = tuple(PlanChannel(**row) for row in document["channels"])
    targets = tuple(
        PlanTarget(**{**row, "kind": TargetKind(row["kind"])}) for row in document["targets"]
    )
    when = tuple(Condition(**row) for row in document.get("when", ()))
    return PlanStep(**{**document, "channels": channels, "targets": targets, "when": when})


@dataclass(frozen=True, slots=True)
class SelectedPlan:
    """A plan, and the policy or the response play that it was made of."""

    plan: Plan
    policy_id: int | None = None
    play_id: int | None = None
    has_sla_targets: bool = True  # the policy, or it may have


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run stands: the step that comes next, in which repeat, and the how many-th time."""

    repeat: int = 0
    position: int = 0
    retry: int = 0


def wait_before(plan: Plan, position: int) -> timedelta:
    """The wait before a step; at the end, the pause before the plan starts again or ends.

    A plan without steps has nothing to wait for.
    """
    if not plan.steps:
        return timedelta()
    if position < len(plan.steps):
        return timedelta(seconds=plan.steps[position].wait_s)
    return timedelta(seconds=plan.pause_s)


def is_past_steps(plan: Plan, cursor: Cursor) -> bool:
    """Whether nothing is left but the catch-all."""
    return cursor.position >= len(plan.steps)


def base_time(due: datetime, now: datetime) -> datetime:
    """Time from which the next wait is measured: ``due``, or ``now`` if the scheduler is more
    than CLOCK_TOLERANCE_S late."""
    return due if now - due <= timedelta(seconds=CLOCK_TOLERANCE_S) else now


def next_position(
    plan: Plan, cursor: Cursor, step_started_at: datetime, base: datetime
) -> tuple[Cursor, datetime, datetime]:
    """→ (next cursor, when it is due, start time of its step), UTC.

    ``step_started_at`` is the start time of the present step, ``base`` the time from which waits
    count. Retries that would not come before the next step are left out.
    """
    step = plan.steps[cursor.position]
    is_last = cursor.position == len(plan.steps) - 1
    started_at = step_started_at if cursor.retry else base
    next_at = started_at + wait_before(plan, cursor.position + 1)
    if cursor.retry < step.retries:
        retry_at = base + timedelta(seconds=step.retry_wait_s)
        if is_last or retry_at < next_at:
            return replace(cursor, retry=cursor.retry + 1), retry_at, started_at
    if not is_last:
        return Cursor(cursor.repeat, cursor.position + 1), next_at, started_at
    end_at = base + timedelta(seconds=plan.pause_s)
    if cursor.repeat < plan.repeats:
        return Cursor(cursor.repeat + 1), end_at + wait_before(plan, 0), end_at
    return Cursor(cursor.repeat, cursor.position + 1), end_at, end_at


def without_retries(plan: Plan, cursor: Cursor) -> Cursor:
    """The same place with all retries of its step used up."""
    return replace(cursor, retry=plan.steps[cursor.position].retries)


def skip(plan: Plan, cursor: Cursor) -> Cursor:
    """The next step at once, without the retries of this one."""
    is_last = cursor.position >= len(plan.steps) - 1
    if is_last and cursor.repeat < plan.repeats:
        return Cursor(cursor.repeat + 1)
    return Cursor(cursor.repeat, cursor.position + 1)
