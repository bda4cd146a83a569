"""Conditions of a step, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from escalation.plans.conditions import (
    Condition,
    Situation,
    check_condition,
    describe,
    judge,
    opening,
)
from opsportal.lib.hours_text import parse_hours

SUNDAY_2_AM = datetime(2026, 3, 1, 1, tzinfo=UTC)  # 02:00 in Berlin
OFFICE = "mon-fri 08:00-18:00 Europe/Berlin"


def situation(**fields):
    known = {"urgency": "high", "severity": "error", "priority": "P2", "alerts": 2}
    return Situation(**{**known, "opened_at": SUNDAY_2_AM - timedelta(minutes=10), **fields})


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("urgency is high", True),
        ("urgency is low", False),
        ("severity at_least critical", False),
        ("severity at_least error", True),
        ("severity at_least warning", True),
        ("priority at_most P1", False),
        ("priority at_most P2", True),
        ("priority at_most P3", True),
        ("age at_least 10", True),
        ("age at_least 11", False),
        ("alerts at_least 2", True),
        ("alerts at_least 3", False),
        (f"hours within {OFFICE}", False),
        (f"hours outside {OFFICE}", True),
        ("hours within sat-sun 00:00-24:00 Europe/Berlin", True),
        ("hours within sat 22:00-06:00 Europe/Berlin", True),
        ("hours within sun 22:00-06:00 Europe/Berlin", False),
    ],
)
def test_a_condition_holds_or_not(words, holds):
    condition = check_condition(Condition(*words.split(" ", 2)))

    assert judge([condition], situation(), SUNDAY_2_AM).is_taken is holds


def test_without_a_priority_no_priority_is_high_enough():
    condition = Condition("priority", "at_most", "P5")

    assert not judge([condition], situation(priority=""), SUNDAY_2_AM).is_taken


def test_all_conditions_have_to_hold_and_the_reason_names_each_that_does_not():
    asked = [Condition("urgency", "is", "low"), Condition("alerts", "at_least", "3")]

    verdict = judge(asked, situation(), SUNDAY_2_AM)

    assert verdict.reason == (
        "only if urgency is low, and it is high; only if at least 3 alerts, and it is 2"
    )


def test_a_step_that_waits_waits_until_its_hours_open():
    asked = [Condition("hours", "within", OFFICE)]

    verdict = judge(asked, situation(), SUNDAY_2_AM, waits=True)

    assert verdict.waits_until == datetime(2026, 3, 2, 7, tzinfo=UTC)
    assert judge(asked, situation(), SUNDAY_2_AM).waits_until is None


def test_a_step_does_not_wait_for_hours_where_it_would_be_skipped_all_the_same():
    asked = [Condition("hours", "within", OFFICE), Condition("urgency", "is", "low")]

    assert judge(asked, situation(), SUNDAY_2_AM, waits=True).waits_until is None


def test_outside_opens_when_the_last_of_touching_hours_ends():
    asked = [Condition("hours", "outside", "daily 00:00-12:00, sun 12:00-20:00 UTC")]

    assert opening(asked, SUNDAY_2_AM) == datetime(2026, 3, 1, 20, tzinfo=UTC)


def test_hours_that_never_hold_together_open_never():
    never = [Condition("hours", kind, "daily 08:00-09:00 UTC") for kind in ("within", "outside")]

    assert opening(never, SUNDAY_2_AM) is None
    assert opening([Condition("hours", "outside", "daily 00:00-24:00 UTC")], SUNDAY_2_AM) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Mon-Fri 8-18 Europe/Berlin", "mon-fri 08:00-18:00 Europe/Berlin"),
        ("daily 22:00-06:00 UTC", "daily 22:00-06:00 UTC"),
        ("fri-mon 9-17 UTC", "mon+fri-sun 09:00-17:00 UTC"),
        ("mon+wed 9:30 - 12:00, sat 10-12 Asia/Kolkata", None),
    ],
)
def test_hours_are_read_as_people_write_them(text, written):
    found = parse_hours(text).text

    assert found == (written or "mon+wed 09:30-12:00, sat 10:00-12:00 Asia/Kolkata")
    assert parse_hours(found).text == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "UTC",
        "mon-fri 08:00-18:00",
        "mon-fri 25:00-26:00 UTC",
        "mon-fri 08:60-18:00 UTC",
        "xyz 08:00-18:00 UTC",
        "mon 24:00-03:00 UTC",
        "mon 08:00-18:00 Berlin",
        "mon 8-9, " * 50 + "tue 8-9 UTC",
    ],
)
def test_hours_that_mean_nothing_are_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"\."):
        parse_hours(text)


@pytest.mark.parametrize(
    "words",
    [
        "colour is red",
        "urgency at_least high",
        "urgency is medium",
        "severity at_least worst",
        "priority at_most P9",
        "age at_least 0",
        "age at_least -5",
        "alerts at_least ٣",
        "hours within always",
    ],
)
def test_a_condition_that_can_not_work_is_refused(words):
    with pytest.raises(ValueError, match=r"\."):
        check_condition(Condition(*words.split(" ", 2)))


def test_conditions_are_read_out():
    assert describe(Condition("hours", "within", OFFICE)) == f"within {OFFICE}"
    assert describe(Condition("age", "at_least", "10")) == "open for at least 10 min"


def test_the_support_hours_of_the_service_are_asked_by_name():
    asked = [check_condition(Condition("hours", "within", "Service"))]
    office = situation(hours=parse_hours(OFFICE))

    assert judge(asked, office, SUNDAY_2_AM, waits=True).waits_until == datetime(
        2026, 3, 2, 7, tzinfo=UTC
    )
    assert judge(asked, office, SUNDAY_2_AM).reason == (
        "only within the support hours of the service"
    )
    assert judge(asked, situation(), SUNDAY_2_AM).is_taken  # A service without hours: always.
    outside = [Condition("hours", "outside", "service")]
    assert judge(outside, office, SUNDAY_2_AM).is_taken
    assert judge(outside, situation(), SUNDAY_2_AM, waits=True).waits_until is None
