"""Whoever is put on call, or relieved, is told: what `shifts` says is compared with what it said.

The database notes whatever may change a schedule (``ScheduleChange``), in the transaction of the
change. A schedule is published for the first time in silence.
"""

import logging
import time
from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from escalation.actions.change_notices import tell_of_changes
from escalation.actions.hand_over_plans import plan_hand_overs
from escalation.actions.reminders import plan_reminders
from escalation.actions.zone_data import IS_OLD, take_version
from escalation.choices import OverrideOrigin
from escalation.models import Override, PublishedShift, Schedule, ScheduleChange
from escalation.on_call.schedule_facts import instant_of, load, time_of
from escalation.schedules.facts import Facts
from escalation.schedules.personal_shifts import PersonalShift, personal_shifts
from escalation.schedules.shift_changes import ShiftChange, Told, changes_of
from escalation.schedules.timeline import OverrideCause

logger = logging.getLogger(__name__)
BACK, AHEAD = timedelta(days=30), timedelta(days=400)
# A schedule that has more shifts than this until NEAR is published no further: an hourly one would
# be written for seconds at each change.
NEAR, MAX_SHIFTS = timedelta(days=180), 2000
BUDGET_S = 1.0  # A page may wait behind it: two workers do all that may take its time.
RETRY_AFTER = timedelta(minutes=1)


def publish_due(now: datetime) -> int:
    """Publish the schedules that may have changed; returns how many were.

    Each by one of all who try; what takes longer than BUDGET_S is left for the next time.
    """
    _spread(now)
    due = ScheduleChange.objects.filter(made_at__lte=now, schedule__isnull=False).order_by("pk")
    began, published = time.monotonic(), 0
    for schedule_id in dict.fromkeys(due.values_list("schedule_id", flat=True)):
        if published and time.monotonic() - began > BUDGET_S:
            break
        try:
            published += _publish_noted(schedule_id, now)
        except Exception:
            logger.exception("Schedule %s could not be published; again in a minute", schedule_id)
            due.filter(schedule=schedule_id).update(made_at=now + RETRY_AFTER)
    return published


def note_time_passed(now: datetime) -> int:
    """Note the schedules whose shifts are not published far enough ahead, or with older data of
    time zones; returns how many."""
    end = span_at(now)[1]
    is_late = ~Q(published_until__in=[end, near(end)])
    late = Q(published_until=None) | is_late | IS_OLD
    noted = ScheduleChange.objects.values("schedule")
    rows = Schedule.objects.filter(late).exclude(pk__in=noted.filter(schedule__isnull=False))
    changes = [ScheduleChange(schedule=row, made_at=now, is_edit=False) for row in rows]
    ScheduleChange.objects.bulk_create(changes)
    return len(changes)


@transaction.atomic
def _spread(now: datetime) -> None:
    """What may change all schedules is noted for each."""
    rows = ScheduleChange.objects.filter(schedule=None)
    taken = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if taken:
        # In most of them nothing changes: their calendars stay as they are.
        spread = [
            ScheduleChange(schedule=row, made_at=now, is_edit=False)
            for row in Schedule.objects.all()
        ]
        ScheduleChange.objects.bulk_create(spread)
        ScheduleChange.objects.filter(pk__in=taken).delete()


@transaction.atomic
def _publish_noted(schedule_id: int, now: datetime) -> int:
    locked = Schedule.objects.select_for_update(skip_locked=True, no_key=True)
    schedule = locked.filter(pk=schedule_id).first()
    noted = dict(ScheduleChange.objects.filter(schedule=schedule_id).values_list("pk", "is_edit"))
    if schedule is None or not noted:
        return 0
    publish(schedule, now, is_edit=any(noted.values()))
    ScheduleChange.objects.filter(pk__in=noted).delete()
    return 1


def publish(schedule: Schedule, now: datetime, *, is_edit: bool = True) -> list[ShiftChange]:
    """Keep the shifts as they are now, and tell whoever gained or lost some to come.

    Returns what changed. Runs in the caller's transaction, which holds the schedule.
    """
    start, last = span_at(now)
    facts = load([schedule], start, last)[schedule.pk]
    found, end = _shifts_ahead(facts, start, last)
    schedule.published_shifts.filter(starts_at__gte=end).delete()
    known = list(schedule.published_shifts.all())
    until = min(schedule.published_until or now, end)
    changes = changes_of(
        [_told(row) for row in known if row.cancelled_at is None],
        _as_told(found),
        instant_of(now),
        instant_of(until),
    )
    _keep(schedule, known, found, now)
    if is_edit or changes:
        schedule.revision, schedule.revised_at = F("revision") + 1, now
    take_version(schedule, [] if is_edit else changes, now)
    schedule.published_until = end
    schedule.save(update_fields=["revision", "revised_at", "published_until", "zone_data"])
    schedule.refresh_from_db(fields=["revision"])
    tell_of_changes(schedule, changes, now)
    plan_hand_overs(schedule, facts, now)
    plan_reminders({row.user_id for row in known} | {one.user for one in found}, now)
    return changes


