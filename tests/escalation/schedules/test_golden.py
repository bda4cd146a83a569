"""Who is on call at instants where the clock, the ring or the set-up decides."""

from dataclasses import replace
from datetime import date

import pytest

from escalation.schedules.definition import Definition, HolidayRule, Unit, parse_wall
from escalation.schedules.facts import Facts, Version
from escalation.schedules.resolver import who
from escalation.schedules.turns import Rotation
from opsportal.lib.wall_clock import clock_of
from tests.escalation.schedules.golden import FINAL, LAYERS, WHO
from tests.escalation.schedules.people import (
    DUTY,
    EVERY_DAY,
    ID_OF,
    WORKDAYS,
    absence,
    facts,
    instant,
    layer,
    names,
    override,
    slots,
    window,
)
from tests.rows import each

LIMITS = {
    "NY-NIGHT": {"windows": (window(EVERY_DAY, 20, 8),)},
    "WKEND": {"windows": (window({4}, 17, 8, 3),)},
    "BH-CAL": {"windows": (window(WORKDAYS, 9, 19),)},
    "BH-DUTY": {"windows": (window(WORKDAYS, 9, 19),), "turns": DUTY},
    "OVERN": {"windows": (window({4}, 22, 6),)},
    "WIN-GAP": {"windows": (window({6}, 2.5, 5),)},
    "ENDS": {"starts": parse_wall("2026-05-03T12:00"), "ends": parse_wall("2026-05-05T12:00")},
}
GERMAN = frozenset(
    date.fromisoformat(f"2026-{day}").toordinal() - date(1970, 1, 1).toordinal()
    for day in ("04-03", "04-06", "05-01", "05-14", "05-25")
)
START = "2026-03-02T09:00"
WEEKLY = layer("Weekly", START, slots(["Ana"], ["Bo"], ["Cy"]))
OFFICE = layer("Office", START, slots(["Di"], ["Ed"]), rank=2, windows=(window(WORKDAYS, 9, 17),))
SHADOW = layer("Shadow", START, slots(["Fay"]), rank=2, windows=(window({1}, 9, 12),))
HOLIDAY = layer("Holiday", START, slots(["Gil"]), rank=3, holidays=HolidayRule.ONLY)
DAY = "2026-03-10T00:00Z", "2026-03-11T00:00Z"
EDITED_AT = instant("2026-03-16T08:00Z")


def edited(*ring):
    new = layer("Weekly", "2026-03-16T09:00", slots(*ring))
    versions = (
        Version(Definition("Europe/Berlin", (WEEKLY,))),
        Version(Definition("Europe/Berlin", (new,)), EDITED_AT),
    )
    return Facts(versions)


