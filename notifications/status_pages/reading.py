"""What a status page shows, read from its rows in three statements whatever its size."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q

from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState
from notifications.models import StatusComponent, StatusPage, StatusReport, StatusUpdate
from notifications.status_pages.days import DAYS, History, history_of
from notifications.status_pages.timeline import Report, Said, current_status, overall, spans_of

MAX_REPORTS = 500
HEADLINES = {
    ReportImpact.NONE: "All systems operational",
    ReportImpact.MAINTENANCE: "Service under maintenance",
    ReportImpact.MINOR: "Minor service disruption",
    ReportImpact.MAJOR: "Partial system outage",
    ReportImpact.CRITICAL: "Major service outage",
}


@dataclass(frozen=True)
class Component:
    """One component as it is now."""

    row: StatusComponent
    status: ComponentStatus
    snapshot: "Snapshot"

    @cached_property
    def history(self) -> History:
        page, now = self.snapshot.page, self.snapshot.now
        spans = spans_of(self.row.pk, self.snapshot.reports)
        return history_of(spans, page.created_at, now, self.snapshot.zone)


@dataclass(frozen=True)
class Snapshot:
    """All of a page at one moment; the reports are those of the last 90 days, and open ones."""

    page: StatusPage
    rows: tuple[StatusComponent, ...]
    reports: tuple[Report, ...]
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.page.time_zone)

    @cached_property
    def components(self) -> list[Component]:
        return [Component(row, current_status(row.pk, self.reports), self) for row in self.rows]

    @property
    def groups(self) -> list[tuple[str, list[Component]]]:
        """The components by group, in their order; those without one stand where they are."""
        order: dict[str, int] = {}
        for place, one in enumerate(self.components):
            order.setdefault(one.row.group or f"\0{place}", place)
        keyed = [(one.row.group or f"\0{at}", one) for at, one in enumerate(self.components)]
        keyed.sort(key=lambda pair: order[pair[0]])
        grouped = groupby(keyed, lambda pair: pair[0])
        return [
            ("" if key.startswith("\0") else key, [one for _, one in pairs])
            for key, pairs in grouped
        ]

    @cached_property
    def impact(self) -> ReportImpact:
        return overall((one.status for one in self.components), self.reports)

    @property
    def headline(self) -> str:
        return HEADLINES[self.impact]

    @property
    def incidents(self) -> list[Report]:
        return [one for one in self.reports if one.kind == ReportKind.INCIDENT]

    @property
    def unresolved(self) -> list[Report]:
        """The incidents that are not over."""
        return [one for one in self.incidents if not one.is_over]

    @property
    def maintenances(self) -> list[Report]:
        return [one for one in self.reports if one.is_maintenance]

    @property
    def upcoming(self) -> list[Report]:
        """Maintenance that has not begun, the next one first."""
        found = [one for one in self.maintenances if one.is_upcoming]
        return sorted(found, key=lambda one: one.starts_at)

    @property
    def active_maintenances(self) -> list[Report]:
        return [one for one in self.maintenances if one.is_active]

    @property
    def past(self) -> list[Report]:
        """What is over, the newest first."""
        return [one for one in self.reports if one.is_over]

    def names_of(self, report: Report) -> list[str]:
        """The components that it is about."""
        return [str(row) for row in self.rows if row.pk in report.effects]


def read_page(page: StatusPage, now: datetime) -> Snapshot:
    """The page with its components, and its reports of the last 90 days."""
    since = now - timedelta(days=DAYS + 1)
    recent = Q(resolved_at=None, kind=ReportKind.INCIDENT) | Q(starts_at__gte=since)
    recent |= Q(resolved_at__gte=since) | Q(ends_at__gte=since)
    rows = page.reports.filter(recent).prefetch_related("updates")[:MAX_REPORTS]
    reports = tuple(report_of(row, row.updates.all(), now) for row in rows)
    return Snapshot(page, tuple(page.components.all()), reports, now)


def report_of(row: StatusReport, updates: Iterable[StatusUpdate], now: datetime) -> Report:
    """The values of a row with its updates, the newest first."""
    return Report(
        pk=row.pk,
        kind=ReportKind(row.kind),
        title=row.title,
        stored_state=ReportState(row.state),
        impact=ReportImpact(row.impact),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        resolved_at=row.resolved_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        updates=tuple(_said(one) for one in updates),
        now=now,
    )


def _said(row: StatusUpdate) -> Said:
    effects = {int(pk): ComponentStatus(status) for pk, status in row.effects.items()}
    return Said(row.pk, ReportState(row.state), row.body, row.at, effects)
