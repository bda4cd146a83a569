"""Whatever people, senders, schedules and the clock do: no page after a stop, no silence after a
wake. ``FUZZ=long`` tries much more, in about ten minutes."""

import os
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.escalation.life import Life
from tests.escalation.world import make_world

LONG = os.environ.get("FUZZ") == "long"


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(10 if LONG else 1))  # Each begins with empty tables.
def test_no_page_comes_after_a_stop_and_no_silence_after_a_wake(part):
    run_state_machine_as_test(
        partial(Life, make_world()),
        settings=settings(
            max_examples=10 if LONG else 5,
            stateful_step_count=30 if LONG else 10,
            deadline=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
        ),
    )
