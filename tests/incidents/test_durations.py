import pytest

from opsportal.lib.durations import format_duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (36_000, "10 h"),
        (90_000, "1 d 1 h"),
        (86_400 * 12 + 5000, "12 d"),
    ],
)
def test_a_span_is_spelled_in_at_most_two_units(seconds, words):
    assert format_duration(seconds) == words
