from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.report import Suppression
from integrations.errors import RulesError
from integrations.mapping import rules
from integrations.routing import routing

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 2, 12, tzinfo=BERLIN)
RULES = {"fields": {"source_id": "id", "status": "state", "expires_at": "until"}}
ALL = {
    "time_zone": "Europe/Berlin",
    "delay": {"rule": "every_alerts", "alerts": 3},
    "grouping": {"minutes": 10, "by": ["labels^cluster"], "pages_again": True},
    "overrides": [
        {"days": ["sat"], "start": "18:00", "end": "08:00", "policy": 3},
        {"when": {"path": "host", "operator": "contains", "value": "db"}, "play": 4},
    ],
    "dynamic_groups": [
        {"when": {"path": "host", "operator": "matches", "value": "^db"}, "team": 5}
    ],
    "close_after_minutes": 60,
}


def read(**body):
    received = rules.Received({"id": 1, "state": "down", **body})
    [(event, scope)] = rules.compile(RULES).scoped_events(received)
    return event, scope


def test_the_whole_vocabulary_compiles():
    compiled = routing.compile(ALL)

    assert compiled.zone == BERLIN
    assert compiled.close_after == timedelta(minutes=60)
    assert len(compiled.overrides) == 2


def test_no_routing_changes_nothing():
    event, scope = read()
    compiled = routing.compile({})

    assert compiled.hold(NOON) is None
    assert compiled.group(1, scope, NOON) is None
    assert compiled.override(event, scope, NOON) is None
    assert compiled.teams(event, scope) == []
    assert compiled.expires_at(event, NOON) is None


