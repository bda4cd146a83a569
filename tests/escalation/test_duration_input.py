"""Durations in words, both ways, and what is built on them."""

import pytest

from escalation.admin.step_channels import format_channels, parse_channels
from escalation.models import Target
from escalation.policies.target_codes import code_of, target_from_code
from opsportal.lib.durations import format_exact_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("5", 300),
        (" 5 ", 300),
        ("1.5", 90),
        ("30 s", 30),
        ("30s", 30),
        ("5 min", 300),
        ("5m", 300),
        ("1 h 30 min", 5400),
        ("1.5 hours", 5400),
        ("1 hour, 30 minutes", 5400),
        ("2 d", 172_800),
    ],
)
def test_a_duration_is_read_as_people_write_it(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "5,5", "5 5", "-5", "99999", "-5 min", "5 min x", "5 parsecs", "99 d"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"Write it like|At most 30 days"):
        parse_duration(text)


@pytest.mark.parametrize("total", [0, 1, 59, 60, 61, 3600, 5400, 86_400, 90_061])
def test_what_is_said_is_read_as_the_same(total):
    assert parse_duration(format_exact_duration(total)) == total


def test_central_channels_in_words_are_read_as_the_same():
    rows = parse_channels("In the portal, email after 1 h")

    assert rows == [
        {"channel": "inapp", "after_minutes": 0},
        {"channel": "email", "after_minutes": 60},
    ]
    assert parse_channels(format_channels(rows)) == rows


@pytest.mark.parametrize("text", ["email after 30 s", "pigeon", "email after soon"])
def test_central_channels_that_cannot_be_are_refused(text):
    with pytest.raises(ValueError, match=r"whole minutes|no channel|Write it like"):
        parse_channels(text)


@pytest.mark.parametrize(
    "target",
    [
        Target(kind="user", user_id=3),
        Target(kind="team", team_id=3),
        Target(kind="team_role", team_id=3, role="manager"),
        Target(kind="recipient_teams", role="primary"),
        Target(kind="shared_channel", shared_channel_id=3),
    ],
    ids=lambda target: target.kind,
)
def test_a_target_and_its_word_mean_the_same(target):
    again = target_from_code(code_of(target))

    fields = ("kind", "user_id", "team_id", "role", "shared_channel_id")
    assert all(getattr(again, field) == getattr(target, field) for field in fields)


@pytest.mark.parametrize("word", ["", "user", "user:x", "user:1:primary", "team_role:1", "cat:1"])
def test_a_word_that_means_nothing_is_refused(word):
    with pytest.raises(ValueError):  # noqa: PT011 - Python's own words
        target_from_code(word)