FOREVER = ((0, 2**40),)
SET_UPS = {
    "two-layers": facts(WEEKLY, OFFICE, SHADOW),
    "holidays": facts(WEEKLY, replace(OFFICE, holidays=HolidayRule.OFF), holidays=GERMAN),
    "holidays-only": facts(WEEKLY, OFFICE, HOLIDAY, holidays=GERMAN),
    "override-all": facts(
        *(WEEKLY, OFFICE, SHADOW),
        overrides=(override(1, ["Hal"], "2026-03-10T15:00Z", "2026-03-10T18:00Z"),),
    ),
    "override-one": facts(
        *(WEEKLY, OFFICE, SHADOW),
        overrides=(
            override(1, ["Hal"], "2026-03-10T07:00Z", "2026-03-10T18:00Z", instead_of=ID_OF["Ed"]),
        ),
    ),
    "override-nest": facts(
        WEEKLY,
        overrides=(
            override(1, ["Cy"], "2026-03-09T08:00Z", "2026-03-16T08:00Z", instead_of=ID_OF["Bo"]),
            override(2, ["Ana"], "2026-03-11T08:00Z", "2026-03-12T08:00Z", instead_of=ID_OF["Cy"]),
        ),
    ),
    "override-layer": facts(
        *(WEEKLY, OFFICE, SHADOW), overrides=(override(1, ["Hal"], *DAY, layer="Weekly"),)
    ),
    "inactive": facts(WEEKLY, inactive={ID_OF["Bo"]: FOREVER}),
    "inactive-by": facts(
        WEEKLY, overrides=(override(1, ["Hal"], *DAY),), inactive={ID_OF["Hal"]: FOREVER}
    ),
    "ooo-cover": facts(
        WEEKLY, absences=(absence(1, "Bo", "2026-03-10T00:00Z", "2026-03-12T00:00Z", "Ivy"),)
    ),
    "ooo-none": facts(
        WEEKLY, absences=(absence(1, "Bo", "2026-03-10T00:00Z", "2026-03-12T00:00Z"),)
    ),
    "ooo-vs-override": facts(
        WEEKLY,
        overrides=(
            override(1, ["Hal"], *DAY, made="2026-01-01T00:00Z"),
            override(
                2, ["Hal"], "2026-03-11T00:00Z", "2026-03-12T00:00Z", made="2026-02-02T00:00Z"
            ),
        ),
        absences=(absence(1, "Hal", "2026-03-10T00:00Z", "2026-03-12T00:00Z", "Ivy"),),
    ),
    "edit-add": edited(["Cy"], ["Di"], ["Ana"], ["Bo"]),
    "edit-remove": edited(["Cy"], ["Ana"]),
}


def rota(name):
    zone, unit, every, anchor, ring = LAYERS[name]
    found = layer(name, anchor, slots(*ring), Unit(unit), every, **LIMITS.get(name, {}))
    return zone, found


@each("row", WHO)
def test_a_layer_has_whoever_the_clock_says(row):
    _, name, at, turn, on_call, why = row
    zone, found = rota(name)
    moment = instant(at)

    assert Rotation(found, clock_of(zone, moment, moment)).turn_at(moment) == turn, why
    assert names(who(facts(found, zone=zone), moment)) == on_call, why


@each("row", FINAL)
def test_a_schedule_has_whoever_its_parts_make_of_it(row):
    _, set_up, at, on_call, why = row
    assert names(who(SET_UPS[set_up], instant(at))) == on_call, why


@pytest.mark.parametrize(
    ("turn", "primaries", "secondaries", "step", "expected"),
    [
        (0, 1, 1, 1, (("Ana",), ("Bo",))),
        (1, 1, 1, 1, (("Bo",), ("Cy",))),
        (3, 1, 1, 1, (("Di",), ("Ana",))),
        (1, 1, 1, 2, (("Cy",), ("Di",))),
        (-1, 1, 1, 1, (("Di",), ("Ana",))),
        (0, 2, 1, 2, (("Ana", "Bo"), ("Cy",))),
        (1, 2, 1, 2, (("Cy", "Di"), ("Ana",))),
    ],
)
def test_two_roles_of_one_ring(turn, primaries, secondaries, step, expected):
    ring = slots(["Ana"], ["Bo"], ["Cy"], ["Di"])
    both = layer("L", START, ring, primaries=primaries, secondaries=secondaries, step=step)
    at = instant("2026-03-03T08:00Z") + turn * 7 * 86400

    places = who(facts(both, zone="UTC"), at)

    for role, wanted in zip(("primary", "secondary"), expected, strict=True):
        assert names(place for place in places if place.role == role) == wanted


def test_nobody_moves_up_where_the_primary_is_inactive():
    ring = slots(["Ana"], ["Bo"], ["Cy"], ["Di"])
    both = layer("L", START, ring, secondaries=1)

    places = who(facts(both, inactive={ID_OF["Bo"]: FOREVER}), instant("2026-03-10T12:00Z"))

    assert [(place.role, names([place])) for place in places] == [("secondary", ("Cy",))]
