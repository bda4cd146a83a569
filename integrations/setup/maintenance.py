"""Maintenance windows: added, changed, ended; what they suppress follows them at once."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import User
from integrations.engine.maintenance_end import reevaluate
from integrations.engine.window_reports import publish_window, withdraw_window
from integrations.errors import RulesError
from integrations.maintenance.matching import WindowState, state_of, timetable_of
from integrations.maintenance.recurrence import WEEKLY
from integrations.maintenance.rules import RULES, TARGETS
from integrations.mapping.values import Problems
from integrations.models import MaintenanceWindow
from opsportal.lib.weekly_hours import DAYS

RELATIONS = tuple(field.name for field in MaintenanceWindow._meta.many_to_many)
TARGETED = ("integrations", "services")
PUBLIC = {"status_pages", "public_title", "public_text"}
# What may still be changed of a window that takes place, or did.
CHANGEABLE = {
    WindowState.PLANNED: set(MaintenanceWindow.editable_names()),
    WindowState.CURRENT: {"name", "note", "ends_at", "until", *PUBLIC},
    WindowState.PAST: {"note"},
}
MAX_DISTANCE = timedelta(days=3660)


@transaction.atomic
def add_window(*, by: User | None = None, **fields: Any) -> MaintenanceWindow:
    """A window. One that has begun holds back nothing that is open already.

    Raises InvalidRequest or RulesError for one that cannot be.
    """
    row = MaintenanceWindow(created_by=by)
    return _save(row, fields)


@transaction.atomic
def change_window(window_id: int, **changes: Any) -> MaintenanceWindow:
    """What is planned may be changed; of what takes place the end, the name and the note. What it
    suppresses is resumed at once where it is in no window any more, and kept until the new end.

    Raises InvalidRequest for what may not be changed now, RulesError for rules that cannot work.
    """
    row = _locked(window_id)
    changes = _effective(row, changes)
    state = state_of(row, timezone.now())
    refused = sorted(changes.keys() - CHANGEABLE[state])
    if refused:
        may = ", ".join(sorted(CHANGEABLE[state]))
        raise InvalidRequest(
            f"{refused[0]}: the window is {state}; only these may be changed now: {may}."
        )
    return _save(row, changes)


@transaction.atomic
def prolong(window_id: int, ends_at: datetime, **changes: Any) -> MaintenanceWindow:
    """Another end for the present occurrence. Of a series all others become as long, too.

    Raises InvalidRequest where the window is not active.
    """
    row = _locked(window_id)
    present = timetable_of(row).at(timezone.now())
    if present is None:
        raise InvalidRequest("ends_at: the window does not take place now.")
    zone = ZoneInfo(row.time_zone)
    walls = [at.astimezone(zone).replace(tzinfo=None) for at in (present.end, ends_at)]
    first = row.ends_at.astimezone(zone).replace(tzinfo=None) + (walls[1] - walls[0])
    moved = ends_at if row.recurrence == "once" else first.replace(tzinfo=zone)
    return change_window(window_id, ends_at=moved, **changes)


@transaction.atomic
def end_window(window_id: int, *, series: bool = False) -> MaintenanceWindow:
    """End it now: what is open pages at once. Of a series the present occurrence ends, and with
    ``series`` all of it. Done twice, it changes nothing.

    Raises InvalidRequest for a series that has not begun, which is deleted instead.
    """
    row, now = _locked(window_id), timezone.now()
    state = state_of(row, now)
    if state == WindowState.CURRENT:
        row.ended_at = now
    if series and row.recurrence != "once" and state != WindowState.PAST:
        row.until = now
    elif series and state == WindowState.PLANNED:
        raise InvalidRequest("It has not begun: delete it.")
    row.save()
    publish_window(row)
    reevaluate(now)
    return row


@transaction.atomic
def delete_window(window_id: int) -> None:
    """Delete it; what only it suppressed pages at once."""
    row = _locked(window_id)
    withdraw_window(row)
    row.delete()
    reevaluate(timezone.now())


def _locked(window_id: int) -> MaintenanceWindow:
    return MaintenanceWindow.objects.select_for_update(no_key=True).get(pk=window_id)


def _save(row: MaintenanceWindow, changes: dict[str, Any]) -> MaintenanceWindow:
    targets = {name: list(changes.pop(name)) for name in RELATIONS if name in changes}
    if unknown := sorted(changes.keys() - set(MaintenanceWindow.editable_names())):
        raise TypeError(f"not of a window: {', '.join(unknown)}")
    for name, value in changes.items():
        setattr(row, name, value)
    if row.recurrence != WEEKLY:
        row.weekdays = []
    if row.recurrence == "once":
        row.until = None
    _check(row, _wanted(row, targets))
    if targets.get("status_pages") and not row.public_title.strip():
        raise InvalidRequest("public_title: visitors of the status pages need one.")
    row.save()
    for name, rows in targets.items():
        getattr(row, name).set(rows)
    publish_window(row)
    reevaluate(timezone.now())
    return row


def _effective(row: MaintenanceWindow, changes: dict[str, Any]) -> dict[str, Any]:
    """Those of the changes that change something."""
    found = {}
    for name, value in changes.items():
        now, wanted = getattr(row, name, None), value
        if name in RELATIONS:
            now = {one.pk for one in getattr(row, name).all()}
            wanted = {one.pk for one in value}
        if now != wanted:
            found[name] = value
    return found


def _wanted(row: MaintenanceWindow, targets: dict[str, list[Any]]) -> list[Any]:
    """Everything that it is for, as it will be."""
    kept = [] if row._state.adding else [name for name in TARGETED if name not in targets]
    return [
        *(one for name in TARGETED for one in targets.get(name, ())),
        *(one for name in kept for one in getattr(row, name).all()),
    ]


def _check(row: MaintenanceWindow, wanted: list[Any]) -> None:
    """Raises InvalidRequest, or RulesError where a rule cannot work."""
    if not row.name.strip():
        raise InvalidRequest("name: it needs one.")
    if bool(wanted) == row.is_for_all:
        raise InvalidRequest(
            "is_for_all: choose services or integrations, or everything; and not both."
        )
    _check_times(row)
    problems: Problems = []
    for rule in RULES:
        if rule is not TARGETS:  # Which is not stored yet.
            rule.compile(row, problems)
    if problems:
        raise RulesError(problems)


def _check_times(row: MaintenanceWindow) -> None:
    now = timezone.now()
    try:
        ZoneInfo(row.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(f"time_zone: there is no “{row.time_zone}”.") from error
    if unknown := [day for day in row.weekdays if day not in DAYS]:
        raise InvalidRequest(f"weekdays: “{unknown[0]}” is none of {', '.join(DAYS)}.")
    for name in ("starts_at", "ends_at", "until"):
        at = getattr(row, name)
        if at is not None and not now - MAX_DISTANCE < at < now + MAX_DISTANCE:
            raise InvalidRequest(f"{name}: it is more than ten years away.")
    for name, problem in timetable_of(row).problems().items():
        raise InvalidRequest(f"{name}: {problem}")