def tell_that_it_is_gone(schedule: Schedule, now: datetime) -> None:
    """Tell whoever has shifts to come in a schedule that is to be deleted."""
    rows = schedule.published_shifts.live().filter(ends_at__gt=now)
    until = span_at(now)[1]
    changes = changes_of(map(_told, rows), (), instant_of(now), instant_of(until))
    schedule.refresh_from_db(fields=["revision"])
    schedule.revision += 1  # A change of its own, which is told beside the last one.
    tell_of_changes(schedule, changes, now)


def span_at(now: datetime) -> tuple[datetime, datetime]:
    """From when and until when shifts are published: whole days of UTC."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - BACK, day + AHEAD


def near(end: datetime) -> datetime:
    """Until when the shifts of a crowded schedule are published, of the end for others."""
    return end - AHEAD + NEAR


def _shifts_ahead(
    facts: Facts, start: datetime, end: datetime
) -> tuple[list[PersonalShift], datetime]:
    """→ (the shifts, until when): until the end, or until NEAR where there are too many."""
    nearer = near(end)
    found = personal_shifts(facts, instant_of(start), instant_of(nearer))
    if len(found) > MAX_SHIFTS:
        return found, nearer
    return personal_shifts(facts, instant_of(start), instant_of(end)), end


def _told(row: PublishedShift) -> Told:
    return Told(row.key, row.user_id, instant_of(row.starts_at), instant_of(row.ends_at))


def _as_told(shifts: Iterable[PersonalShift]) -> list[Told]:
    """With a mark at those that the person made themselves, by an override of their own, and those
    of which the hand-over tells."""
    rows = list(shifts)
    causes = [cause for one in rows for cause in one.place.causes]
    ids = {cause.override for cause in causes if isinstance(cause, OverrideCause)}
    made = Override.objects.filter(pk__in=ids)
    makers = dict(made.values_list("pk", "made_by_id"))
    silent = set(made.filter(origin=OverrideOrigin.HAND_OVER).values_list("pk", flat=True))
    return [
        Told(one.key, one.user, one.start, one.end, is_own=_is_own(one, makers, silent))
        for one in rows
    ]


def _is_own(shift: PersonalShift, makers: dict[int, int | None], silent: Container[int]) -> bool:
    last = shift.place.causes[-1]
    if not isinstance(last, OverrideCause):
        return False
    return last.override in silent or makers.get(last.override) == shift.user


def _keep(
    schedule: Schedule,
    known: Iterable[PublishedShift],
    found: Iterable[PersonalShift],
    now: datetime,
) -> None:
    """Write the shifts over those that are known; what is past stays, for as long as it is kept."""
    rows = {row.key: row for row in known}
    new, changed = [], []
    for one in found:
        row = rows.pop(one.key, None)
        wanted = _row(schedule, one)
        if row is None:
            new.append(wanted)
        elif _differs(row, wanted, now):
            wanted.pk = row.pk
            changed.append(wanted)
    gone = [row for row in rows.values() if row.ends_at > now and row.cancelled_at is None]
    for row in gone:
        row.cancelled_at = now
    fields = ["user", "role", "starts_at", "ends_at", "cancelled_at"]
    PublishedShift.objects.bulk_create(new, batch_size=1000)
    PublishedShift.objects.bulk_update([*changed, *gone], fields, batch_size=500)
    old = Q(ends_at__lte=span_at(now)[0]) | Q(cancelled_at__lt=now - BACK)
    schedule.published_shifts.filter(old).delete()


def _row(schedule: Schedule, shift: PersonalShift) -> PublishedShift:
    return PublishedShift(
        schedule=schedule,
        key=shift.key,
        user_id=shift.user,
        role=shift.place.role,
        starts_at=time_of(shift.start),
        ends_at=time_of(shift.end),
    )


def _differs(row: PublishedShift, wanted: PublishedShift, now: datetime) -> bool:
    """Whether there is something to write: the start of a shift that was cut where the span
    begins is kept."""
    if row.starts_at < wanted.starts_at <= span_at(now)[0]:
        wanted.starts_at = row.starts_at
    fields = ("user_id", "role", "starts_at", "ends_at", "cancelled_at")
    return any(getattr(row, name) != getattr(wanted, name) for name in fields)
