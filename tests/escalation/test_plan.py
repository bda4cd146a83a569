"""The pure rules of a run, as tables: times are minutes from the start."""

import json
from datetime import timedelta

import pytest

from escalation.choices import StopsWhen, TargetKind
from escalation.plans.plan import (
    Cursor,
    Plan,
    PlanChannel,
    PlanStep,
    PlanTarget,
    UnsupportedPlan,
    base_time,
    is_past_steps,
    next_position,
    skip,
    wait_before,
)
from tests.factories import NOON, minutes


def plan(*steps, repeats=0, pause=5):
    """Steps as (wait, retries, retry every), in minutes."""
    return Plan(
        repeats=repeats,
        pause_s=pause * 60,
        steps=tuple(PlanStep(wait * 60, retries, again * 60) for wait, retries, again in steps),
    )


def walk(steps, most=20):
    """Every step that the plan takes, as (minute, repeat, position, retry)."""
    cursor, at = Cursor(), NOON + wait_before(steps, 0)
    step_started_at, found = NOON, []
    while not is_past_steps(steps, cursor) and len(found) < most:
        minute = (at - NOON) / minutes(1)
        found.append((minute, cursor.repeat, cursor.position, cursor.retry))
        cursor, at, step_started_at = next_position(steps, cursor, step_started_at, at)
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
    ("cursor", "repeats", "after"),
    [
        (Cursor(0, 0, 0), 0, Cursor(0, 1, 0)),
        (Cursor(0, 0, 2), 0, Cursor(0, 1, 0)),
        (Cursor(0, 1, 0), 0, Cursor(0, 2, 0)),
        (Cursor(0, 1, 0), 1, Cursor(1, 0, 0)),
        (Cursor(1, 1, 1), 1, Cursor(1, 2, 0)),
    ],
)
def test_skipping_goes_to_the_next_step_without_retries(cursor, repeats, after):
    assert skip(plan((0, 3, 1), (5, 3, 1), repeats=repeats), cursor) == after


@pytest.mark.parametrize(
    ("late", "counts_from_due"),
    [(0, True), (1, True), (5, True), (5.1, False), (3600, False)],
)
def test_a_clock_that_was_down_makes_waits_count_from_now(late, counts_from_due):
    now = NOON + timedelta(seconds=late)

    assert base_time(NOON, now) == (NOON if counts_from_due else now)


def test_a_plan_without_steps_is_over_at_once():
    assert is_past_steps(plan(), Cursor())


def test_a_plan_is_read_as_it_was_written():
    written = Plan(
        name="Night shift",
        steps=(
            PlanStep(
                wait_s=60,
                retries=2,
                retry_wait_s=30,
                channels=(PlanChannel("email"), PlanChannel("sms", 5)),
                targets=(
                    PlanTarget(TargetKind.USER, 7),
                    PlanTarget(TargetKind.RECIPIENT_TEAMS, role="primary"),
                ),
            ),
        ),
        repeats=1,
        pause_s=300,
        stops_when=StopsWhen.ASSIGN,
        acknowledgement_expires_minutes=30,
        users=(1, 2),
        teams=(3,),
    )

    document = json.loads(json.dumps(written.to_json()))

    assert Plan.from_json(document) == written


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 99}, "version 99 is not supported"),
        ({"version": None}, "version None is not supported"),
        ({"steps": "nonsense"}, "damaged"),
        ({"stops_when": "never"}, "damaged"),
        ({"colour": "red"}, "damaged"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused_with_the_reason(changes, words):
    document = {**Plan(steps=(PlanStep(),)).to_json(), **changes}

    with pytest.raises(UnsupportedPlan, match=words):
        Plan.from_json(document)