@pytest.mark.parametrize(
    ("raw", "where", "words"),
    [
        ([], "routing", "table"),
        ({"dellay": {}}, "dellay", "did you mean delay?"),
        ({"time_zone": "Berlin"}, "time_zone", "no IANA time zone"),
        ({"delay": {"rule": "hours"}}, "delay.rule", "every_alerts, minutes"),
        ({"delay": {"rule": "minutes"}}, "delay.minutes", "from 1 to 10080"),
        ({"delay": {"rule": "minutes", "minutes": True}}, "delay.minutes", "whole number"),
        ({"delay": {"rule": "minutes", "minutes": 5, "alerts": 2}}, "delay.alerts", "no such key"),
        ({"delay": {"rule": "alerts_within", "alerts": 1, "minutes": 5}}, "delay.alerts", "from 2"),
        ({"delay": {"rule": "support_hours", "hours": []}}, "delay.hours", "at least one row"),
        (
            {"delay": {"rule": "support_hours", "hours": [{"days": ["monday"]}]}},
            "delay.hours[0].days",
            "mon, tue",
        ),
        (
            {"delay": {"rule": "support_hours", "hours": [{"start": "24:00", "end": "24:00"}]}},
            "delay.hours[0].start",
            "24:00 ends a day",
        ),
        (
            {"delay": {"rule": "support_hours", "hours": [{"start": "9 am", "end": "17:00"}]}},
            "delay.hours[0].start",
            "such as 09:00",
        ),
        ({"grouping": {"pages_again": False}}, "grouping", "minutes, by, or both"),
        ({"grouping": {"by": ["a["]}}, "grouping.by[0]", ""),
        ({"overrides": [{"policy": 1}]}, "overrides[0]", "when it holds"),
        ({"overrides": [{"days": ["mon"]}]}, "overrides[0]", "either a policy or a play"),
        ({"overrides": [{"days": ["mon"], "policy": "x"}]}, "overrides[0].policy", "the id"),
        ({"overrides": [{"start": "09:00", "policy": 1}]}, "overrides[0]", "both start and end"),
        (
            {"overrides": [{"when": {"path": "a", "operator": "is", "value": 1}, "policy": 1}]},
            "overrides[0].when",
            "no operator",
        ),
        ({"dynamic_groups": [{"team": 1}]}, "dynamic_groups[0].when", "path, operator"),
        (
            {"dynamic_groups": [{"when": {"path": "a", "value": 1}}]},
            "dynamic_groups[0].team",
            "the id of a team",
        ),
        ({"close_after_minutes": -1}, "close_after_minutes", "from 1"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(raw, where, words):
    with pytest.raises(RulesError) as refusal:
        routing.compile(raw)

    told = dict(refusal.value.problems)
    assert where in told, told
    assert words in told[where]


def test_a_pattern_that_does_not_compile_is_refused_with_its_position():
    row = {"when": {"path": "host", "operator": "matches", "value": "db[0-9"}, "team": 5}

    with pytest.raises(RulesError) as refusal:
        routing.compile({"dynamic_groups": [row]})

    [(where, words)] = refusal.value.problems
    assert where.startswith("dynamic_groups[0].when")
    assert "character 3" in words


@pytest.mark.parametrize(
    ("delay", "hold"),
    [
        (
            {"rule": "minutes", "minutes": 10},
            Suppression("it waits 10 min for its end", until=NOON + timedelta(minutes=10)),
        ),
        (
            {"rule": "every_alerts", "alerts": 3},
            Suppression("it pages with every 3 messages of the alert", alerts=3, again=True),
        ),
        (
            {"rule": "alerts_within", "alerts": 3, "minutes": 5},
            Suppression(
                "it waits for 3 messages within 5 min", alerts=3, within=timedelta(minutes=5)
            ),
        ),
        (
            {
                "rule": "support_hours",
                "hours": [{"days": ["tue"], "start": "09:00", "end": "17:00"}],
            },
            Suppression(
                "it waits for the support hours",
                until=datetime(2026, 3, 3, 9, tzinfo=BERLIN),
            ),
        ),
        ({"rule": "support_hours", "hours": [{"start": "09:00", "end": "17:00"}]}, None),
    ],
)
def test_each_rule_of_delaying_holds_back_in_its_own_way(delay, hold):
    compiled = routing.compile({"time_zone": "Europe/Berlin", "delay": delay})

    assert compiled.hold(NOON) == hold


def test_alerts_with_the_same_values_are_of_one_group_and_others_are_not():
    compiled = routing.compile({"grouping": {"by": ["labels^cluster", "labels^zone"]}})

    def key(**labels):
        _, scope = read(labels=labels)
        return compiled.group(1, scope, NOON).key

    assert key(cluster="a", zone="1", host="x") == key(cluster="a", zone="1", host="y")
    assert key(cluster="a", zone="1") != key(cluster="a", zone="2")
    assert key(cluster="a") != key(zone="a")


def test_an_alert_that_lacks_what_they_have_in_common_stays_alone():
    compiled = routing.compile({"grouping": {"by": ["labels^cluster"]}})
    _, scope = read(labels={"host": "x"})

    assert compiled.group(1, scope, NOON) is None


def test_the_groups_of_two_integrations_are_different():
    compiled = routing.compile({"grouping": {"minutes": 5}})
    _, scope = read()

    assert compiled.group(1, scope, NOON).key != compiled.group(2, scope, NOON).key
    assert compiled.group(1, scope, NOON).until == NOON + timedelta(minutes=5)


NIGHT = {"days": ["sat"], "start": "22:00", "end": "06:00", "policy": 1}


@pytest.mark.parametrize(
    ("at", "policy"),
    [
        (datetime(2026, 3, 28, 21, 59, tzinfo=BERLIN), None),
        (datetime(2026, 3, 28, 22, 0, tzinfo=BERLIN), 1),
        # In this night the clocks go forward: it has seven hours.
        (datetime(2026, 3, 29, 5, 59, tzinfo=BERLIN), 1),
        (datetime(2026, 3, 29, 6, 0, tzinfo=BERLIN), None),
    ],
)
def test_an_override_holds_at_its_times_in_its_zone_over_a_change_of_the_clock(at, policy):
    compiled = routing.compile({"time_zone": "Europe/Berlin", "overrides": [NIGHT]})
    event, scope = read()

    found = compiled.override(event, scope, at)

    assert (found.policy_id if found else None) == policy


def test_an_override_with_times_and_a_condition_wants_both():
    row = {**NIGHT, "when": {"path": "host", "operator": "contains", "value": "DB"}}
    compiled = routing.compile({"time_zone": "Europe/Berlin", "overrides": [row]})
    night, day = datetime(2026, 3, 28, 23, tzinfo=BERLIN), NOON

    assert compiled.override(*read(host="db-1"), night) is not None
    assert compiled.override(*read(host="web"), night) is None
    assert compiled.override(*read(host="db-1"), day) is None


def test_the_first_override_that_holds_wins():
    rows = [
        {"when": {"path": "host", "operator": "contains", "value": "x"}, "policy": 1},
        {"days": ["mon"], "policy": 2},
        {"days": ["mon"], "play": 3},
    ]
    compiled = routing.compile({"overrides": rows})

    assert compiled.override(*read(host="a"), NOON).policy_id == 2


def test_all_dynamic_groups_that_hold_are_added_once():
    def row(operator, value, team):
        return {"when": {"path": "host", "operator": operator, "value": value}, "team": team}

    rows = [row("contains", "db", 1), row("matches", r"^db-\d+$", 2), row("contains", "b-7", 1)]
    compiled = routing.compile({"dynamic_groups": [*rows, row("contains", "web", 3)]})

    assert compiled.teams(*read(host="DB-7")) == [1, 2]


def test_a_condition_without_a_path_looks_at_the_status():
    row = {"when": {"operator": "equals", "value": "down"}, "team": 1}
    compiled = routing.compile({"dynamic_groups": [row]})

    assert compiled.teams(*read()) == [1]


@pytest.mark.parametrize(
    ("until", "after", "expires"),
    [
        ("2026-03-02T12:05:00+01:00", None, NOON + timedelta(minutes=5)),
        (int((NOON + timedelta(minutes=5)).timestamp()), 60, NOON + timedelta(minutes=5)),
        ("0001-01-01T00:00:00Z", None, None),
        ("0001-01-01T00:00:00Z", 60, NOON + timedelta(minutes=60)),
        ("2026-03-02T11:00:00+01:00", None, None),  # Past already: then it says nothing.
        ("soon", 60, NOON + timedelta(minutes=60)),
    ],
)
def test_what_the_sender_says_of_its_end_goes_before_the_integrations_silence(
    until, after, expires
):
    compiled = routing.compile({"close_after_minutes": after} if after else {})
    event, _ = read(until=until)

    assert compiled.expires_at(event, NOON) == expires
