"""Conditions that look for words within a text, where one text has the words of several."""

import pytest

from integrations.mapping import rules as mapping


def action(text, close, opened, **more):
    rules = {
        "source": "Backup",
        "fields": {"status": "subject", "subject": "subject", "source_id": "job"},
        "close_when": close if isinstance(close, dict) else contains(close),
        "open_when": opened if isinstance(opened, dict) else contains(opened),
    }
    body = {"subject": text, "job": "nightly", "type": "backup", **more}
    [event] = mapping.compile(rules).events(mapping.Received(body))
    return event.action


def contains(words, path=None):
    row = {"operator": "contains", "values": words if isinstance(words, list) else [words]}
    return row | ({"path": path} if path else {})


@pytest.mark.parametrize(
    ("text", "close", "opened", "wanted"),
    [
        ("1 Successful Backup, 1 Failed Offsite Copy", "Successful", "Failed", "trigger"),
        ("Failed: web-2. Recovered: web-1.", ["recovered", "up"], ["failed", "down"], "trigger"),
        ("3 checks OK, 1 CRITICAL", "ok", ["critical", "warning"], "trigger"),
        ("Backup Successful", "Successful", "Failed", "resolve"),
        ("Backup Failed", "Successful", "Failed", "trigger"),
        # A word within a longer word of the other is not there by itself.
        ("web-1 is no longer down", "no longer down", "down", "resolve"),
        ("Alert resolved: disk", "alert resolved", "alert", "resolve"),
        ("Alert resolved: disk. New alert: cpu", "alert resolved", "alert", "trigger"),
        ("2 unresolved issues", "resolved", "unresolved", "trigger"),
        ("Backup done", "Successful", "Failed", ""),
    ],
)
def test_a_text_with_words_of_both_opens(text, close, opened, wanted):
    assert action(text, close, opened) == wanted


def test_words_beside_a_comparison_that_both_share_are_words_still():
    same = {"path": "type", "operator": "equals", "values": ["backup"]}

    both = action(
        "1 Successful, 1 Failed",
        {"all": [same, contains("Successful")]},
        {"all": [same, contains("Failed")]},
    )

    assert both == "trigger"


def test_words_in_two_places_of_a_message_are_those_of_one_text():
    close, opened = contains("Successful", "subject"), contains("Failed", "details")

    assert action("Backup Successful", close, opened, details="Offsite copy: Failed") == "trigger"
    assert action("Backup Successful", close, opened, details="") == "resolve"


@pytest.mark.parametrize(
    "close",
    [
        {"operator": "equals", "values": ["1 Failed, repaired"]},
        {"any": [contains("repaired"), {"path": "type", "values": ["backup"]}]},
    ],
)
def test_what_is_equal_to_a_closing_value_closes(close):
    assert action("1 Failed, repaired", close, "Failed") == "resolve"


def test_without_opening_words_a_closing_word_closes():
    rules = {
        "fields": {"status": "subject", "source_id": "job"},
        "close_when": contains("Successful"),
    }
    body = {"subject": "1 Successful, 1 Failed", "job": 1}

    [event] = mapping.compile(rules).events(mapping.Received(body))

    assert event.action == "resolve"
