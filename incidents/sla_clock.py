"""The two clocks of an incident's service level, in memory; whoever has locked the row saves it.

A clock runs while its timer (``acknowledge_by``, ``resolve_by``) is set. ``…_due_at`` says when
it is due also once it was met; it is empty while the clock stands still.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from incidents.choices import SlaState
from incidents.models import Incident, Service
from incidents.sla_targets import TARGETS, Row, targets_for, warning_left_s
from incidents.support_hours import SupportHours

# The columns that the clocks change.
SLA_FIELDS = (
    "acknowledge_by",
    "resolve_by",
    "sla_rows",
    "acknowledge_target_minutes",
    "resolve_target_minutes",
    "acknowledge_due_at",
    "resolve_due_at",
    "acknowledge_breached_at",
    "resolve_breached_at",
    "resolve_remaining_s",
    "sla_state",
    "sla_warn_at",
    "sla_warned",
)


def begin(incident: Incident, at: datetime, rows: Sequence[Row] | None = None) -> None:
    """Both clocks run from ``at``, by the targets of its service, or by ``rows``."""
    incident.sla_rows = list(incident.service.sla_rows if rows is None else rows)
    _choose_targets(incident)
    run(incident, at)


def run(incident: Incident, at: datetime) -> None:
    """Both clocks run from ``at``, the whole of their time; what was missed stays missed."""
    incident.resolve_remaining_s = None
    for target in TARGETS:
        minutes = _get(incident, target, "target_minutes")
        if minutes and not _get(incident, target, "breached_at"):
            _set_due(incident, target, at, minutes * 60)
    refresh(incident, at)


def stop(incident: Incident, at: datetime, *targets: str) -> None:
    """What is done by now counts no more; a timer that is past is left, to be noted as missed."""
    for target in targets:
        timer = getattr(incident, f"{target}_by")
        if timer is not None and timer > at:
            if target == "resolve":
                incident.resolve_remaining_s = left_s(incident, target, at)
            setattr(incident, f"{target}_by", None)
    refresh(incident, at)


def halt(incident: Incident, at: datetime) -> None:
    """Neither clock runs, nor is anything due: nobody is told of the incident yet."""
    for target in TARGETS:
        setattr(incident, f"{target}_by", None)
        setattr(incident, f"{target}_due_at", None)
    refresh(incident, at)


def pause(incident: Incident, at: datetime) -> None:
    """While it is on hold the time to resolve it stands still, if its service says so."""
    if incident.resolve_by is None or incident.resolve_by <= at:
        return
    if incident.service.sla_pauses_on_hold:
        incident.resolve_remaining_s = left_s(incident, "resolve", at)
        incident.resolve_by = incident.resolve_due_at = None
        refresh(incident, at)


def resume(incident: Incident, at: datetime) -> None:
    """The time to resolve it goes on where it stood still."""
    if incident.resolve_remaining_s is not None:
        _set_due(incident, "resolve", at, incident.resolve_remaining_s)
        incident.resolve_remaining_s = None
        refresh(incident, at)


def reopen(incident: Incident, at: datetime) -> None:
    """Anew to acknowledge it, and on with what was left to resolve it."""
    minutes = incident.acknowledge_target_minutes
    if minutes and not incident.acknowledge_breached_at:
        _set_due(incident, "acknowledge", at, minutes * 60)
    resume(incident, at)
    refresh(incident, at)


def retarget(incident: Incident, at: datetime) -> None:
    """Its severity or priority has changed: other targets may hold, less what has passed."""
    _replace_targets(incident, _clock(incident), at, at)


def move(incident: Incident, previous: Service, at: datetime) -> None:
    """It belongs to another service: the targets of that hold, less what has passed; what had none
    counts from when people were told on.

    Those of the policy stay before them. What was met or missed stays so.
    """
    inherited = previous.sla_rows
    if inherited and incident.sla_rows[-len(inherited) :] == inherited:
        own = incident.sla_rows[: -len(inherited)]
    else:
        own = [] if inherited else incident.sla_rows
    incident.sla_rows = [*own, *incident.service.sla_rows]
    _replace_targets(incident, previous.sla_hours, at, incident.told_from or at)


def _replace_targets(
    incident: Incident, hours: SupportHours, at: datetime, since: datetime
) -> None:
    """Choose the targets anew. What has passed was counted by ``hours``; a clock that has not run
    before counts from ``since``."""
    before = {target: _get(incident, target, "target_minutes") for target in TARGETS}
    passed_s = {target: _passed_s(incident, target, hours, at) for target in TARGETS}
    _choose_targets(incident)
    is_same = hours == _clock(incident)
    for target in TARGETS:
        minutes = _get(incident, target, "target_minutes")
        if not _is_awaited(incident, target) or (is_same and minutes == before[target]):
            continue
        spent_s = passed_s[target]
        if minutes is None:
            _set_left(incident, target, at, None)
        elif spent_s is None:
            _set_left(incident, target, since, minutes * 60)
        else:
            _set_left(incident, target, at, max(minutes * 60 - spent_s, 0))
    refresh(incident, at)


def _passed_s(incident: Incident, target: str, hours: SupportHours, at: datetime) -> int | None:
    """How much of its time has passed, in seconds; None where its clock has not begun."""
    minutes, due_at = _get(incident, target, "target_minutes"), getattr(incident, f"{target}_by")
    if target == "resolve" and incident.resolve_remaining_s is not None:
        return int(minutes) * 60 - incident.resolve_remaining_s if minutes else None
    if due_at is None or not minutes:
        return None
    return int(minutes) * 60 - int(hours.open_between(at, due_at).total_seconds())


def _set_left(incident: Incident, target: str, at: datetime, left_s: int | None) -> None:
    """So much was left ``at`` that time, None for no target; on hold the time to resolve waits."""
    setattr(incident, f"{target}_by", None)
    setattr(incident, f"{target}_due_at", None)
    if target == "resolve":
        incident.resolve_remaining_s = None
    if left_s is None:
        return
    held_since = incident.held_since if incident.service.sla_pauses_on_hold else None
    if target == "resolve" and held_since:
        passed = _clock(incident).open_between(at, held_since)
        incident.resolve_remaining_s = max(left_s - int(passed.total_seconds()), 0)
    else:
        _set_due(incident, target, at, left_s)


def breach(incident: Incident, target: str, now: datetime) -> None:
    """The target is missed, for good."""
    setattr(incident, f"{target}_breached_at", now)
    setattr(incident, f"{target}_by", None)
    refresh(incident, now)


def take_warnings(incident: Incident, now: datetime) -> list[str]:
    """The targets whose warning is due; it is not given again in this round."""
    due = [
        (number, row["target"])
        for number, row in enumerate(incident.service.sla_warnings)
        if (at := _warns_at(incident, number, row, now)) is not None and at <= now
    ]
    incident.sla_warned = [*incident.sla_warned, *(number for number, _ in due)]
    refresh(incident, now)
    return list(dict.fromkeys(target for _, target in due))


def refresh(incident: Incident, now: datetime) -> None:
    """Set the state, and when the next warning is due."""
    rows = list(enumerate(incident.service.sla_warnings))
    times = [_warns_at(incident, number, row, now) for number, row in rows]
    incident.sla_warn_at = min((at for at in times if at is not None), default=None)
    warned = {row["target"] for number, row in rows if number in incident.sla_warned}
    if incident.acknowledge_breached_at or incident.resolve_breached_at:
        incident.sla_state = SlaState.BREACHED
    elif any(_is_running(incident, target) for target in warned):
        incident.sla_state = SlaState.AT_RISK
    else:
        has_targets = incident.acknowledge_target_minutes or incident.resolve_target_minutes
        incident.sla_state = SlaState.WITHIN if has_targets else SlaState.NONE


def left_s(incident: Incident, target: str, now: datetime) -> int:
    """How much of its time is left, in seconds that its clock counts; 0 where it is not running."""
    due_at = getattr(incident, f"{target}_by")
    if due_at is None:
        return 0
    return int(_clock(incident).open_between(now, due_at).total_seconds())


def _choose_targets(incident: Incident) -> None:
    found = targets_for(incident.sla_rows, incident.severity, incident.priority)
    for target, minutes in zip(TARGETS, found, strict=True):
        setattr(incident, f"{target}_target_minutes", minutes)


def _set_due(incident: Incident, target: str, at: datetime, span_s: int) -> None:
    due_at = _clock(incident).advance(at, timedelta(seconds=span_s))
    setattr(incident, f"{target}_by", due_at)
    setattr(incident, f"{target}_due_at", due_at)


def _warns_at(incident: Incident, number: int, row: Row, now: datetime) -> datetime | None:
    """When a warning is due; None where it was given, or is for no clock that runs."""
    target = row["target"]
    minutes = _get(incident, target, "target_minutes")
    if number in incident.sla_warned or not minutes or not _is_running(incident, target):
        return None
    at_left_s = warning_left_s(row, minutes)
    if at_left_s >= minutes * 60:  # It would come with the opening.
        return None
    wait_s = max(left_s(incident, target, now) - at_left_s, 0)
    return _clock(incident).advance(now, timedelta(seconds=wait_s)) if wait_s else now


def _is_awaited(incident: Incident, target: str) -> bool:
    """Whether people are told of it, and it is neither met nor missed."""
    if incident.is_resolved or incident.told_from is None or _get(incident, target, "breached_at"):
        return False
    if target == "resolve":
        return True
    # When it was due stays where it was met, also once paging has begun anew.
    is_met = incident.acknowledge_due_at is not None and incident.acknowledge_by is None
    return incident.acknowledged_at is None and not is_met


def _is_running(incident: Incident, target: str) -> bool:
    return getattr(incident, f"{target}_by") is not None


def _get(incident: Incident, target: str, name: str) -> Any:
    return getattr(incident, f"{target}_{name}")


def _clock(incident: Incident) -> SupportHours:
    return incident.service.sla_hours
