from datetime import timedelta

import pytest

from opsportal.silence import hung

WELL = {"clock": 2, "engine": 3, "worker": 8}
LONG = {"clock": 900, "engine": 900, "worker": 900, "web-1": 900}


def seconds(ages):
    return {name: timedelta(seconds=age) for name, age in ages.items()}


@pytest.mark.parametrize(
    ("silent", "alive", "restarted"),
    [
        ({}, {}, []),
        ({"clock": 46}, {}, ["clock"]),
        ({"clock": 44}, {}, []),
        ({"clock": 46}, {"clock": 10}, []),
        ({"worker": 46}, {}, ["worker"]),
        ({"worker": 50, "clock": 46}, {}, ["clock"]),
        ({"worker": 52, "clock": 1}, {"clock": 2}, []),
        ({"worker": 90, "clock": 1}, {"clock": 46}, ["worker"]),
        ({"worker": 90, "clock": 90, "engine": 90}, {}, []),
        ({"elsewhere": 90}, {}, []),
    ],
    ids=str,
)
def test_what_is_silent_for_long_is_restarted_and_what_waits_for_it_is_not(
    silent, alive, restarted
):
    assert hung(seconds(WELL | silent), seconds(LONG | alive)) == restarted
