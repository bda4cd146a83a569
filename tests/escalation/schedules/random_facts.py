"""Random schedules around a change of the clock."""

from datetime import UTC, date, datetime, timedelta

from escalation.schedules.definition import (
    Definition,
    HolidayRule,
    Layer,
    Turns,
    Unit,
    Window,
    spell_wall,
)
from escalation.schedules.facts import Absence, Facts, Override, OverrideKind, Version
from opsportal.lib.wall_clock import wall_of

# Zones whose clock changes by an hour, by half of one, near midnight, in Ramadan, or never.
PLACES = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("America/Havana", "2026-03-08T05:00"),
    ("Asia/Beirut", "2026-03-28T22:00"),
    ("America/Asuncion", "2024-10-06T04:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Asia/Kathmandu", "2026-06-01T00:00"),
    ("UTC", "2026-06-01T00:00"),
]
LENGTHS = {Unit.HOUR: (1, 5, 8, 12, 36), Unit.DAY: (1, 2, 5), Unit.WEEK: (1, 2), Unit.MONTH: (1, 3)}
PEOPLE = range(1, 7)
HOUR_S, DAY_S = 3600, 86_400


def schedule(random):
    """(facts, the instant of a change of the clock, a span around it)."""
    zone, change = random.choice(PLACES)
    moment = int(datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp())
    span = moment - 2 * DAY_S, moment + 2 * DAY_S
    layers = tuple(_layer(random, moment, number) for number in range(random.randint(1, 6)))
    versions = [Version(Definition(zone, layers))]
    if random.random() < 0.3:
        later = tuple(_layer(random, moment, number) for number in range(random.randint(1, 3)))
        versions.append(Version(Definition(zone, later), _around(random, moment, 60)))
    day = (datetime.fromisoformat(change).date() - date(1970, 1, 1)).days
    facts = Facts(
        versions=tuple(versions),
        overrides=tuple(_override(random, moment, n) for n in range(random.randint(0, 5))),
        absences=tuple(_absences(random, moment)),
        inactive={
            user: ((_around(random, moment, 48), moment + 9 * DAY_S),)
            for user in PEOPLE
            if random.random() < 0.1
        },
        holidays=frozenset(day + n for n in (-1, 0, 1) if random.random() < 0.4),
        team=random.choice([None, 1]),
    )
    return facts, moment, span


def _around(random, moment, hours):
    return moment + random.randint(-hours * 4, hours * 4) * 900


def _layer(random, moment, number):
    unit = random.choice(list(Unit))
    ring = tuple(
        tuple(random.sample(PEOPLE, random.choice([0, 1, 1, 1, 1, 2])))
        for _ in range(random.randint(1, 5))
    )
    naive = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
    anchor = naive + timedelta(days=random.randint(-40, 10), minutes=15 * random.randint(0, 95))
    windows = tuple(_window(random) for _ in range(random.choice([0, 0, 1, 2])))
    secondaries = random.randint(0, len(ring) - 1)
    limits = {}
    if random.random() < 0.2:
        limits["starts"] = wall_of(naive) + random.randint(-96, 96) * 900
    if random.random() < 0.2:
        limits["ends"] = limits.get("starts", wall_of(naive)) + random.randint(1, 96) * 900
    return Layer(
        id=f"layer{number}",
        name=f"Layer {number}",
        rank=random.randint(1, 3),
        zone=random.choice(["", "", "", "Asia/Tokyo"]),
        unit=unit,
        every=random.choice(LENGTHS[unit]),
        anchor=wall_of(anchor),
        ring=ring,
        primaries=random.randint(1, len(ring) - secondaries),
        secondaries=secondaries,
        step=random.randint(1, 3),
        turns=random.choice(list(Turns)),
        windows=windows,
        holidays=random.choice([HolidayRule.AS_USUAL, *HolidayRule]),
        **limits,
    )


def _window(random):
    days = random.sample(range(7), random.randint(1, 7))
    start, end = 15 * random.randint(0, 95), 15 * random.randint(0, 96)
    if random.random() < 0.4:  # In the hours in which clocks are changed.
        start, end = random.choice([(start, random.randint(1, 12) * 15), (90, end), (135, end)])
    return Window(frozenset(days), start, end, random.choice([0, 0, 0, 1, 3]))


def _override(random, moment, number):
    kind = random.choice([*OverrideKind, OverrideKind.INSTEAD, OverrideKind.INSTEAD])
    start = _around(random, moment, 40)
    is_nobody = kind == OverrideKind.NOBODY
    is_one = kind != OverrideKind.ALSO and random.random() < 0.5
    return Override(
        id=number,
        kind=kind,
        start=start,
        end=start + random.randint(1, 96) * 900,
        made_at=random.randint(1, 6),
        people=() if is_nobody else tuple(random.sample(PEOPLE, random.randint(1, 2))),
        instead_of=random.choice(PEOPLE) if is_one else None,
        layer=random.choice(["", "", "layer0"]),
        cancelled_at=random.choice([None, None, start + 7200]),
    )


def _absences(random, moment):
    for number, user in enumerate(PEOPLE):
        if random.random() < 0.3:
            start = _around(random, moment, 40)
            yield Absence(
                id=number,
                user=user,
                start=start,
                end=start + random.randint(1, 96) * 1800,
                made_at=random.randint(1, 6),
                cover=random.choice([None, *(other for other in PEOPLE if other != user)]),
                team=random.choice([None, 1, 2]),
            )


def describe(facts):
    """The definitions in words, for who reads a failure."""
    return [
        [(layer.id, spell_wall(layer.anchor)) for layer in v.definition.layers]
        for v in facts.versions
    ]
