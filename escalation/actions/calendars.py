"""Calendars as layers: added after a preview, read every ten minutes, in force until the next."""

import logging
import secrets
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from escalation.actions.schedules import edit_schedule, name_members
from escalation.models import LayerCalendar, Schedule
from escalation.on_call.calendar_reading import Copy, fetch, read
from escalation.on_call.managers import managers_or_owners
from escalation.on_call.schedule_facts import definition_at, instant_of
from escalation.schedules.calendar_import import (
    CalendarUnreadable,
    from_now_on,
)
from escalation.schedules.definition import MAX_LAYERS, Definition, Layer
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from notifications.actions.notices import notify
from notifications.page import Notice
from opsportal.lib.encryption import SecretUnreadable

logger = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=400)
FETCHED_EVERY = timedelta(minutes=10)
EXPANDED_EVERY = timedelta(days=1)
WARNED_AFTER, TOLD_AFTER = timedelta(hours=1), timedelta(days=1)
DRAFT_KEPT_FOR = timedelta(days=1)
BUDGET_S = 30.0
MAX_UNKNOWN = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes of a calendar that is to be a layer."""

    name: str
    rank: int = 1
    url: str = ""  # '' where the file was uploaded
    names: Mapping[str, int] = field(default_factory=dict)


@transaction.atomic
def add_draft(schedule: Schedule, draft: Draft, copy: Copy, now: datetime) -> LayerCalendar:
    """A calendar that can be looked at; it says nothing until ``put_in_force``.

    Raises InvalidRequest where it cannot be read.
    """
    row = Schedule.objects.select_for_update(no_key=True).get(pk=schedule.pk)
    row.calendars.filter(next_fetch_at=None, expanded_at__lt=now - DRAFT_KEPT_FOR).delete()
    calendar = LayerCalendar(
        schedule=row,
        layer=f"calendar-{secrets.token_hex(4)}",
        name=draft.name,
        rank=draft.rank,
        url=draft.url,
        names=dict(draft.names),
    )
    try:
        _take(calendar, copy, now)
    except CalendarUnreadable as error:
        raise InvalidRequest(f"url: {error}") from error
    calendar.save()
    return calendar


@transaction.atomic
def put_in_force(calendar: LayerCalendar, *, by: User | None, now: datetime) -> None:
    """Make a draft a layer, from now on. Raises DomainError for a 31st layer."""
    schedule = Schedule.objects.select_for_update(no_key=True).get(pk=calendar.schedule_id)
    row = LayerCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
    if row.next_fetch_at is not None:
        return
    before = definition_at(schedule, now)
    if len(before.layers) >= MAX_LAYERS:
        raise DomainError(f"A schedule has at most {MAX_LAYERS} layers.")
    layer = Layer(row.layer, row.name, rank=row.rank, calendar=True)
    row.next_fetch_at = now + _every(row)
    row.save(update_fields=["next_fetch_at"])
    definition = Definition(before.zone, (*before.layers, layer))
    edit_schedule(schedule, definition, effective_from=now, by=by, note=f"Calendar {row.name}")
    _name_people(row)


def _every(row: LayerCalendar) -> timedelta:
    return FETCHED_EVERY if row.is_fetched else EXPANDED_EVERY


def is_in_use(row: LayerCalendar, now: datetime) -> bool:
    """Whether a version that holds, or is to hold, has its layer."""
    versions = row.schedule.versions.filter(withdrawn_at=None)
    later = [one for one in versions if one.effective_from and one.effective_from > now]
    held = [one for one in versions if one not in later][-1:]
    return any(
        layer["id"] == row.layer for one in [*held, *later] for layer in one.definition["layers"]
    )


@transaction.atomic
def change_names(calendar: LayerCalendar, names: Mapping[str, int], now: datetime) -> None:
    """Say whom names of a calendar mean, as a whole; counts from now on."""
    row = LayerCalendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
    row.names = dict(names)
    _expand(row, now)
    row.save()
    _name_people(row)


def refresh_due(now: datetime) -> int:
    """Read the calendars whose time has come, each by one of all who try; returns how many."""
    began, done = time.monotonic(), 0
    due = LayerCalendar.objects.filter(next_fetch_at__lte=now).order_by("next_fetch_at")
    for number in list(due.values_list("pk", flat=True)):
        if time.monotonic() - began > BUDGET_S:
            break
        claimed = due.filter(pk=number).update(next_fetch_at=now + FETCHED_EVERY)
        if claimed:
            done += 1
            _refresh(number, now)
    return done


def _refresh(number: int, now: datetime) -> None:
    """Nothing of what goes wrong changes what is in force."""
    row = LayerCalendar.objects.select_related("schedule").get(pk=number)
    if not is_in_use(row, now):
        LayerCalendar.objects.filter(pk=number).update(next_fetch_at=None)
        return
    try:
        copy = fetch(row.url, row.etag, row.modified) if row.is_fetched else None
        _keep(number, copy, now)
    except (CalendarUnreadable, SecretUnreadable) as error:
        _note_failure(number, str(error), now)
    except Exception:
        logger.exception("Calendar %s could not be read; it is tried again", number)
        _note_failure(number, "A defect of the portal.", now)


@transaction.atomic
def _keep(number: int, copy: Copy | None, now: datetime) -> None:
    row = LayerCalendar.objects.select_for_update(no_key=True).get(pk=number)
    fields = ["succeeded_at", "error", "told_at", "next_fetch_at"]
    if copy is not None:
        _take(row, copy, now)
        fields += ["body", "etag", "modified", "shifts", "unknown", "expanded_at"]
    elif row.expanded_at is None or row.expanded_at <= now - EXPANDED_EVERY:
        _expand(row, now)
        fields += ["shifts", "unknown", "expanded_at"]
    row.succeeded_at, row.error, row.told_at = now, "", None
    row.next_fetch_at = now + _every(row)
    row.save(update_fields=fields)
    _name_people(row)


def _take(row: LayerCalendar, copy: Copy, now: datetime) -> None:
    row.body, row.etag, row.modified = zlib.compress(copy.body), copy.etag, copy.modified
    row.succeeded_at = now
    _expand(row, now)


def _expand(row: LayerCalendar, now: datetime) -> None:
    """The times of the stored copy; what is past stays as it was."""
    found, unknown = read(zlib.decompress(row.body), ZoneInfo(row.schedule.zone), row.names, now)
    before = [(start, end, tuple(people)) for start, end, people in row.shifts]
    if before:
        found = from_now_on(before, found, instant_of(now))
    oldest = instant_of(now - KEPT_FOR)
    row.shifts = [[start, end, list(people)] for start, end, people in found if end > oldest]
    row.unknown, row.expanded_at = unknown[:MAX_UNKNOWN], now


def _name_people(row: LayerCalendar) -> None:
    name_members(row.schedule, {person for *_, people in row.shifts for person in people})


@transaction.atomic
def _note_failure(number: int, error: str, now: datetime) -> None:
    """The last good copy goes on; after a day the managers are told once, or the Owners."""
    row = LayerCalendar.objects.select_for_update(no_key=True).get(pk=number)
    if row.expanded_at is None or row.expanded_at <= now - EXPANDED_EVERY:
        _expand(row, now)
        row.save(update_fields=["shifts", "unknown", "expanded_at"])
    row.error = error[:500]
    if row.told_at is None and row.succeeded_at and row.succeeded_at <= now - TOLD_AFTER:
        row.told_at = now
        _tell_managers(row, now)
    row.save(update_fields=["error", "told_at"])


def _tell_managers(row: LayerCalendar, now: datetime) -> None:
    schedule = row.schedule
    since = f"{row.succeeded_at:%a %-d %b %H:%M} UTC"
    text = f"{row.error}\nWho is on call is still what it said then."
    url = reverse("schedule_settings", args=[schedule.pk])
    notice = Notice(f"The calendar of {schedule} could not be read since {since}", text, url)
    people = managers_or_owners(Q(team=schedule.team_id))
    notify(people, notice, key=f"calendar:{row.pk}:{now:%Y%m%d%H%M}", now=now)
