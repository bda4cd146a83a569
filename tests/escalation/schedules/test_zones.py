"""In every zone of the world, through two years: a rota has somebody at every second."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from escalation.schedules.definition import Unit
from escalation.schedules.resolver import shifts
from escalation.schedules.turns import boundary_wall, rotation_between
from opsportal.lib.wall_clock import DAY_S, clock_of, naive_of
from opsportal.lib.weekly_hours import to_utc
from tests.escalation.schedules.people import facts, instant, layer, slots

START, END = instant("2026-01-01T00:00Z"), instant("2028-01-01T00:00Z")


def different_zones():
    """One of each kind: those whose clocks read the same in these years count once."""
    names = sorted(available_timezones())
    return {clock_of(name, START, END): name for name in names}.values()


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", "2026-01-01T00:00Z"),
        ("Australia/Lord_Howe", "2026-01-01T00:00Z"),
        ("Africa/Casablanca", "2026-01-01T00:00Z"),
        ("Pacific/Apia", "2011-06-01T00:00Z"),  # It leaves a day out.
    ],
)
def test_one_walk_over_many_wall_times_finds_what_each_alone_does(zone, start):
    begins = instant(start)
    clock = clock_of(zone, begins, begins + 365 * DAY_S)
    walls = range(clock.wall_at(begins), clock.wall_at(begins + 365 * DAY_S), 900)

    assert list(clock.firsts(walls)) == [clock.first(wall) for wall in walls]


def test_turns_follow_each_other_without_a_gap_and_begin_when_the_clock_reads_their_time():
    rota = layer("L", "2026-01-01T02:30", slots(["Ana"], ["Bo"], ["Cy"]), unit=Unit.DAY)
    for zone in different_zones():
        known = facts(rota, zone=zone)
        found = shifts(known, START, END)
        assert (found[0].start, found[-1].end) == (START, END), zone
        assert all(one.end == two.start for one, two in pairwise(found)), zone
        assert all(len(piece.places) == 1 for piece in found), zone
        rotation = rotation_between(known.versions[0].definition, rota, START, END)
        for turn, begins, _ in rotation.between(START, END):
            wall = boundary_wall(rota, turn)
            clock = rotation.clock
            is_read = clock.wall_at(begins) == wall
            is_leap = clock.wall_at(begins - 1) < wall < clock.wall_at(begins)
            assert is_read or is_leap, (zone, naive_of(wall))


def test_the_table_agrees_with_the_time_zone_database_minute_by_minute():
    for zone in ("Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana"):
        place = ZoneInfo(zone)
        for year, month, day in ((2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 10, 25)):
            for hour in range(5):
                wall = datetime(year, month, day, hour, 30)  # noqa: DTZ001 - a wall time
                for is_end in (False, True):
                    found = to_utc(wall, place, is_end=is_end)
                    read = found.astimezone(place).replace(tzinfo=None)
                    both = {
                        wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1)
                    }
                    assert found in both or read > wall, (zone, wall)
