"""People, layers and instants of the tests of schedules."""

from datetime import UTC, datetime

from escalation.schedules.definition import Definition, Layer, Turns, Unit, Window, parse_wall
from escalation.schedules.facts import Absence, Facts, Override, OverrideKind, Version

NAMES = ("Ana", "Bo", "Cy", "Di", "Ed", "Fay", "Gil", "Hal", "Ivy")
ID_OF = {name: number for number, name in enumerate(NAMES, 1)}
WORKDAYS = frozenset(range(5))
EVERY_DAY = frozenset(range(7))


def instant(text):
    """Seconds since 1970 of a time in UTC such as ``2026-03-28T07:59Z``."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())


def names(places):
    return tuple(NAMES[place.user - 1] for place in places)


def slots(*rows):
    """The ring of these slots, each the names of the people in it."""
    return tuple(tuple(ID_OF[name] for name in row) for row in rows)


def window(days, start, end, plus_days=0):
    return Window(frozenset(days), start * 60, end * 60, plus_days)


def layer(name, anchor, ring, unit=Unit.WEEK, every=1, **fields):
    return Layer(
        id=name, name=name, anchor=parse_wall(anchor), ring=ring, unit=unit, every=every, **fields
    )


def facts(*layers, zone="Europe/Berlin", **known):
    return Facts((Version(Definition(zone, layers)),), **known)


def override(number, people, start, end, made="2026-01-01T00:00Z", **fields):
    return Override(
        id=number,
        kind=OverrideKind.INSTEAD,
        start=instant(start),
        end=instant(end),
        made_at=instant(made),
        people=tuple(ID_OF[name] for name in people),
        **fields,
    )


def absence(number, user, start, end, *covers, made="2026-02-01T00:00Z", **fields):
    return Absence(
        id=number,
        user=ID_OF[user],
        start=instant(start),
        end=instant(end),
        made_at=instant(made),
        cover=ID_OF[covers[0]] if covers else None,
        **fields,
    )


DUTY = Turns.DUTY
