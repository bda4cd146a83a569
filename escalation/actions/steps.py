"""Executes escalation steps: whom they mean, whom they reach, and where the run goes next.

A batch of runs is taken together, with one statement for each kind of row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from escalation.actions.in_addition import catch_all_ids
from escalation.actions.step_lines import line_of_passing, line_of_step, step_reason
from escalation.actions.turns import TurnKeeper
from escalation.choices import StopsWhen
from escalation.models import Run
from escalation.plans.conditions import TAKEN, Verdict, judge
from escalation.plans.plan import base_time, is_past_steps, wait_before
from escalation.plans.progress import Progress, after_condition, after_nobody, after_taken
from escalation.policies.directory import Directory, shared_channels
from escalation.policies.step_conditions import AlertCounts, situation_of
from escalation.policies.step_results import page_key
from escalation.policies.team_contacts import TeamAddresses, addresses_of_step, team_addresses
from incidents.actions import timeline
from incidents.choices import Urgency
from incidents.models import Incident, TimelineEntry
from notifications.actions import page as notification_page
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


def execute_steps(runs: Sequence[Run], *, now: datetime, waits_for_hours: bool = True) -> None:
    """Take the step that each run stands at, or pause or end the run where nobody wants it.

    The runs are locked or new; they are saved here. A step that reaches nobody, or whose
    conditions do not hold, says so, and the next one is taken at once: at last the catch-all.
    ``waits_for_hours`` is false where a person wants the next step now.
    """
    pending = [run for run in runs if _wants_a_step(run, now)]
    lines: list[TimelineEntry] = []
    directory = Directory([run.plan for run in pending], now)
    keeper, counts = TurnKeeper(directory, pending), AlertCounts(pending)
    batch = StepBatch(directory, now, keeper, counts, waits_for_hours)
    while pending:
        pending = _execute_once(pending, batch, lines)
    timeline.record(lines)
    keeper.save()
    for run in runs:
        run.leased_until = None  # Its next step may be due at once.
    write_all(runs, [*FIELDS, "turns"] if keeper.changed else FIELDS)


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
    keeper: TurnKeeper
    counts: AlertCounts
    waits_for_hours: bool = True
    idle: set[int] = field(default_factory=set)

    @cached_property
    def addresses(self) -> TeamAddresses:
        """Of the teams that the plans of the batch name."""
        return team_addresses(self.directory.plans)

    @cached_property
    def catch_all(self) -> tuple[list[int], list[int]]:
        """The ids of the people and of the shared channels that are told at last."""
        return catch_all_ids()


def _execute_once(runs: list[Run], batch: StepBatch, lines: list[TimelineEntry]) -> list[Run]:
    """One step of each run; returns the runs whose step reached nobody and that go on at once."""
    verdicts = {run.pk: _judge(run, batch) for run in runs}
    taken = [run for run in runs if verdicts[run.pk].is_taken]
    held = [run for run in runs if not verdicts[run.pk].is_taken]
    on_at_once = [run for run in held if _pass_over(run, verdicts[run.pk], batch, lines)]
    wanted = {run.pk: _pages_of(run, batch) for run in taken}
    pages = [page for found in wanted.values() for page in found]
    reached = notification_page.page(pages, now=batch.now) if pages else set()
    for run in taken:
        told = [page for page in wanted[run.pk] if page in reached]
        if not _is_end_of_test(run):
            lines.append(line_of_step(run, wanted[run.pk], told, batch.now))
        if told:
            run.last_page_key = page_key(run)
        if is_past_steps(run.plan, run.cursor):
            run.state, run.next_step_at = Run.State.EXHAUSTED, None
            run.position += 1  # Whoever escalates later tells the catch-all anew.
        elif told:
            _move(run, after_taken(run.plan, _progress(run, batch), batch.now), batch)
        else:
            _move(run, after_nobody(run.plan, _progress(run, batch)), batch)
            on_at_once.append(run)
    return on_at_once


def _judge(run: Run, batch: StepBatch) -> Verdict:
    """What the conditions of its step say; a retry belongs to a step that was taken."""
    if run.retry or is_past_steps(run.plan, run.cursor):
        return TAKEN
    step = run.plan.steps[run.position]
    if not step.when:
        return TAKEN
    situation = situation_of(run.incident, batch.counts, step.when)
    waits = step.waits_for_hours and batch.waits_for_hours
    return judge(step.when, situation, batch.now, waits=waits)


def _pass_over(run: Run, verdict: Verdict, batch: StepBatch, lines: list[TimelineEntry]) -> bool:
    """A step whose conditions do not hold waits for its hours or is skipped; returns whether the
    next one is taken at once."""
    lines.append(line_of_passing(run, verdict))
    if verdict.waits_until:
        run.next_step_at = verdict.waits_until
        return False
    progress, is_at_once = after_condition(run.plan, _progress(run, batch), batch.now)
    _move(run, progress, batch)
    return is_at_once


def _is_end_of_test(run: Run) -> bool:
    """Whether it is past the steps of a test for one person, which has no catch-all."""
    is_for_one = run.incident.test_recipient_id is not None
    return is_for_one and is_past_steps(run.plan, run.cursor)


def _progress(run: Run, batch: StepBatch) -> Progress:
    due_at = run.next_step_at or batch.now
    has_told = bool(run.last_page_key)
    return Progress(run.cursor, due_at, run.step_started_at, run.pk in batch.idle, has_told)


def _move(run: Run, progress: Progress, batch: StepBatch) -> None:
    run.cursor, run.next_step_at, run.step_started_at, is_idle, _ = progress
    (batch.idle.add if is_idle else batch.idle.discard)(run.pk)


def _pages_of(run: Run, batch: StepBatch) -> list[Page]:
    if is_past_steps(run.plan, run.cursor):
        return [] if _is_end_of_test(run) else _catch_all(run, batch)
    turns = batch.keeper.take(run)
    people = batch.directory.step_people(
        run.plan, run.position, is_first=_progress(run, batch).is_first, turns=turns
    )
    for user in _acknowledged(run):
        people.pop(user, None)
    channels = tuple((c.channel, c.after_minutes) for c in run.plan.steps[run.position].channels)
    where = step_reason(run)
    return [
        *(
            _page(
                run,
                f"{where}: {called.why}",
                user_id=user,
                channels=channels,
                after_s=called.after_s,
            )
            for user, called in people.items()
        ),
        *(
            _page(run, where, shared_channel_id=channel)
            for channel in shared_channels(run.plan, run.position)
        ),
        *(
            _page(
                run,
                f"{where}: {one.why}",
                shared_channel_id=one.shared_channel,
                after_s=one.after_s,
                is_team_contact=True,
            )
            for one in addresses_of_step(run.plan, run.position, batch.addresses)
        ),
    ]


def _acknowledged(run: Run) -> list[int]:
    """Who has acknowledged already where several have to: they are not paged again."""
    if all(step.acknowledgements == 1 for step in run.plan.steps):
        return []
    rows = run.incident.acknowledgements.filter(paging_round=run.paging_round)
    return list(rows.values_list("user_id", flat=True))


def _catch_all(run: Run, batch: StepBatch) -> list[Page]:
    users, channels = batch.catch_all
    ended = "the policy ended and nobody has it"
    why = f"catch-all: {ended if run.plan.steps else 'there is no policy that has a step'}"
    return [
        *(_page(run, why, user_id=user, always_told=True) for user in users),
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
        skipped_channels=run.plan.channels_skipped_by(whom.get("user_id")),
        opted_out=run.plan.opted_out_by(whom.get("user_id")),
        **whom,
    )
