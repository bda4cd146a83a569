"""Tags and words in place of rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.catalog import find
from integrations.decoding.mime import parse
from integrations.errors import RulesError
from integrations.mail.extraction import Extraction, Tag, read, written
from integrations.mapping import rules as mapping
from tests.integrations.mails import mail

RULES = find("email").rules
TAGS = st.builds(
    Tag, st.sampled_from(["text", "subject"]), st.text(min_size=1, max_size=5), st.text(max_size=5)
).filter(lambda tag: tag.before != "\n")
WORDS = st.lists(st.text(min_size=1, max_size=5), max_size=3).map(tuple)
EXTRACTIONS = st.just(Extraction()) | st.builds(
    Extraction, st.just(False), TAGS | st.just(Tag()), TAGS, WORDS, WORDS, WORDS
)


@given(EXTRACTIONS)
def test_settings_become_rules_and_come_back(wanted):
    assert read(written(RULES, wanted)) == wanted


@given(EXTRACTIONS, EXTRACTIONS)
def test_other_settings_leave_the_rest_of_the_rules_alone(first, second):
    rules = RULES | {"filters": {"all": [{"path": "from", "operator": "exists"}]}}

    assert written(written(rules, first), second) == written(rules, second)


def test_rules_that_say_more_are_not_taken_for_settings():
    assert read(find("nagios-email").rules) is None
    assert read(RULES | {"close_when": {"values": ["x"]}}) is None


def event_of(wanted, raw):
    [event] = mapping.compile(written(RULES, wanted)).events(mapping.Received(parse(raw)))
    return event


def test_tags_cut_out_the_name_and_the_id():
    wanted = Extraction(False, Tag("text", "Host: "), Tag("subject", "[", "]"), close_words=("OK",))

    problem = event_of(wanted, mail("Host: web-1\r\nmore", "[disk] is full"))
    recovery = event_of(wanted, mail("all is OK again\r\nHost: web-1", "[disk] is fine"))

    assert (problem.source_name, problem.source_id) == ("web-1", "disk")
    assert (problem.action, recovery.action) == ("trigger", "resolve")
    assert problem.key == recovery.key


@pytest.mark.parametrize(
    ("text", "action"),
    [("PROBLEM", "trigger"), ("UPDATE", "update"), ("RECOVERY", "resolve"), ("hello", "")],
)
def test_words_in_the_subject_or_the_text_decide(text, action):
    wanted = Extraction(
        False, Tag("text", "Host:"), Tag(), ("PROBLEM",), ("UPDATE",), ("RECOVERY",)
    )

    assert event_of(wanted, mail(f"Host: a\n{text}")).action == action
    assert event_of(wanted, mail("Host: a", f"it is {text}")).action == action


def test_where_the_tags_are_missing_the_sender_and_the_subject_stand_in():
    event = event_of(Extraction(False, Tag("text", "Host:"), Tag("text", "Id:")), mail("nothing"))

    assert (event.source_name, event.source_id) == ("monitor@example.com", "Disk full")


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ({"after": "Host: ", "before": "\n"}, "web-1"),
        ({"after": "State:", "before": "\n"}, "down"),
        ({"after": "\nState:"}, "down"),
        ({"after": "\nHost:", "before": " "}, ""),
        ({"before": ":"}, "Host"),
        ({"after": "(", "before": ")"}, "a b"),
        ({"after": "nowhere"}, ""),
        ({"after": "Host:", "before": "nowhere"}, ""),
        ({"after": "(", "before": ")", "extract": r"(\w)$"}, "b"),
        ({"after": "(", "before": ")", "encode": "url"}, "a%20b"),
    ],
)
def test_a_value_between_tags(rule, found):
    rules = {"source": "T", "fields": {"long_text": {"path": "text", **rule}}}
    body = {"text": "Host: web-1\nmore (a b)\nState:   down"}

    [event] = mapping.compile(rules).events(mapping.Received(body))

    assert event.long_text == found


@pytest.mark.parametrize("tag", ["", 5, "x" * 201, None])
def test_a_tag_that_cannot_be_is_named_with_its_place(tag):
    with pytest.raises(RulesError) as refusal:
        mapping.compile({"source": "T", "fields": {"subject": {"path": "text", "after": tag}}})

    assert refusal.value.problems[0][0] == "fields.subject.after"
