"""Telling people that they are put on call, moved or relieved: one notice for each change."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse

from escalation.choices import OverrideOrigin
from escalation.models import OnCallSettings, Override, Schedule
from escalation.on_call.schedule_explanations import spell_span
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.shift_changes import ChangeKind, ShiftChange
from incidents.models import User
from notifications.actions.notices import notify
from notifications.page import Notice

MAX_LINES = 8
TOLD_ORIGINS = (OverrideOrigin.TAKE, OverrideOrigin.COVER, OverrideOrigin.SWAP)
TOLD_WITHIN = timedelta(minutes=15)  # a change is published seconds after it was made
TOLERANCE_S = 60


def tell_of_changes(schedule: Schedule, changes: Iterable[ShiftChange], now: datetime) -> None:
    """Tell each person of their changes in one notice. Runs in the transaction that keeps them.

    What a colleague took over, covers or gives back is told by that action, with the name.
    """
    told = _told_by_name(schedule, now)
    left = [change for change in changes if not any(_is_of(one, change) for one in told)]
    by_person = {user: list(rows) for user, rows in groupby(left, key=lambda one: one.user)}
    quiet = OnCallSettings.objects.filter(user__in=by_person, tells_changes=False)
    silent = set(quiet.values_list("user_id", flat=True))
    for person in User.objects.active().filter(pk__in=by_person).exclude(pk__in=silent):
        notice = notice_of(schedule, by_person[person.pk], person.zone)
        notify([person.pk], notice, key=f"shifts:{schedule.pk}:{schedule.revision}", now=now)


def _told_by_name(schedule: Schedule, now: datetime) -> list[Override]:
    """The overrides of which whoever they relieve, or are given back to, has just been told."""
    recent = now - TOLD_WITHIN
    made = Q(made_at__gte=recent, cancelled_at=None)
    undone = Q(cancelled_at__gte=recent, cover__isnull=False)
    rows = schedule.overrides.filter(made | undone, instead_of__isnull=False)
    return list(rows.filter(origin__in=TOLD_ORIGINS))


def _is_of(override: Override, change: ShiftChange) -> bool:
    """Whether a change is what the override does to the person whose place it takes."""
    if override.instead_of_id != change.user or change.kind == ChangeKind.MOVED:
        return False
    is_undone = override.cancelled_at is not None
    if (change.kind == ChangeKind.GAINED) != is_undone:
        return False
    return (
        instant_of(override.starts_at) <= change.start + TOLERANCE_S
        and change.end <= instant_of(override.ends_at) + TOLERANCE_S
    )


def notice_of(schedule: Schedule, changes: Sequence[ShiftChange], zone: ZoneInfo) -> Notice:
    """What one person is told of their changes in a schedule."""
    lines = [sentence(change, zone) for change in changes]
    kinds = {change.kind for change in changes}
    if len(lines) == 1:
        title = f"{schedule}: {lines[0]}"
    elif kinds == {ChangeKind.LOST}:
        title = f"{schedule}: You are no longer on call at {len(lines)} times"
    elif kinds == {ChangeKind.GAINED}:
        title = f"{schedule}: You are on call at {len(lines)} more times"
    else:
        title = f"{schedule}: Your shifts have changed"
    shown = lines[:MAX_LINES]
    if left := len(lines) - len(shown):
        shown.append(f"And {left} more.")
    text = "\n".join([*shown, f"Times are those of {zone.key}."])
    return Notice(title=title, text=text, url=reverse("my_shifts"))


def sentence(change: ShiftChange, zone: ZoneInfo) -> str:
    """The change as its person reads it."""
    span = spell_span(change.start, change.end, zone)
    if change.kind == ChangeKind.MOVED:
        return f"Your shift of {spell_span(*change.was, zone)} has moved: now {span}"
    if change.kind == ChangeKind.LOST:
        return f"You are no longer on call {span}"
    return f"You are on call {span}"
