"""A schedule with somebody on call who may ask for cover."""

import pytest

from tests.factories import make_override, make_schedule, make_user


@pytest.fixture
def rota():
    """Ana is on call for the next hundred hours; Bo and Cy are in the ring."""
    ana, bo, cy = (make_user(name, time_zone="Europe/Berlin") for name in ("Ana", "Bo", "Cy"))
    schedule = make_schedule(bo, cy, ana, name="Payments")
    make_override(schedule, ana, hours=(0, 100))
    return schedule, ana, bo, cy
