"""Reminders: planned ahead of each shift, told once, and not where the shift has moved away."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Model
from django.urls import reverse

from escalation.actions.due_rows import process_due
from escalation.models import (
    OnCallSettings,
    PlannedReminder,
    PublishedShift,
    Reminder,
    Schedule,
)
from escalation.models.reminders import MAX_BEFORE_MINUTES
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of, load
from escalation.schedules.resolver import who
from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.actions.notices import notify
from notifications.page import Notice

MAX_REMINDERS = 3  # of one person
DEFAULT = (60, "email")
PLANNED_AHEAD = timedelta(days=15)
KEPT_FOR = timedelta(days=40)  # as long as a shift may be published, and more
TOUCHING = timedelta(minutes=5)
LATE_AT_MOST = timedelta(minutes=5)  # after a shift has begun nobody is reminded of it
BATCH = 200


@dataclass(frozen=True, slots=True)
class Block:
    """Shifts of a person that touch: they are one, by the name of the first."""

    schedule_id: int
    key: str
    start: datetime
    end: datetime


def reminders_of(user: User) -> list[tuple[int, str]]:
    """(minutes before, channel) of the reminders that a person has."""
    if not OnCallSettings.objects.filter(user=user).exists():
        return [DEFAULT]
    return list(user.reminders.values_list("minutes_before", "channel"))


@transaction.atomic
def change_settings(
    user: User, reminders: Sequence[tuple[int, str]], *, now: datetime, **switches: bool
) -> OnCallSettings:
    """What a person wants to be told of their shifts; ``switches`` are columns of OnCallSettings.

    Raises InvalidRequest for more than three reminders, two at the same time, or a wrong time.
    """
    check_reminders(reminders)
    row, _ = OnCallSettings.objects.update_or_create(user=user, defaults=switches)
    user.reminders.all().delete()
    Reminder.objects.bulk_create(_rows_of(user, reminders))
    plan_reminders([user.pk], now)
    return row


def first_settings(user: User, reminders: Sequence[tuple[int, str]]) -> list[Model]:
    """The rows, not saved yet, of somebody who has no settings and no shifts until now.

    Raises InvalidRequest.
    """
    check_reminders(reminders)
    return [OnCallSettings(user=user), *_rows_of(user, reminders)]


def _rows_of(user: User, reminders: Sequence[tuple[int, str]]) -> list[Reminder]:
    return [Reminder(user=user, minutes_before=m, channel=c) for m, c in reminders]


def check_reminders(reminders: Sequence[tuple[int, str]]) -> None:
    """Raises InvalidRequest for more than three, two at the same time, or a wrong time."""
    minutes = [before for before, _ in reminders]
    if len(reminders) > MAX_REMINDERS:
        raise InvalidRequest(f"reminders: At most {MAX_REMINDERS}.")
    if len(set(minutes)) < len(minutes):
        raise InvalidRequest("reminders: Two are at the same time before.")
    if any(not 0 <= before <= MAX_BEFORE_MINUTES for before in minutes):
        raise InvalidRequest(f"reminders: From 0 to {MAX_BEFORE_MINUTES} minutes before.")


def plan_reminders(people: Collection[int], now: datetime) -> None:
    """Plan those of the next days by the published shifts; what is not wanted any more goes.

    What would have been due already is left out: its person was told of the change. Runs in the
    caller's transaction, and holds the people.
    """
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    users = list(rows)
    shifts = PublishedShift.objects.live().filter(
        user__in=users, ends_at__gt=now - TOUCHING, starts_at__lt=now + 2 * PLANNED_AHEAD
    )
    by_user: dict[int, list[PublishedShift]] = {user.pk: [] for user in users}
    for shift in shifts.order_by("starts_at", "ends_at", "pk"):
        by_user[shift.user_id].append(shift)
    for user in users:
        _plan(user, blocks_of(by_user[user.pk]), now)


def blocks_of(shifts: Iterable[PublishedShift]) -> list[Block]:
    """The shifts of one person, in order of their start; those within five minutes are one."""
    found: list[Block] = []
    for one in shifts:
        if found and one.starts_at <= found[-1].end + TOUCHING:
            found[-1] = replace(found[-1], end=max(found[-1].end, one.ends_at))
        else:
            found.append(Block(one.schedule_id, one.key, one.starts_at, one.ends_at))
    return found


def _plan(user: User, blocks: Iterable[Block], now: datetime) -> None:
    chosen = reminders_of(user)
    wanted = {
        (block.schedule_id, block.key, minutes): PlannedReminder(
            user=user,
            schedule_id=block.schedule_id,
            key=block.key,
            minutes_before=minutes,
            channel=channel,
            starts_at=block.start,
            due_at=block.start - timedelta(minutes=minutes),
        )
        for block in blocks
        for minutes, channel in chosen
        if now - LATE_AT_MOST <= block.start < now + PLANNED_AHEAD + timedelta(minutes=minutes)
    }
    mine = PlannedReminder.objects.filter(user=user)
    known = {(row.schedule_id, row.key, row.minutes_before): row for row in mine}
    waiting = {key: row for key, row in known.items() if row.done_at is None}
    gone = [row.pk for key, row in waiting.items() if key not in wanted]
    mine.filter(pk__in=gone).delete()
    mine.filter(done_at__lt=now - KEPT_FOR).delete()
    for key, row in waiting.items():
        if (new := wanted.get(key)) and _differs(row, new):
            row.starts_at, row.due_at, row.channel = new.starts_at, new.due_at, new.channel
            row.save(update_fields=["starts_at", "due_at", "channel"])
    new_rows = [row for key, row in wanted.items() if key not in known and row.due_at >= now]
    PlannedReminder.objects.bulk_create(new_rows)


def _differs(row: PlannedReminder, new: PlannedReminder) -> bool:
    return (row.starts_at, row.due_at, row.channel) != (new.starts_at, new.due_at, new.channel)


def send_due_reminders(now: datetime) -> int:
    """Tell whoever is due to be reminded; returns how many reminders were looked at."""
    due = PlannedReminder.objects.filter(done_at=None, due_at__lte=now).order_by("due_at")
    return process_due(due, partial(_send, now=now), limit=BATCH)


def _send(row: PlannedReminder, *, now: datetime) -> None:
    if now <= row.starts_at + LATE_AT_MOST and _is_on_call(row):
        notice = _notice(row)
        channels = ((row.channel, 0),)
        notify([row.user_id], notice, key=f"reminder:{row.pk}", now=now, channels=channels)
    row.done_at = now
    row.save(update_fields=["done_at"])


def _is_on_call(row: PlannedReminder) -> bool:
    """Whether the person is on call when the shift begins, as `who` says now."""
    facts = load([row.schedule], row.starts_at, row.starts_at + timedelta(seconds=1))
    places = who(facts[row.schedule_id], instant_of(row.starts_at))
    return any(place.user == row.user_id for place in places)


def _notice(row: PlannedReminder) -> Notice:
    zone = row.user.zone
    shifts = PublishedShift.objects.live().filter(user=row.user_id, ends_at__gt=row.starts_at)
    block = _block_from(shifts.select_related("schedule").order_by("starts_at"), row.starts_at)
    schedules: list[Schedule] = list(dict.fromkeys(one.schedule for one in block))
    names = " and ".join(map(str, schedules)) or str(row.schedule)
    end = max((one.ends_at for one in block), default=None)
    until = f" – {spell(end, zone)}" if end else ""
    title = f"On call from {spell(row.starts_at, zone)}: {names}"
    text = f"{names}: {spell(row.starts_at, zone)}{until}.\nTimes are those of {zone.key}."
    return Notice(title=title, text=text, url=reverse("my_shifts"))


def _block_from(shifts: Iterable[PublishedShift], start: datetime) -> list[PublishedShift]:
    """The shifts that touch, from the one that begins at ``start`` on."""
    found: list[PublishedShift] = []
    end = start
    for one in shifts:
        if one.starts_at > end + TOUCHING:
            break
        found.append(one)
        end = max(end, one.ends_at)
    return found
