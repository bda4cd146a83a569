"""Executes escalation steps: whom they mean, whom they reach, and where the run goes next.

A batch of runs is taken together, with one statement for each kind of row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from escalation.choices import StopsWhen
from escalation.directory import Directory, shared_channels
from escalation.models import Run
from escalation.plan import Cursor, base_time, is_past_steps, next_position, skip, wait_before
from escalation.step_results import page_key
from incidents.actions import timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb, Urgency
from incidents.models import Incident, TimelineEntry
from notifications.actions import page as notification_page
from notifications.models import CatchAll
from notifications.page import Page
from opsportal.lib.bulk_write import write_all

FIELDS = [
    "paging_round",
    "state",
    "repeat",
    "position",
    "retry",
    "step_started_at",
    "next_step_at",
    "last_page_key",
    "leased_until",
    "finished_at",
    "outcome",
]


def execute_steps(runs: Sequence[Run], *, now: datetime) -> None:
    """Take the step that each run stands at, or pause or end the run where nobody wants it.

    The runs are locked or new; they are saved here. A step that reaches nobody says so, and the
    next one is taken at once: at last the catch-all.
    """
    pending = [run for run in runs if _wants_a_step(run, now)]
    lines: list[TimelineEntry] = []
    batch = StepBatch(Directory([run.plan for run in pending], now), now)
    while pending:
        pending = _execute_once(pending, batch, lines)
    timeline.record(lines)
    for run in runs:
        run.leased_until = None  # Its next step may be due at once.
    write_all(runs, FIELDS)


def resume_runs(runs: Sequence[Run], *, now: datetime) -> None:
    """Start these runs, which were suppressed, as if their incidents had opened at that moment."""
    for run in runs:
        since = base_time(run.next_step_at or now, now) if _is_due(run, now) else now
        wait = wait_before(run.plan, run.position)
        run.state, run.step_started_at, run.next_step_at = Run.State.ESCALATING, since, since + wait
        run.leased_until = None
    waiting = [run for run in runs if not _is_due(run, now)]
    write_all(waiting, FIELDS)
    execute_steps([run for run in runs if _is_due(run, now)], now=now)


def _is_due(run: Run, now: datetime) -> bool:
    return run.next_step_at is not None and run.next_step_at <= now


def _wants_a_step(run: Run, now: datetime) -> bool:
    """Whether the incident still pages; else the run is brought into line with it."""
    incident = run.incident
    if incident.is_resolved or run.paging_round != incident.paging_round:
        run.state, run.finished_at, run.next_step_at = Run.State.FINISHED, now, None
        run.outcome = "Resolved" if incident.is_resolved else "A new round began"
        return False
    if incident.status == Incident.Status.ON_HOLD:
        run.state, run.next_step_at = Run.State.PAUSED, None
        return False
    return not is_stopped(run)


def is_stopped(run: Run) -> bool:
    """Whether somebody has the incident in the sense of the policy."""
    incident = run.incident
    if incident.status != Incident.Status.ACKNOWLEDGED:
        return False
    return run.stops_when == StopsWhen.ACKNOWLEDGE or incident.assigned_at is not None


@dataclass(frozen=True)
class StepBatch:
    """What the steps of one batch have in common; ``idle`` are the ids of the runs whose present
    repeat has reached nobody since its first step."""

    directory: Directory
    now: datetime
    idle: set[int] = field(default_factory=set)

    @cached_property
    def catch_all(self) -> tuple[list[int], list[int]]:
        """The ids of the people and of the shared channels that are told at last."""
        row = CatchAll.objects.prefetch_related("users", "channels").first()
        if row is None:
            return [], []
        return [user.pk for user in row.users.all()], [one.pk for one in row.channels.all()]


def _execute_once(runs: list[Run], batch: StepBatch, lines: list[TimelineEntry]) -> list[Run]:
    """One step of each run; returns the runs whose step reached nobody and that go on at once."""
    wanted = {run.pk: _pages_of(run, batch) for run in runs}
    pages = [page for found in wanted.values() for page in found]
    reached = notification_page.page(pages, now=batch.now) if pages else set()
    on_at_once = []
    for run in runs:
        told = [page for page in wanted[run.pk] if page in reached]
        if not _is_end_of_test(run):
            lines.append(_line(run, wanted[run.pk], told, batch.now))
        if told:
            run.last_page_key = page_key(run)
        if is_past_steps(run.plan, run.cursor):
            run.state, run.next_step_at = Run.State.EXHAUSTED, None
            run.position += 1  # Whoever escalates later tells the catch-all anew.
        elif told:
            _advance(run, batch)
        else:
            _skip(run, batch)
            on_at_once.append(run)
    return on_at_once


def _is_end_of_test(run: Run) -> bool:
    """Whether it is past the steps of a test for one person, which has no catch-all."""
    is_for_one = run.incident.test_recipient_id is not None
    return is_for_one and is_past_steps(run.plan, run.cursor)


def _advance(run: Run, batch: StepBatch) -> None:
    due_at = run.next_step_at or batch.now
    base = base_time(due_at, batch.now)
    # What the scheduler was down for is no part of any wait.
    step_started_at = run.step_started_at + (base - due_at)
    run.cursor, run.next_step_at, run.step_started_at = next_position(
        run.plan, run.cursor, step_started_at, base
    )
    batch.idle.discard(run.pk)


def _skip(run: Run, batch: StepBatch) -> None:
    if run.position == 0 and run.retry == 0:
        batch.idle.add(run.pk)
    cursor = skip(run.plan, run.cursor)
    if cursor.repeat > run.repeat and run.pk in batch.idle:
        # A whole repeat reached nobody, and so would the next one.
        cursor = Cursor(run.repeat, len(run.plan.steps))
    run.cursor = cursor


def _pages_of(run: Run, batch: StepBatch) -> list[Page]:
    if is_past_steps(run.plan, run.cursor):
        return [] if _is_end_of_test(run) else _catch_all(run, batch)
    people = batch.directory.step_people(run.plan, run.position, is_first=run.cursor == Cursor())
    channels = tuple((c.channel, c.after_minutes) for c in run.plan.steps[run.position].channels)
    where = _where(run)
    return [
        *(
            _page(run, f"{where}: {why}", user_id=user, channels=channels)
            for user, why in people.items()
        ),
        *(
            _page(run, where, shared_channel_id=channel)
            for channel in shared_channels(run.plan, run.position)
        ),
    ]


def _where(run: Run) -> str:
    return f"step {run.position + 1} of {run.plan.name or 'the recipients'}"


def _why(page: Page, run: Run) -> str:
    """The reason without the step, which the line names already."""
    reason = page.reason.removeprefix(_where(run)).removeprefix("catch-all")
    return reason.removeprefix(": ") or "a shared channel"


def _catch_all(run: Run, batch: StepBatch) -> list[Page]:
    users, channels = batch.catch_all
    ended = "the policy ended and nobody has it"
    why = f"catch-all: {ended if run.plan.steps else 'there is no policy that has a step'}"
    return [
        *(_page(run, why, user_id=user) for user in users),
        *(_page(run, why, shared_channel_id=channel) for channel in channels),
    ]


def _page(run: Run, reason: str, **whom: Any) -> Page:
    incident = run.incident
    return Page(
        incident_id=incident.pk,
        page_key=page_key(run),
        reason=reason,
        urgent=incident.urgency == Urgency.HIGH,
        paging_round=run.paging_round,
        despite_acknowledgement=run.stops_when == StopsWhen.ASSIGN,
        **whom,
    )


def _line(run: Run, wanted: list[Page], told: list[Page], now: datetime) -> TimelineEntry:
    """What the step did, for the timeline."""
    facts = {
        "run": run.pk,
        "repeat": run.repeat,
        "step": run.position + 1,
        "retry": run.retry,
        "late_ms": round((now - (run.next_step_at or now)).total_seconds() * 1000),
        "users": [page.user_id for page in told if page.user_id],
        "channels": [page.shared_channel_id for page in told if page.shared_channel_id],
        "unreachable": [page.user_id for page in wanted if page.user_id and page not in told],
    }
    over = is_past_steps(run.plan, run.cursor)
    name = "The catch-all" if over else f"Step {run.position + 1}"
    verb = TimelineVerb.PAGED if told else TimelineVerb.NO_RECIPIENT
    line = entry(run.incident, verb, "", via=run.plan.name, facts=facts)
    if told:
        reasons = "; ".join(dict.fromkeys(_why(page, run) for page in told))
        line.text = f"{name}: {reasons}"
    elif wanted:
        line.text = f"{name} reached nobody: nobody it names has a usable address"
    elif over:
        line.text = "Nobody is left to tell: the portal has no catch-all"
    else:
        line.text = f"{name} reached nobody: it names nobody who can be told"
    return line
