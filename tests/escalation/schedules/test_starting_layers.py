"""Templates of layers: their hours, and the rank that they get among others."""

import pytest

from escalation.pages.schedules.drafts import LayerDraft, WindowRow
from escalation.pages.schedules.starting_layers import TEMPLATES, add_layers, starting_layers
from escalation.schedules.definition import MINUTES_PER_DAY, Window, parse_minute
from incidents.models import User

WEEK = range(7 * MINUTES_PER_DAY)
TURNS = [name for name, template in TEMPLATES.items() if not template.is_everybody]


def layers(*names):
    me = User(pk=7, time_zone="Europe/Berlin")
    return [layer for name in names for layer in starting_layers(name, me)]


def open_minutes(layer):
    """The minutes of the week at which a layer is open, as often as it is."""
    found = []
    for row in layer.windows:
        start, end = parse_minute(row.start), parse_minute(row.end)
        window = Window(frozenset(map(int, row.days)), start, end, int(row.plus_days))
        for day in window.days:
            begins = day * MINUTES_PER_DAY + window.start
            found += [minute % len(WEEK) for minute in range(begins, begins + window.minutes)]
    return found


@pytest.mark.parametrize(
    "names",
    [("sun",), ("office", "nights"), ("office", "after-hours", "weekends")],
)
def test_the_hours_of_templates_that_go_together_fill_the_week_once(names):
    found = [minute for layer in layers(*names) for minute in open_minutes(layer)]

    assert sorted(found) == list(WEEK)


def test_a_weekend_runs_from_friday_evening_to_monday_morning():
    (weekend,) = layers("weekends")

    found = open_minutes(weekend)

    assert found[0] == 4 * MINUTES_PER_DAY + 17 * 60
    assert found[-1] == 9 * 60 - 1


@pytest.mark.parametrize("name", TURNS)
def test_whoever_adds_it_is_in_the_place_that_is_to_be_filled(name):
    assert {row.person for layer in layers(name) for row in layer.people} == {"7"}


def test_a_template_that_is_unknown_is_the_first():
    assert [layer.name for layer in layers("no-such")] == ["Weekly"]


def draft(name, rank, *windows):
    return LayerDraft(name=name, rank=str(rank), windows=list(windows))


OFFICE = WindowRow()
SATURDAY = WindowRow(["5"], "09:00", "17:00")


def ranks(drafts):
    return {one.name: int(one.rank) for one in drafts}


def test_what_is_open_for_less_time_wins():
    drafts = [draft("always", 1), draft("saturday", 2, SATURDAY)]

    add_layers(drafts, [draft("office", 1, OFFICE)])

    assert ranks(drafts) == {"always": 1, "office": 2, "saturday": 3}


def test_what_is_open_longest_comes_below_without_a_change_of_the_others_order():
    drafts = [draft("office", 1, OFFICE), draft("saturday", 5, SATURDAY)]

    add_layers(drafts, [draft("always", 1)])

    assert ranks(drafts) == {"always": 1, "office": 2, "saturday": 6}


def test_of_what_is_open_equally_long_the_newer_one_wins():
    drafts = [draft("before", 3, OFFICE)]

    add_layers(drafts, [draft("after", 1, OFFICE)])

    assert ranks(drafts) == {"before": 3, "after": 4}


def test_an_order_that_somebody_chose_stays():
    drafts = [draft("always", 5), draft("saturday", 1, SATURDAY)]

    add_layers(drafts, [draft("office", 1, OFFICE)])

    assert ranks(drafts) == {"always": 5, "saturday": 1, "office": 6}


def test_layers_of_one_template_have_one_rank():
    drafts = [draft("always", 1)]

    add_layers(drafts, layers("sun"))

    assert [one.rank for one in drafts] == ["1", "2", "2", "2"]


def test_what_cannot_be_read_yet_counts_as_nothing():
    drafts = [draft("typing", "x", WindowRow(["0"], "nine", "17:00"))]

    add_layers(drafts, [draft("office", 1, OFFICE)])

    assert ranks(drafts[1:]) == {"office": 1}
