from datetime import timedelta

import pytest

from opsportal.runtime.watchdog import find_hung

WELL = {"scheduler": 2, "engine": 3, "worker": 8}
LONG = {"scheduler": 900, "engine": 900, "worker": 900, "web-1": 900}


def seconds(ages):
    return {name: timedelta(seconds=age) for name, age in ages.items()}


@pytest.mark.parametrize(
    ("silent", "alive", "restarted"),
    [
        ({}, {}, []),
        ({"scheduler": 46}, {}, ["scheduler"]),
        ({"scheduler": 44}, {}, []),
        ({"scheduler": 46}, {"scheduler": 10}, []),
        ({"worker": 46}, {}, ["worker"]),
        ({"worker": 50, "scheduler": 46}, {}, ["scheduler"]),
        ({"worker": 52, "scheduler": 1}, {"scheduler": 2}, []),
        ({"worker": 90, "scheduler": 1}, {"scheduler": 46}, ["worker"]),
        ({"worker": 90, "scheduler": 90, "engine": 90}, {}, []),
        ({"elsewhere": 90}, {}, []),
    ],
    ids=str,
)
def test_what_is_silent_for_long_is_restarted_and_what_waits_for_it_is_not(
    silent, alive, restarted
):
    assert find_hung(seconds(WELL | silent), seconds(LONG | alive)) == restarted
