"""Steps are taken: whom they mean, whom they reach, and where the run goes next.

A batch of runs is taken together, with one statement for each kind of row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from escalation.models import Run
from escalation.plan import Place, base_of, following, is_over, skip, wait_of
from escalation.plan_builder import Directory
from incidents.actions import timeline
from incidents.actions.timeline import entry
from incidents.models import Incident, TimelineEntry
from notifications.actions import page as notification_page
from notifications.models import CatchAll
from notifications.page import Page

FIELDS = [
    "paging_round",
    "state",
    "repeat",
    "position",
    "retry",
    "step_started_at",
    "next_step_at",
    "leased_until",
    "finished_at",
    "outcome",
]


def take(runs: Sequence[Run], *, now: datetime) -> None:
    """Take the step that each run stands at, or pause or end the run where nobody wants it.

    The runs are locked or new; they are saved here. A step that reaches nobody says so, and the
    next one is taken at once: at last the catch-all.
    """
    pending = [run for run in runs if _wants_a_step(run, now)]
    lines: list[TimelineEntry] = []
    walk = _Walk(Directory([run.plan for run in pending]), now)
    while pending:
        pending = _take_once(pending, walk, lines)
    timeline.record(lines)
    for run in runs:
        run.leased_until = None  # Its next step may be due at once.
    Run.objects.bulk_update(runs, FIELDS)


def begin(runs: Sequence[Run], *, now: datetime) -> None:
    """Start these runs, which were held back, as if their incidents had opened at that moment."""
    for run in runs:
        since = base_of(run.next_step_at or now, now) if _is_due(run, now) else now
        wait = wait_of(run.plan, run.position) if run.plan["steps"] else timedelta()
        run.state, run.step_started_at, run.next_step_at = Run.State.ESCALATING, since, since + wait
        run.leased_until = None
    waiting = [run for run in runs if not _is_due(run, now)]
    Run.objects.bulk_update(waiting, FIELDS)
    take([run for run in runs if _is_due(run, now)], now=now)


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
    return not is_taken(run)


def is_taken(run: Run) -> bool:
    """Whether somebody has the incident in the sense of the policy."""
    incident = run.incident
    if incident.status != Incident.Status.ACKNOWLEDGED:
        return False
    return run.plan["stops_when"] == "acknowledge" or incident.assigned_at is not None


@dataclass(frozen=True, slots=True)
class _Walk:
    """What the steps of one batch have in common; ``idle`` are the runs whose present repeat has
    reached nobody since its first step."""

    directory: Directory
    now: datetime
    idle: set[int] = field(default_factory=set)


def _take_once(runs: list[Run], walk: _Walk, lines: list[TimelineEntry]) -> list[Run]:
    """One step of each run; returns the runs whose step reached nobody and that go on at once."""
    wanted = {run.pk: _pages_of(run, walk.directory) for run in runs}
    pages = [page for found in wanted.values() for page in found]
    reached = notification_page.page(pages, now=walk.now) if pages else set()
    on_at_once = []
    for run in runs:
        told = [page for page in wanted[run.pk] if page.intent in reached]
        lines.append(_line(run, wanted[run.pk], told, walk.now))
        if is_over(run.plan, run.place):
            run.state, run.next_step_at = Run.State.EXHAUSTED, None
            run.position += 1  # Whoever escalates later tells the catch-all anew.
        elif told:
            _move_on(run, walk)
        else:
            _skip(run, walk)
            on_at_once.append(run)
    return on_at_once


def _move_on(run: Run, walk: _Walk) -> None:
    due_at = run.next_step_at or walk.now
    base = base_of(due_at, walk.now)
    # What the scheduler was down for is no part of any wait.
    step_started_at = run.step_started_at + (base - due_at)
    run.place, run.next_step_at, run.step_started_at = following(
        run.plan, run.place, step_started_at, base
    )
    walk.idle.discard(run.pk)


def _skip(run: Run, walk: _Walk) -> None:
    if run.position == 0 and run.retry == 0:
        walk.idle.add(run.pk)
    place = skip(run.plan, run.place)
    if place.repeat > run.repeat and run.pk in walk.idle:
        # A whole repeat reached nobody, and so would the next one.
        place = Place(run.repeat, len(run.plan["steps"]))
    run.place = place


def _pages_of(run: Run, directory: Directory) -> list[Page]:
    if is_over(run.plan, run.place):
        return _catch_all(run)
    step = run.plan["steps"][run.position]
    people: dict[int, str] = {}
    shared: list[int] = []
    for target in step["targets"]:
        if target["kind"] == "shared_channel":
            shared.append(target["id"])
        for user, why in directory.people(target, run.plan):
            people.setdefault(user, why)
    if run.position == 0 and run.retry == 0 and run.repeat == 0:
        for user, why in directory.recipients(run.plan):
            people.setdefault(user, why)
    central = tuple((c["channel"], int(c.get("after_minutes", 0))) for c in step["central"])
    where = _where(run)
    return [
        *(
            _page(run, f"{where}: {why}", user_id=user, central=central)
            for user, why in people.items()
        ),
        *(_page(run, where, shared_channel_id=channel) for channel in shared),
    ]


def _where(run: Run) -> str:
    return f"step {run.position + 1} of {run.plan['name'] or 'the recipients'}"


def _why(page: Page, run: Run) -> str:
    """The reason without the step, which the line names already."""
    reason = page.reason.removeprefix(_where(run)).removeprefix("catch-all")
    return reason.removeprefix(": ") or "a shared channel"


def _catch_all(run: Run) -> list[Page]:
    place = CatchAll.objects.prefetch_related("users", "channels").first()
    if place is None:
        return []
    ended = "the policy ended and nobody has it"
    why = f"catch-all: {ended if run.plan['steps'] else 'there is no policy that has a step'}"
    return [
        *(_page(run, why, user_id=user.pk) for user in place.users.all()),
        *(_page(run, why, shared_channel_id=channel.pk) for channel in place.channels.all()),
    ]


def _page(run: Run, reason: str, **whom: Any) -> Page:
    incident = run.incident
    return Page(
        incident_id=incident.pk,
        intent=f"run:{run.pk}:{run.repeat}:{run.position}:{run.retry}",
        reason=reason,
        urgent=incident.urgency == "high",
        paging_round=run.paging_round,
        despite_acknowledgement=run.plan["stops_when"] == "assign",
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
    over = is_over(run.plan, run.place)
    name = "The catch-all" if over else f"Step {run.position + 1}"
    verb = "paged" if told else "no_recipient"
    line = entry(run.incident, verb, "", via=run.plan["name"], facts=facts)
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
