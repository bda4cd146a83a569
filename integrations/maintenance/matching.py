"""Matching: the maintenance window that suppresses an alert now, and until when."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.expressions import Combinable

from incidents.models import Alert
from integrations.maintenance.recurrence import A_DAY, MAX_DURATION, Occurrence, Timetable
from integrations.maintenance.rules import FIELDS, MAPS, RULES, Matcher, Subject
from integrations.mapping.events import Event
from integrations.mapping.values import Problems
from integrations.models import Integration, MaintenanceWindow

logger = logging.getLogger(__name__)
COLUMN_NAMES = {"title": "subject"}  # Where the column of an event is called otherwise.
MAX_CHAINED = 100  # windows that follow without a gap; after so many it pages
# What an alert keeps for its next evaluation: the integration that reported it, its severity then.
ATTRIBUTES_KEY = "maintenance"
REASON = "maintenance: "


class WindowState(StrEnum):
    """Where a window is in its life."""

    CURRENT = "current"
    PLANNED = "planned"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class ActiveWindow:
    """The window that suppresses an alert; ``until``: the end of the last of those that follow
    without a gap."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A compiled window. ``matchers``: all must hold. A broken one suppresses nothing."""

    name: str
    timetable: Timetable
    matchers: tuple[Matcher, ...] = ()
    is_broken: bool = False

    def covers(self, subject: Subject) -> bool:
        """Whether the window is for this alert, at whatever time."""
        return not self.is_broken and all(matches(subject) for matches in self.matchers)


class WindowCache:
    """The windows of now, loaded at the first call: one query where there is none."""

    def __init__(self) -> None:
        self.rows: list[Window] | None = None

    def active_for(
        self, integration: Integration, event: Event, now: datetime
    ) -> ActiveWindow | None:
        """The window that suppresses the event, and until when; None outside of all."""
        if self.rows is None:
            self.rows = load_windows(now)
        if not self.rows:
            return None
        subject = Subject(integration.pk, integration.service_id, fields_of(event))
        return active_window(self.rows, subject, now)


def active_window(
    windows: Iterable[Window], subject: Subject, now: datetime
) -> ActiveWindow | None:
    """Of the windows that are active now the one that lasts longest; ``until`` is the end of the
    last of those that follow without a gap."""
    covering = [window for window in windows if window.covers(subject)]
    first = _longest(covering, now)
    if first is None:
        return None
    until = first.until
    for _ in range(MAX_CHAINED):
        following = _longest(covering, until)
        if following is None:
            break
        until = following.until
    return ActiveWindow(first.name, until)


def _longest(windows: Sequence[Window], at: datetime) -> ActiveWindow | None:
    found = [ActiveWindow(w.name, present.end) for w in windows if (present := w.timetable.at(at))]
    return max(found, key=lambda window: window.until, default=None)


def fields_of(event: Event) -> dict[str, Any]:
    """What the rules of a window see of an event."""
    fields = {name: getattr(event, COLUMN_NAMES.get(name, name)) for name in FIELDS}
    return fields | {name: getattr(event, name) for name in MAPS}


def subject_of(alert: Alert) -> Subject:
    """The same of an alert, with the severity that it came in with."""
    stored, kept = alert.attributes, alert.attributes.get(ATTRIBUTES_KEY) or {}
    fields: dict[str, Any] = {name: stored.get(name) or "" for name in FIELDS}
    fields |= {name: getattr(alert, name) for name in FIELDS if hasattr(alert, name)}
    fields |= {name: stored.get(name) or {} for name in MAPS}
    fields |= {"status": alert.source_status, "severity": kept.get("severity") or alert.severity}
    return Subject(kept.get("integration"), alert.service_id, fields)


def attributes_of(integration: Integration, event: Event) -> dict[str, Any]:
    """What an alert that falls into a window keeps in its attributes."""
    return {ATTRIBUTES_KEY: {"integration": integration.pk, "severity": event.severity}}


def timetable_of(row: MaintenanceWindow) -> Timetable:
    """When a window takes place."""
    return Timetable(
        row.starts_at,
        row.ends_at,
        row.recurrence,
        tuple(row.weekdays),
        ZoneInfo(row.time_zone),
        row.until,
        row.ended_at,
    )


def compile_window(row: MaintenanceWindow) -> Window:
    """A window ready for matching. One that cannot work is logged, and suppresses nothing."""
    problems: Problems = []
    matchers = tuple(rule.compile(row, problems) for rule in RULES)
    if problems:
        logger.error("Maintenance window %s suppresses nothing: %s", row.pk, problems)
    return Window(row.name, timetable_of(row), matchers, is_broken=bool(problems))


def unfinished(now: datetime | Combinable) -> Q:
    """Which rows may suppress something now or later; a few that are over among them."""
    once = Q(recurrence="once")
    going_on = once & Q(ends_at__gt=now, ended_at=None)
    repeated = ~once & (Q(until=None) | Q(until__gt=now - MAX_DURATION))
    return going_on | repeated


def load_windows(now: datetime) -> list[Window]:
    """The windows that may be active about now, or follow; also for messages that are a day old."""
    rows = MaintenanceWindow.objects.filter(unfinished(now - A_DAY))
    return [compile_window(row) for row in rows.prefetch_related("integrations", "services")]


def active_rows(rows: Iterable[MaintenanceWindow], now: datetime) -> list[tuple[Any, Occurrence]]:
    """Those that are active now with their present occurrence; what ends first is first."""
    found = [(row, present) for row in rows if (present := timetable_of(row).at(now))]
    return sorted(found, key=lambda pair: pair[1].end)


def state_of(row: MaintenanceWindow, now: datetime) -> WindowState:
    """Its state now; it is planned as long as another occurrence comes."""
    coming = next(timetable_of(row).after(now), None)
    if coming is None:
        return WindowState.PAST
    return WindowState.CURRENT if coming.start <= now else WindowState.PLANNED
