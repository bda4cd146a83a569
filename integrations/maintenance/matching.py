"""Maintenance windows: in them alerts are kept and marked, and page nobody.

The conditions of a window look at the fields of an event by their names (``FIELDS``, ``tags.env``,
``custom_fields.host``), and not at the message: so one window fits alerts of any tool, and an
alert that is suppressed can be looked at again when the window is changed.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from incidents.models import Alert
from integrations.maintenance.recurrence import A_DAY, LONGEST, Occurrence, Timetable
from integrations.mapping.conditions import Condition, compile_condition
from integrations.mapping.events import Event
from integrations.mapping.paths import Scope
from integrations.mapping.values import Problems
from integrations.models import Integration, MaintenanceWindow

logger = logging.getLogger(__name__)
FIELDS = (
    *("severity", "title", "source", "source_name", "source_id", "status", "short_text"),
    *("long_text", "url", "assignee", "topic", "severity_text", "dedup_key"),
)
NAMES = {"title": "subject"}  # Where the column of an event is called otherwise.
MAPS = ("tags", "custom_fields")
MOST_CHAINED = 100
# What an alert keeps of its coming in, so that it can be looked at again: integration, severity.
KEPT = "maintenance"
REASON = "maintenance: "


@dataclass(frozen=True, slots=True)
class Held:
    """The window that an alert came in, and until when one after the other lasts."""

    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """What a window looks at: the way that an alert came, and what it says."""

    integration_id: int | None
    service_id: int
    facts: dict[str, Any]

    @property
    def scope(self) -> Scope:
        return Scope(self.facts, self.facts)


@dataclass(frozen=True, slots=True)
class Window:
    """A window with what it is for, read once."""

    name: str
    times: Timetable
    is_for_all: bool = False
    integrations: frozenset[int] = frozenset()
    services: frozenset[int] = frozenset()
    condition: Condition | None = None
    is_broken: bool = False  # It cannot say what it is for: it holds nothing back.

    def covers(self, subject: Subject) -> bool:
        """Whether it is for what comes in by this way, or for its service, and says this."""
        if self.is_broken or not (
            self.is_for_all
            or subject.integration_id in self.integrations
            or subject.service_id in self.services
        ):
            return False
        status = subject.facts.get("status")
        return self.condition is None or self.condition.fits(subject.scope, status)


class Windows:
    """The windows of this moment, read at the first question: one query where there is none."""

    def __init__(self) -> None:
        self.rows: list[Window] | None = None

    def active_for(
        self, integration: Integration, event: Event, scope: Scope, now: datetime
    ) -> Held | None:
        """The window that the event falls into, and until when it is held; None outside of all."""
        if self.rows is None:
            self.rows = load(now)
        if not self.rows:
            return None
        subject = Subject(integration.pk, integration.service_id, facts_of(event))
        return active(self.rows, subject, now)


def active(windows: Iterable[Window], subject: Subject, now: datetime) -> Held | None:
    """The window that lasts longest of those that hold at this moment; its end is that of the last
    of those that follow without a gap."""
    covering = [window for window in windows if window.covers(subject)]
    first = _longest(covering, now)
    if first is None:
        return None
    until = first.until
    for _ in range(MOST_CHAINED):  # So much is foreseen; after that it pages.
        following = _longest(covering, until)
        if following is None:
            break
        until = following.until
    return Held(first.name, until)


def _longest(windows: Sequence[Window], at: datetime) -> Held | None:
    found = [Held(w.name, present.end) for w in windows if (present := w.times.at(at))]
    return max(found, key=lambda held: held.until, default=None)


def facts_of(event: Event) -> dict[str, Any]:
    """What conditions see of an event."""
    facts = {name: getattr(event, NAMES.get(name, name)) for name in FIELDS}
    return facts | {name: getattr(event, name) for name in MAPS}


def subject_of(alert: Alert) -> Subject:
    """The same of an alert, with the severity that it came in with."""
    details, kept = alert.attributes, alert.attributes.get(KEPT) or {}
    facts: dict[str, Any] = {name: details.get(name) or "" for name in FIELDS}
    facts |= {name: getattr(alert, name) for name in FIELDS if hasattr(alert, name)}
    facts |= {name: details.get(name) or {} for name in MAPS}
    facts |= {"status": alert.source_status, "severity": kept.get("severity") or alert.severity}
    return Subject(kept.get("integration"), alert.service_id, facts)


def kept_of(integration: Integration, event: Event) -> dict[str, Any]:
    """What an alert that falls into a window keeps in its details."""
    return {KEPT: {"integration": integration.pk, "severity": event.severity}}


def times_of(row: MaintenanceWindow) -> Timetable:
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


def compile_window(raw: Any, problems: Problems) -> Condition | None:
    """The conditions, ready for use; a problem is noted where a field is none of an event's."""
    condition = compile_condition(raw, "conditions", problems)
    for place, row in enumerate(raw if isinstance(raw, list) else []):
        path = row.get("path") if isinstance(row, dict) else None
        head = str(path or "status").replace("^", ".").partition(".")[0]
        if head not in FIELDS and head not in MAPS:
            known = ", ".join((*FIELDS, "tags.…", "custom_fields.…"))
            where = f"conditions[{place}]"
            problems.append((where, f"“{path}” is no field of an alert; known: {known}"))
    return condition


def window_of(row: MaintenanceWindow) -> Window:
    """A window with what it is for."""
    problems: Problems = []
    condition = compile_window(row.conditions, problems)
    if problems:
        logger.error("Maintenance window %s holds nothing back: %s", row.pk, problems)
    return Window(
        row.name,
        times_of(row),
        row.is_for_all,
        frozenset(one.pk for one in row.integrations.all()),
        frozenset(one.pk for one in row.services.all()),
        condition,
        is_broken=bool(problems),
    )


def unfinished(now: datetime) -> Q:
    """Which rows may hold something back now or later; a few that are over among them."""
    once = Q(recurrence="once")
    going_on = once & Q(ends_at__gt=now, ended_at=None)
    repeated = ~once & (Q(until=None) | Q(until__gt=now - LONGEST))
    return going_on | repeated


def load(now: datetime) -> list[Window]:
    """The windows that may be active about now, or follow; also for messages that are a day old."""
    rows = MaintenanceWindow.objects.filter(unfinished(now - A_DAY))
    return [window_of(row) for row in rows.prefetch_related("integrations", "services")]


def in_force(rows: Iterable[MaintenanceWindow], now: datetime) -> list[tuple[Any, Occurrence]]:
    """Those of this moment with their present occurrence; what ends first is first."""
    found = [(row, present) for row in rows if (present := times_of(row).at(now))]
    return sorted(found, key=lambda pair: pair[1].end)


def state_of(row: MaintenanceWindow, now: datetime) -> str:
    """current, planned (another time comes) or past."""
    coming = next(times_of(row).after(now), None)
    if coming is None:
        return "past"
    return "current" if coming.start <= now else "planned"
