"""How a report is at a moment, and what it did to its components over time. Pure.

A maintenance begins and ends by the clock, so that the page is right while no worker runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState

Effects = Mapping[int, ComponentStatus]
BY_CLOCK = (ReportState.SCHEDULED, ReportState.IN_PROGRESS)
IMPACT_OF = {
    ComponentStatus.OPERATIONAL: ReportImpact.NONE,
    ComponentStatus.UNDER_MAINTENANCE: ReportImpact.MAINTENANCE,
    ComponentStatus.DEGRADED_PERFORMANCE: ReportImpact.MINOR,
    ComponentStatus.PARTIAL_OUTAGE: ReportImpact.MAJOR,
    ComponentStatus.MAJOR_OUTAGE: ReportImpact.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One update."""

    pk: int
    state: ReportState
    body: str
    at: datetime
    effects: Effects


@dataclass(frozen=True, slots=True)
class Report:
    """One incident or maintenance, with its updates, the newest first."""

    pk: int
    kind: ReportKind
    title: str
    stored_state: ReportState
    impact: ReportImpact
    starts_at: datetime
    ends_at: datetime | None
    resolved_at: datetime | None
    created_at: datetime
    changed_at: datetime
    updates: tuple[Said, ...]
    now: datetime

    @property
    def is_maintenance(self) -> bool:
        return self.kind == ReportKind.MAINTENANCE

    @property
    def state(self) -> ReportState:
        """Of a maintenance that nobody moves on by hand, what the clock says."""
        if not self.is_maintenance or self.stored_state not in BY_CLOCK:
            return self.stored_state
        if self.ends_at and self.now >= self.ends_at:
            return ReportState.COMPLETED
        if self.now >= self.starts_at:
            return ReportState.IN_PROGRESS
        return self.stored_state

    @property
    def ended_at(self) -> datetime | None:
        """When it was over; None while it is not."""
        if self.resolved_at:
            return self.resolved_at
        return self.ends_at if self.state == ReportState.COMPLETED else None

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def is_upcoming(self) -> bool:
        return self.state == ReportState.SCHEDULED

    @property
    def is_active(self) -> bool:
        """It changes how components are now."""
        return not self.is_over and not self.is_upcoming

    @property
    def effects(self) -> Effects:
        """How it says that its components are, or will be during a maintenance."""
        return next((said.effects for said in self.updates if said.effects), {})


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a component was not operational; the end does not belong to it."""

    start: datetime
    end: datetime
    status: ComponentStatus


def current_status(component: int, reports: Iterable[Report]) -> ComponentStatus:
    """The worst that the reports which are active say of it now."""
    said = [
        report.updates[0].effects.get(component, ComponentStatus.OPERATIONAL)
        for report in reports
        if report.is_active and report.updates
    ]
    return max(said, key=lambda status: status.rank, default=ComponentStatus.OPERATIONAL)


def spans_of(component: int, reports: Iterable[Report]) -> list[Span]:
    """When it was not operational, in order and without overlaps: the worst of all reports."""
    raw = [span for report in reports for span in _spans_in(component, report)]
    return _merged(raw)


def _spans_in(component: int, report: Report) -> Iterable[Span]:
    """What one report says of it: each update holds until the next one."""
    until = report.ended_at or report.now
    updates = sorted(report.updates, key=lambda said: (said.at, said.pk))
    starts = [said.at for said in updates]
    if starts:  # It may have been published after it began.
        starts[0] = min(starts[0], report.starts_at)
    for place, said in enumerate(updates):
        status = said.effects.get(component, ComponentStatus.OPERATIONAL)
        start = starts[place]
        if said.state == ReportState.SCHEDULED:  # What is to come does nothing before its time.
            start = max(start, report.starts_at)
        end = min(starts[place + 1] if place + 1 < len(updates) else until, until)
        if status != ComponentStatus.OPERATIONAL and start < end:
            yield Span(start, end, status)


def _merged(spans: Sequence[Span]) -> list[Span]:
    edges = sorted({edge for span in spans for edge in (span.start, span.end)})
    found: list[Span] = []
    for start, end in pairwise(edges):
        here = [span.status for span in spans if span.start <= start and span.end >= end]
        if not here:
            continue
        worst = max(here, key=lambda status: status.rank)
        if found and found[-1].end == start and found[-1].status == worst:
            found.append(Span(found.pop().start, end, worst))
        else:
            found.append(Span(start, end, worst))
    return found


def overall(statuses: Iterable[ComponentStatus], reports: Iterable[Report]) -> ReportImpact:
    """The worst of all components and of the incidents that are not resolved."""
    found = [IMPACT_OF[status] for status in statuses]
    found += [report.impact for report in reports if report.is_active]
    order = list(ReportImpact)
    return max(found, key=order.index, default=ReportImpact.NONE)
