"""Calendars of layers that an import makes: read later, or of shifts that are known already."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from escalation.actions.calendars import EXPANDED_EVERY
from escalation.actions.schedules import name_members
from escalation.models import LayerCalendar, Schedule
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.schedules.calendar_file import ShiftEvent, calendar_file
from escalation.schedules.calendar_import import from_now_on
from escalation.schedules.definition import Layer
from escalation.schedules.facts import Interval
from incidents.models import User
from incidents.responders import refuse_stakeholders


@transaction.atomic
def follow(
    schedule: Schedule, layer: Layer, url: str, names: Mapping[str, int], now: datetime
) -> LayerCalendar:
    """Let an address say whom a layer names, from the next reading on; until then what is in
    force stays. ``names``: people by what the calendar calls them; what was said here of a name
    stays while that person is active."""
    row = _row_of(schedule, layer)
    active = User.objects.filter(pk__in=row.names.values(), is_active=True)
    held = set(active.values_list("pk", flat=True))
    said = {name: person for name, person in row.names.items() if person in held}
    row.names = {**{name.casefold(): person for name, person in names.items()}, **said}
    if row.unreadable_secrets or row.url != url:
        row.url, row.etag, row.modified = url, "", ""
    row.next_fetch_at = now
    row.save()
    return row


@transaction.atomic
def keep_shifts(
    schedule: Schedule, layer: Layer, shifts: Sequence[Interval], now: datetime
) -> LayerCalendar:
    """Name these people in a layer, as a file that was uploaded would; what is past stays.

    ``shifts``: disjoint and in order. Raises InvalidRequest where they name a Stakeholder.
    """
    people = {person for *_, ids in shifts for person in ids}
    refuse_stakeholders("layers", User.objects.filter(pk__in=people))
    row = _row_of(schedule, layer)
    before = [(start, end, tuple(people)) for start, end, people in row.shifts]
    found = from_now_on(before, shifts, instant_of(now)) if before else list(shifts)
    emails = dict(User.objects.filter(pk__in=people).values_list("pk", "email"))
    row.shifts, row.body = found, zlib.compress(_file_of(schedule, shifts, emails))
    row.names = {**{email.casefold(): person for person, email in emails.items()}, **row.names}
    row.url, row.error, row.told_at = "", "", None
    row.succeeded_at = row.expanded_at = now
    row.next_fetch_at = now + EXPANDED_EVERY
    row.save()
    name_members(schedule, people)
    return row


def _row_of(schedule: Schedule, layer: Layer) -> LayerCalendar:
    rows = LayerCalendar.objects.select_for_update(no_key=True)
    row: LayerCalendar | None = rows.filter(schedule=schedule, layer=layer.id).first()
    row = row or LayerCalendar(schedule=schedule, layer=layer.id)
    row.name, row.rank = layer.name, layer.rank
    return row


def _file_of(schedule: Schedule, shifts: Iterable[Interval], emails: Mapping[int, str]) -> bytes:
    """An iCalendar file with an event for each shift of each person, by their address."""
    events = [
        ShiftEvent(
            uid=f"{start}-{person}@imported.invalid",
            start=time_of(start),
            end=time_of(end),
            summary=emails[person],
            changed_at=time_of(start),
        )
        for start, end, people in shifts
        for person in people
    ]
    return calendar_file(schedule.name, schedule.zone, events)
