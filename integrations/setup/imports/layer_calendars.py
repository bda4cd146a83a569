"""Calendars of imported layers: those at an address are read later, and shifts are kept as told."""

from django.utils import timezone

from escalation.actions import imported_calendars
from escalation.models import Schedule
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.definition import Definition
from escalation.schedules.facts import Interval
from integrations.importers import neutral
from integrations.importers.convert import is_readable
from integrations.importers.neutral import Kind
from integrations.importers.spans import union_of
from integrations.setup.imports.context import Context


def write(one: neutral.Schedule, row: Schedule, definition: Definition, context: Context) -> None:
    """What the calendars of its layers say, or where they are. Reads no address."""
    layers, now = {layer.id: layer for layer in definition.layers}, timezone.now()
    for layer, url in one.calendars.items():
        if is_readable(url):
            found = {name: context.id_of(Kind.PERSON, there) for name, there in one.names.items()}
            names = {name: person for name, person in found.items() if person is not None}
            imported_calendars.follow(row, layers[layer], url, names, now)
    for layer, shifts in one.named.items():
        intervals = _intervals(shifts, context)
        imported_calendars.keep_shifts(row, layers[layer], intervals, now)


def _intervals(shifts: tuple[neutral.RenderedShift, ...], context: Context) -> list[Interval]:
    """With our people; without those who are not here."""
    spans = [(shift.starts_at, shift.ends_at, [shift.person]) for shift in shifts]
    found = [
        (instant_of(start), instant_of(end), tuple(context.ids_of(Kind.PERSON, people)))
        for start, end, people in union_of(spans)
    ]
    return [interval for interval in found if interval[2]]
