"""The pure rules of a run, as tables: times are minutes from the start."""

from datetime import timedelta

import pytest

from escalation.plan import Place, base_of, following, is_over, skip, wait_of
from tests.factories import NOON, minutes


def plan(*steps, repeats=0, pause=5):
    """Steps as (wait, retries, retry every), in minutes."""
    return {
        "repeats": repeats,
        "pause": pause * 60,
        "steps": [
            {"wait": wait * 60, "retries": retries, "retry_wait": again * 60}
            for wait, retries, again in steps
        ],
    }


def walk(steps, most=20):
    """Every step that the plan takes, as (minute, repeat, position, retry)."""
    place, at = Place(), NOON + wait_of(steps, 0)
    step_started_at, found = NOON, []
    while not is_over(steps, place) and len(found) < most:
        minute = (at - NOON) / minutes(1)
        found.append((minute, place.repeat, place.position, place.retry))
        place, at, step_started_at = following(steps, place, step_started_at, at)
    return found, (at - NOON) / minutes(1)


@pytest.mark.parametrize(
    ("steps", "taken", "ends"),
    [
        pytest.param([(0, 0, 0)], [(0, 0, 0, 0)], 5, id="one step, then the pause"),
        pytest.param([(3, 0, 0)], [(3, 0, 0, 0)], 8, id="the first wait counts from the start"),
        pytest.param(
            [(0, 0, 0), (10, 0, 0), (7, 0, 0)],
            [(0, 0, 0, 0), (10, 0, 1, 0), (17, 0, 2, 0)],
            22,
            id="each further wait counts from the step before",
        ),
        pytest.param(
            [(0, 2, 3), (10, 0, 0)],
            [(0, 0, 0, 0), (3, 0, 0, 1), (6, 0, 0, 2), (10, 0, 1, 0)],
            15,
            id="retries do not move the next step",
        ),
        pytest.param(
            [(0, 5, 4), (10, 0, 0)],
            [(0, 0, 0, 0), (4, 0, 0, 1), (8, 0, 0, 2), (10, 0, 1, 0)],
            15,
            id="retries that would come after the next step are left out",
        ),
        pytest.param(
            [(0, 2, 3)],
            [(0, 0, 0, 0), (3, 0, 0, 1), (6, 0, 0, 2)],
            11,
            id="the last step takes all its retries",
        ),
        pytest.param(
            [(0, 1, 10), (10, 0, 0)],
            [(0, 0, 0, 0), (10, 0, 1, 0)],
            15,
            id="a retry at the instant of the next step is none",
        ),
    ],
)
def test_the_steps_of_one_cycle(steps, taken, ends):
    assert walk(plan(*steps)) == (taken, ends)


def test_a_plan_that_repeats_starts_again_after_the_pause_and_its_first_wait():
    found, ends = walk(plan((2, 0, 0), (3, 0, 0), repeats=2, pause=10))

    assert [minute for minute, *_ in found] == [2, 5, 17, 20, 32, 35]
    assert [repeat for _, repeat, *_ in found] == [0, 0, 1, 1, 2, 2]
    assert ends == 45


@pytest.mark.parametrize(
    ("place", "repeats", "after"),
    [
        (Place(0, 0, 0), 0, Place(0, 1, 0)),
        (Place(0, 0, 2), 0, Place(0, 1, 0)),
        (Place(0, 1, 0), 0, Place(0, 2, 0)),
        (Place(0, 1, 0), 1, Place(1, 0, 0)),
        (Place(1, 1, 1), 1, Place(1, 2, 0)),
    ],
)
def test_skipping_goes_to_the_next_step_without_retries(place, repeats, after):
    assert skip(plan((0, 3, 1), (5, 3, 1), repeats=repeats), place) == after


@pytest.mark.parametrize(
    ("late", "counts_from_due"),
    [(0, True), (1, True), (5, True), (5.1, False), (3600, False)],
)
def test_a_clock_that_was_down_makes_waits_count_from_now(late, counts_from_due):
    now = NOON + timedelta(seconds=late)

    assert base_of(NOON, now) == (NOON if counts_from_due else now)


def test_a_plan_without_steps_is_over_at_once():
    assert is_over(plan(), Place())
