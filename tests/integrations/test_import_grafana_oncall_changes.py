"""Overrides, single events and swaps of Grafana OnCall."""

import pytest

from integrations.importers.neutral import (
    Cover,
    Other,
    Override,
    Schedule,
)
from tests.integrations.importers.oncall_installation import SAMPLE, names, read, rolling, shifts
from tests.integrations.importing import at, calendar, every, only, texts


def test_overrides_of_the_same_time_are_on_call_together():
    def override(id_, start, duration, who):
        return {
            "id": id_,
            "type": "override",
            "start": start,
            "duration": duration,
            "rolling_users": [[who]],
        }

    export = shifts(
        rolling(),
        override("V1", "2026-03-03T10:00:00", 7200, "UBO"),
        override("V2", "2026-03-03T11:00:00", 7200, "UCY"),
    )

    assert calendar(export, "03-03 08:00", "03-03 13:00") == [
        ("03-03 08:00", ["UANA"]),
        ("03-03 09:00", ["UBO"]),
        ("03-03 10:00", ["UBO", "UCY"]),
        ("03-03 11:00", ["UCY"]),
        ("03-03 12:00", ["UANA"]),
    ]


def test_a_single_event_joins_its_level():
    event = {
        "id": "E",
        "type": "single_event",
        "level": 1,
        "start": "2026-03-03T10:00:00",
        "duration": 3600,
        "users": ["UDI"],
    }

    same = shifts(rolling(), event)
    over = shifts(rolling(), {**event, "level": 5})
    under = shifts(rolling(), {**event, "level": 0})

    assert only(same, Override).kind == "also"
    at_ten = "03-03 09:30", "03-03 09:31"
    assert names(same, *at_ten) == [["UANA", "UDI"]]
    assert names(over, *at_ten) == [["UDI"]]
    assert names(under, *at_ten) == [["UANA"]]
    assert names(over, "03-03 10:30", "03-03 10:31") == [["UANA"]]


@pytest.mark.parametrize(
    ("status", "benefactor", "what"),
    [
        ("past_due", None, "past due"),
        ("Deleted", "UBO", "deleted"),
        ("open", None, "it is over"),
    ],
)
def test_a_swap_that_cannot_be_taken_any_more_is_listed(status, benefactor, what):
    swap = {**SAMPLE["shift_swaps"][0], "status": status, "benefactor": benefactor}
    swap |= {"swap_start": "2026-03-19T18:00:00Z", "swap_end": "2026-03-20T00:00:00Z"}

    export = read(shift_swaps=[swap])

    assert every(export, Override) == []
    assert what in texts(only(export, Other))


@pytest.mark.parametrize("status", ["open", "Open", None])
def test_a_swap_that_nobody_has_taken_yet_asks_for_cover(status):
    swap = {**SAMPLE["shift_swaps"][0], "status": status, "benefactor": None}

    export = read(shift_swaps=[swap])

    found = only(export, Cover)
    assert (found.schedule, found.person) == ("SPAY", "UANA")
    assert (found.starts_at, found.ends_at) == (at("03-25 18:00"), at("03-26 06:00"))
    assert every(export, Override) == every(export, Other) == []


def test_a_broken_override_or_swap_leaves_its_schedule_and_the_others():
    def override(id_, start):
        return {
            "id": id_,
            "type": "override",
            "start": start,
            "duration": 3600,
            "rolling_users": [["UBO"]],
        }

    good, bad = override("V1", "2026-03-03T10:00:00"), override("V2", "soon")
    swap = {**SAMPLE["shift_swaps"][0], "id": "BAD", "swap_start": None}
    export = shifts(rolling(), good, bad, shift_swaps=[swap, *SAMPLE["shift_swaps"]])

    assert only(export, Schedule).id == "SPAY"
    assert [one.people for one in every(export, Override)] == [("UBO",), ("UBO",)]
    assert {one.id for one in every(export, Other)} == {"V2", "BAD"}
    assert len(export.problems) == 2


def test_an_override_that_was_made_on_the_web_is_in_utc():
    override = {
        "id": "V",
        "type": "override",
        "schedule": "SPAY",
        "start": "2026-03-03T10:00:00",
        "duration": 3600,
        "rolling_users": [["UBO"]],
    }

    assert calendar(shifts(rolling(), override), "03-03 09:00", "03-03 11:00") == [
        ("03-03 09:00", ["UANA"]),
        ("03-03 10:00", ["UBO"]),
    ]
