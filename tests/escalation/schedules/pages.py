"""Schedules as the pages show and take them."""

from escalation.actions import schedules
from escalation.schedules.definition import Definition, Layer, parse_wall

ANCHOR = "2026-03-02T09:00"


def make_schedule(people, name="Payments", **fields):
    ring = tuple((person.pk,) for person in people)
    layer = Layer("weekly", "Weekly", anchor=parse_wall(ANCHOR), ring=ring, **fields)
    return schedules.add_schedule(Definition("Europe/Berlin", (layer,)), name=name)
