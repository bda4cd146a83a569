"""Which of several integrations on one URL will never be given a message."""

from integrations.models import Integration
from integrations.pages.integration.shadowing import shadowed

PROD = {"all": [{"path": "env", "values": ["prod"]}]}
TEST = {"all": [{"path": "env", "values": ["test"]}]}


def row(pk, filters=None, **fields):
    fields.setdefault("sequence", pk)
    return Integration(pk=pk, name=f"No. {pk}", rules={"filters": filters or {}}, **fields)


def test_one_alone_gets_everything():
    assert shadowed([row(1)]) == {}


def test_behind_one_without_a_filter_nothing_arrives():
    assert shadowed([row(1), row(2, PROD)]) == {
        2: "No. 1 (sequence 1) stands before it and has no filter: it takes every message."
    }


def test_behind_one_with_the_same_filter_nothing_arrives():
    found = shadowed([row(1, PROD), row(2, {"all": list(PROD["all"])})])

    assert list(found) == [2]
    assert "the same filter" in found[2]


def test_the_order_of_rows_makes_no_other_filter():
    one = {"any": [{"path": "a", "values": ["1"]}, {"path": "b", "values": ["2"]}]}
    other = {"any": list(reversed(one["any"])), "all": []}

    assert list(shadowed([row(1, one), row(2, other)])) == [2]


def test_different_filters_leave_something_for_each():
    assert shadowed([row(1, PROD), row(2, TEST), row(3)]) == {}


def test_what_is_disabled_takes_nothing_away_and_is_not_warned_of():
    assert shadowed([row(1, is_enabled=False), row(2), row(3, is_enabled=False)]) == {}


def test_of_equal_sequences_the_older_is_asked_first():
    assert list(shadowed([row(8, sequence=5), row(7, sequence=5)])) == [8]
