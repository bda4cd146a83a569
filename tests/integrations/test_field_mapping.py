import pytest

from integrations.errors import RulesError
from integrations.mapping import rules as mapping
from integrations.mapping.rules import Received


def event_from(body, field_mapping=None):
    rules = mapping.from_field_mapping(field_mapping or {})
    [event] = mapping.compile(rules).events(Received(body))
    return event


NAMED = {
    "summaryField": "alert.title",
    "severityField": "level",
    "dedupKeyField": "alert_id",
    "actionField": "status",
    "triggerValues": ["fired", "alert"],
    "resolveValues": ["ok", "resolved"],
}


@pytest.mark.parametrize(
    ("status", "action"),
    [("fired", "trigger"), ("OK", "resolve"), ("not ok", ""), ("unresolved", ""), ("refired", "")],
)
def test_values_are_equal_or_they_are_not(status, action):
    event = event_from({"alert": {"title": "T"}, "alert_id": 7, "status": status}, NAMED)

    assert (event.action, event.subject, event.dedup_key) == (action, "T", "7")


@pytest.mark.parametrize("status", ["broken", "not ok", "abnormal", "unresolved", "", None])
def test_without_values_any_word_but_a_good_one_opens(status):
    assert event_from({"id": 1, "title": "T", "status": status}).action == "trigger"


@pytest.mark.parametrize("status", ["resolved", "OK", "closed", "recovered"])
def test_without_values_a_good_word_closes(status):
    assert event_from({"id": 1, "title": "T", "status": status}).action == "resolve"


def test_an_acknowledging_word_is_only_noted():
    assert event_from({"id": 1, "status": "acknowledged"}).action == "update"


def test_messages_without_any_id_are_told_apart_by_their_summary():
    first, second = event_from({"summary": "disk"}), event_from({"summary": "cpu"})

    assert first.key != second.key


@pytest.mark.parametrize(
    ("level", "severity"),
    [("HIGH", "critical"), ("err", "error"), ("p3", "warning"), ("x", "error")],
)
def test_the_usual_words_for_severity_are_known(level, severity):
    assert event_from({"level": level}).severity == severity


@pytest.mark.parametrize("wrong", [{"sumaryField": "x"}, {"summaryField": {}, "actionField": 7}])
def test_a_wrong_field_mapping_is_refused(wrong):
    with pytest.raises(RulesError):
        mapping.from_field_mapping(wrong)
