"""Facts of a schedule, and shifts that a source renders of the same."""

from datetime import UTC, datetime

from escalation.schedules.definition import Definition, Layer, parse_wall
from escalation.schedules.facts import Facts, Version
from escalation.schedules.resolver import shifts
from integrations.importers.neutral import RenderedShift

DAY_S = 86_400

PEOPLE = {"ana": 1, "bo": 2, "cy": 3, "di": 4}

NAMES = {number: person for person, number in PEOPLE.items()}

RING = ((1,), (2,), (3,))


def layer(**fields):
    anchor = parse_wall(fields.pop("anchor", "2026-03-02T09:00"))
    return Layer(**{"id": "week", "name": "week", "anchor": anchor, "ring": RING, **fields})


def facts(*layers, zone="Europe/Berlin", **fields):
    return Facts(versions=(Version(Definition(zone, layers)),), **fields)


def instant(text):
    return int(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC).timestamp())


def rendered(known, span):
    return [
        RenderedShift(NAMES[place.user], moment(piece.start), moment(piece.end))
        for piece in shifts(known, *span)
        for place in piece.places
    ]


def moment(second):
    return datetime.fromtimestamp(second, UTC)


def shift(person, start, end):
    return RenderedShift(person, moment(instant(start)), moment(instant(end)))


def causes(proof):
    return [(str(one.cause), one.minutes) for one in proof.differences]


SPAN = instant("03-02T08:00"), instant("05-31T08:00")
