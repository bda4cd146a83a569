"""The operator *contains word*, and what a negated word does in conditions that end an alert."""

import time

import pytest

from integrations.catalog import find
from integrations.mapping.conditions import compile_condition, heed_negations
from integrations.mapping.paths import Scope
from integrations.mapping.rules import Received
from integrations.mapping.words import contains_words


def holds(condition, status, *, closing=False):
    problems = []
    compiled = compile_condition(condition, "when", problems)
    assert problems == []
    if closing:
        compiled = heed_negations(compiled)
    return compiled.fits(Scope({}, {}), status)


@pytest.mark.parametrize(
    ("status", "value", "expected"),
    [
        ("New - Email", "New", True),
        ("new", "NEW", True),
        ("(New)", "New", True),
        ("Re-New", "New", True),
        ("Newest", "New", False),
        ("Renewed", "new", False),
        ("NEW_TICKET", "new", False),
        ("New2", "new", False),
        ("UNSUCCESSFUL", "SUCCESSFUL", False),
        ("In   progress", "in progress", True),
        ("in\u00a0progress", "in progress", True),
        ("inprogress", "in progress", False),
        ("newer new", "new", True),
        ("new new", "new", True),
        ("Größe geändert", "geändert", True),
        ("cafe\u0301 closed", "caf\u00e9", True),
        ("cafe\u0301", "cafe", False),
        ("\u0915\u094d\u0937", "\u0915", False),
        ("已关闭", "关闭", False),
        ("Закрыто - готово", "закрыто", True),
        ("a [x] b", "[x]", True),
        ("", "new", False),
    ],
)
def test_a_word_is_found_where_no_part_of_a_word_is_beside_it(status, value, expected):
    row = {"operator": "contains word", "values": [value]}

    assert holds(row, status) is expected
    assert holds({**row, "operator": "does not contain word"}, status) is not expected


def test_case_counts_in_words_only_where_the_row_says_so():
    row = {"operator": "contains word", "values": ["New"], "case": True}

    assert holds(row, "New - Email") is True
    assert holds(row, "new - Email") is False


def test_contains_keeps_its_meaning():
    assert holds({"operator": "contains", "values": ["closed"]}, "Not Closedown") is True


@pytest.mark.parametrize(
    ("status", "closes"),
    [
        ("Closed", True),
        ("Closed - done", True),
        ("Closed - not reproducible", True),
        ("Not reproducible - Closed", True),
        ("Not reproducible, closed", True),
        ("Not sent. Closed", True),
        ("Closed: no action needed", True),
        ("not open; was not closed before, now closed", True),
        ("Not Closed", False),
        ("NOT-CLOSED", False),
        ("not_closed", False),
        ("Not yet closed", False),
        ("Could not be closed", False),
        ("No longer closed", False),
        ("never closed", False),
        ("Isn't Closed", False),
        ("Isn’t closed", False),
        ("un-closed", False),
        ("Unclosed", False),
        ("non-closed", False),
        ("Cannot be closed", False),
        ("Closed: no", False),
        ("closed = false", False),
        ("Closed? No.", False),
    ],
)
def test_a_negated_word_ends_nothing(status, closes):
    row = {"operator": "contains word", "values": ["Closed"]}

    assert holds(row, status, closing=True) is closes


def test_what_holds_for_a_missing_word_counts_a_negated_one():
    row = {"operator": "contains word", "values": ["open"]}
    missing = {**row, "operator": "does not contain word"}

    assert holds(missing, "not open", closing=True) is False
    assert holds({"none": [row]}, "not open", closing=True) is False
    assert holds({"none": [missing]}, "not open", closing=True) is False
    assert holds({"none": [{"none": [row]}]}, "open", closing=True) is True


TICKET = {"id": 7, "summary": "Printer", "client_name": "Shop"}


@pytest.mark.parametrize(
    ("slug", "status", "action"),
    [
        ("haloitsm", "New - Email", "trigger"),
        ("haloitsm", "Closed - done", "resolve"),
        ("haloitsm", "Not Closed", ""),
        ("haloitsm", "Renewed", ""),
        ("odown", "ALERT_FAILURE (3rd time)", "trigger"),
        ("odown", "ALERT_EXPIRY_SSL: 7 days", "trigger"),
        ("odown", "ALERT_RECOVERY", "resolve"),
        ("odown", "no ALERT_RECOVERY", ""),
        ("bitbucket", "FAILED", "trigger"),
        ("bitbucket", "SUCCESSFUL - cached", "resolve"),
        ("bitbucket", "UNSUCCESSFUL", ""),
        ("bitbucket", "not SUCCESSFUL", ""),
    ],
)
def test_the_templates_of_the_guides_look_for_words(slug, status, action):
    body = {
        "haloitsm": {"ticket": {**TICKET, "status": {"name": status}}},
        "odown": {"event": status, "monitor": {"id": 7, "name": "Shop"}},
        "bitbucket": {
            "commit_status": {"key": "b", "refname": "main", "state": status},
            "repository": {"full_name": "a/b"},
        },
    }[slug]

    [event] = find(slug).compiled.events(Received(body))

    assert event.action == action


@pytest.mark.parametrize("text", ["no closed " * 100_000, "closed\n" * 150_000, "a " * 500_000])
def test_a_long_text_is_searched_in_linear_time(text):
    began = time.monotonic()
    contains_words(text, "closed a", skips_negated=True)
    contains_words(text, "closed", skips_negated=True)

    assert time.monotonic() - began < 5
