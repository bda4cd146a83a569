import pytest

from integrations.mapping.conditions import compile_condition
from integrations.mapping.paths import Scope

BODY = {
    "state": "FAILED",
    "word": "not ok",
    "count": 3,
    "text_number": "8.9",
    "up": True,
    "null": None,
    "blank": " ",
    "nothing": [],
    "tags": ["prod", "eu"],
    "alerts": [{"status": "firing"}, {"status": "resolved"}],
    "labels": {"team": "ops"},
}


def holds(condition, status=None):
    problems = []
    compiled = compile_condition(condition, "when", problems)
    assert problems == []
    return compiled.fits(Scope(BODY, BODY), status)


@pytest.mark.parametrize(
    ("path", "operator", "values", "expected"),
    [
        ("state", "equals", ["failed"], True),
        ("state", "equals", ["FAIL"], False),
        ("state", "equals", ["SUCCESSFUL", "failed"], True),
        ("state", "in", ["SUCCESSFUL", "failed"], True),
        ("state", "not equals", ["ok"], True),
        ("state", "not equals", ["ok", "failed"], False),
        ("missing", "equals", ["x"], False),
        ("missing", "not equals", ["x"], True),
        ("word", "equals", ["ok"], False),
        ("word", "contains", ["OK"], True),
        ("word", "does not contain", ["fine", "ok"], False),
        ("word", "starts with", ["NOT"], True),
        ("word", "ends with", ["not"], False),
        ("state", "matches", ["^fail(ed|ure)$"], True),
        ("state", "matches", ["^ok$"], False),
        ("count", "equals", ["3"], True),
        ("count", "equals", [3], True),
        ("up", "equals", ["true"], True),
        ("up", "equals", [True], True),
        ("count", "greater than", ["2.5"], True),
        ("count", "greater than", [3], False),
        ("text_number", "less than", [9], True),
        ("word", "greater than", [0], False),
        ("missing", "less than", [9], False),
        ("state", "exists", [], True),
        ("null", "exists", [], False),
        ("blank", "exists", [], False),
        ("nothing", "exists", [], False),
        ("nothing", "does not exist", [], True),
        ("missing", "does not exist", [], True),
        ("nothing", "is empty", [], True),
        ("null", "is empty", [], True),
        ("missing", "is empty", [], False),
        ("count", "is empty", [], False),
        ("tags", "equals", ["EU"], True),
        ("tags", "not equals", ["eu"], False),
        ("alerts.*.status", "equals", ["resolved"], True),
        ("alerts.*.status", "not equals", ["resolved"], False),
        ("labels", "contains", ['"team":"ops"'], True),
        ("state", "Starts_With", ["f"], True),
    ],
)
def test_an_operator_compares_as_documented(path, operator, values, expected):
    assert holds({"path": path, "operator": operator, "values": values}) is expected


def test_case_counts_only_when_the_row_says_so():
    assert holds({"path": "state", "values": ["failed"], "case": True}) is False
    assert holds({"path": "state", "values": ["FAILED"], "case": True}) is True
    assert holds({"path": "state", "operator": "matches", "value": "failed", "case": True}) is False


def test_negate_turns_a_row_around():
    assert holds({"path": "state", "values": ["failed"], "negate": True}) is False
    assert holds({"path": "state", "operator": "not equals", "value": "failed", "negate": True})


def test_a_row_without_a_path_compares_the_status():
    assert holds({"values": ["firing"]}, "FIRING") is True
    assert holds({"values": ["firing"]}, ["resolved", "firing"]) is True
    assert holds({"values": ["firing"]}, None) is False


YES = {"path": "state", "value": "failed"}
NO = {"path": "state", "value": "ok"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ([YES, YES], True),
        ([YES, NO], False),
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"none": [NO]}, True),
        ({"none": [NO, YES]}, False),
        ({"all": [YES], "any": [YES, NO], "none": [NO]}, True),
        ({"all": [YES, {"any": [NO, {"none": [YES]}]}]}, False),
    ],
)
def test_groups_combine(condition, expected):
    assert holds(condition) is expected


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_no_condition_is_no_condition(nothing):
    problems = []

    assert compile_condition(nothing, "when", problems) is None
    assert problems == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"path": "a", "operator": "equal", "value": 1}, "did you mean “equals”?"),
        ({"path": "a", "operator": "~~", "value": 1}, "known: equals"),
        ({"path": "a", "operator": "equals"}, "needs at least one value"),
        ({"path": "a", "values": [""]}, "needs at least one value"),
        ({"path": "a", "operator": "greater than", "value": "many"}, "compares numbers"),
        ({"path": "a", "operator": "less than", "value": "nan"}, "compares numbers"),
        ({"path": "a", "operator": "matches", "value": "x(y"}, "missing )"),
        ({"path": "a", "operator": "matches", "value": "ab(?=c)"}, "character 3"),
        ({"path": "a..b", "value": 1}, "empty name"),
        ({"path": "a", "value": 1, "vlaues": 2}, "unknown: vlaues"),
        ({"all": [YES], "path": "a"}, "cannot stand beside"),
        ("status is bad", "write {path, operator, values}"),
    ],
)
def test_a_condition_that_cannot_work_says_why(condition, told):
    problems = []

    compile_condition(condition, "when", problems)

    assert told in "; ".join(message for _, message in problems)


def test_conditions_nested_without_end_are_refused():
    condition = YES
    for _ in range(50):
        condition = {"all": [condition]}
    problems = []

    compile_condition(condition, "when", problems)

    assert "nested more than" in problems[0][1]


def test_a_sentence_names_three_values_and_counts_the_others():
    row = {"path": "state", "operator": "in", "values": ["a", "b", "c", "d", "e"]}

    assert compile_condition(row, "when", []).says == "state in “a” or “b” or “c” or 2 more"
