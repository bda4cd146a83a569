"""Which addresses a page goes to, and when: the pure rules, without a database."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.page import Page, back_off, quiet_until, resolve_addresses


@dataclass
class Method:
    pk: int
    channel: str
    position: int = 0


@dataclass
class Rule:
    contact_method_id: int
    urgency: str = "high"
    after_minutes: int = 0
    repeat_times: int = 0
    repeat_every_minutes: int = 5


MAIL, PHONE, PUSH, LIST = (
    Method(1, "email"),
    Method(2, "sms", 1),
    Method(3, "push", 2),
    Method(4, "email", 3),
)


def chosen(methods, rules=(), *, urgent=True, channels=()):
    page = Page(1, "run:1:0:0:0", "because", urgent, user_id=1, channels=channels)
    found = resolve_addresses(page, list(methods), list(rules))
    return [(way.method_id, way.after // timedelta(minutes=1)) for way in found]


@pytest.mark.parametrize(
    ("methods", "urgent", "expected"),
    [
        pytest.param([], True, [], id="no address, no way"),
        pytest.param([MAIL], True, [(1, 0)], id="mail always"),
        pytest.param([MAIL], False, [(1, 0)], id="mail when it is not urgent, too"),
        pytest.param([MAIL, PHONE, PUSH], True, [(3, 0), (2, 0), (1, 0)], id="push, SMS, mail"),
        pytest.param([MAIL, PHONE, PUSH], False, [(3, 0), (1, 0)], id="SMS only when urgent"),
        pytest.param([PHONE], False, [(2, 0)], id="but rather by SMS than not at all"),
        pytest.param([LIST, MAIL], True, [(1, 0), (4, 0)], id="of one channel by position"),
        pytest.param([Method(9, "pigeon"), MAIL], True, [(1, 0), (9, 0)], id="others at last"),
    ],
)
def test_without_rules_people_are_told_by_what_they_have(methods, urgent, expected):
    assert chosen(methods, urgent=urgent) == expected


def test_own_rules_say_which_address_and_after_how_long():
    rules = [Rule(2, after_minutes=5), Rule(1), Rule(2, after_minutes=15)]

    assert chosen([MAIL, PHONE], rules) == [(2, 5), (1, 0), (2, 15)]


def test_a_rule_uses_its_address_again_and_never_twice_at_once():
    rules = [
        Rule(2, after_minutes=2, repeat_times=3, repeat_every_minutes=4),
        Rule(2, after_minutes=6, repeat_times=1, repeat_every_minutes=10),
    ]

    assert chosen([PHONE], rules) == [(2, 2), (2, 6), (2, 10), (2, 14), (2, 16)]


def test_rules_for_the_other_urgency_do_not_count():
    assert chosen([MAIL, PHONE], [Rule(2, urgency="low")]) == [(2, 0), (1, 0)]


def test_rules_that_name_no_usable_address_are_as_none():
    assert chosen([MAIL], [Rule(77, after_minutes=5)]) == [(1, 0)]


def test_central_channels_come_before_own_rules():
    rules = [Rule(2)]

    found = chosen([MAIL, PHONE, LIST], rules, channels=(("email", 0), ("sms", 5)))

    assert found == [(1, 0), (4, 0), (2, 5)]


def test_who_has_none_of_the_central_channels_is_told_all_the_same():
    assert chosen([MAIL], channels=(("sms", 0),)) == [(1, 0)]


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 15), (3, 45), (4, 135), (5, 300), (60, 300)]
)
def test_the_wait_after_failures_grows_up_to_five_minutes(attempts, seconds):
    assert back_off(attempts) == timedelta(seconds=seconds)


@dataclass
class Quiet:
    quiet_from: time | None
    quiet_until: time | None
    zone: str = "Europe/Berlin"

    @property
    def user(self):
        return type("Person", (), {"zone": ZoneInfo(self.zone)})


def at(hour, minute=0, day=2, month=3):
    """A time in Berlin."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("begin", "end", "now", "until"),
    [
        pytest.param(22, 7, at(23), at(7, day=3), id="before midnight"),
        pytest.param(22, 7, at(3), at(7), id="after midnight"),
        pytest.param(22, 7, at(7), None, id="the end is outside"),
        pytest.param(22, 7, at(22), at(7, day=3), id="the beginning is inside"),
        pytest.param(22, 7, at(12), None, id="noon"),
        pytest.param(12, 14, at(13), at(14), id="a rest at noon"),
        pytest.param(12, 14, at(15), None, id="after the rest"),
        pytest.param(7, 7, at(7), None, id="empty hours"),
        pytest.param(22, 7, at(23, day=28), at(7, day=29), id="the night the clocks change"),
    ],
)
def test_quiet_hours_end_at_the_time_of_the_persons_zone(begin, end, now, until):
    method = Quiet(time(begin), time(end))

    assert quiet_until(method, now.astimezone(UTC)) == until


def test_without_quiet_hours_it_is_never_quiet():
    assert quiet_until(Quiet(None, time(7)), at(3)) is None
