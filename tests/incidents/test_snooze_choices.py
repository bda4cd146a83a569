from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from incidents.snooze_choices import until

NOW = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "zone", "expected"),
    [
        ("30m", "UTC", "2026-03-28T23:00:00+00:00"),
        ("4h", "UTC", "2026-03-29T02:30:00+00:00"),
        ("tomorrow", "UTC", "2026-03-29T09:00:00+00:00"),
        # Half past eleven there: the clocks change in the night, nine o'clock stays nine o'clock.
        ("tomorrow", "Europe/Berlin", "2026-03-29T07:00:00+00:00"),
        # There it is the 29th already.
        ("tomorrow", "Asia/Tokyo", "2026-03-30T00:00:00+00:00"),
    ],
)
def test_a_choice_means_a_moment(choice, zone, expected):
    found = until(choice, now=NOW, zone=ZoneInfo(zone))

    assert found.astimezone(UTC).isoformat() == expected
