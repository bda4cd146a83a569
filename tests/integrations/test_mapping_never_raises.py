"""Whatever comes in, and whatever somebody writes as rules: only the documented errors."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations import catalog
from integrations.decoding.decode import decode
from integrations.errors import RulesError, UnreadableBody, UnrecognizedPayload
from integrations.mapping import paths
from integrations.mapping import rules as mapping
from integrations.mapping.compiler import FIELDS, TOP_KEYS
from integrations.mapping.conditions import ROW_KEYS
from integrations.mapping.paths import PathError, Scope
from integrations.mapping.rules import Received

NAMES = st.sampled_from(
    ["alerts", "status", "labels", "id", "payload", "event_action", "title", "data", "heartbeat"]
)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | TEXTS, inner, max_size=4),
    max_leaves=20,
)
KEYS = st.sampled_from(
    [
        *TOP_KEYS,
        *FIELDS,
        *sorted(ROW_KEYS),
        "all",
        "any",
        "none",
        "static",
        "extract",
        "map",
        "default",
    ]
)
WORDS = TEXTS | NAMES | st.sampled_from(["matches", "json", "$.a.*", "<a> b", "a[b=c]", "(", "$"])
JUNK = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | TEXTS, inner, max_size=4),
    max_leaves=20,
)
COMPILED = [template.compiled for template in catalog.all_templates().values()]


@given(text=TEXTS | WORDS, body=JSON)
@settings(max_examples=300, deadline=None)
def test_any_path_into_any_body_finds_something_or_nothing(text, body):
    try:
        path = paths.parse(text)
    except PathError:
        return

    assert isinstance(path.read(Scope(body, body)), str)


@given(rules=st.dictionaries(KEYS | TEXTS, JUNK, max_size=5) | JUNK, body=JSON)
@settings(max_examples=300, deadline=None)
def test_any_rules_are_refused_or_work(rules, body):
    try:
        compiled = mapping.compile(rules)
    except RulesError:
        return

    try:
        events = compiled.events(Received(body))
    except UnrecognizedPayload:
        return
    assert all(len(event.key) == 64 for event in events)


@given(body=JSON)
@settings(max_examples=200, deadline=None)
def test_any_body_is_recognized_or_not_by_every_template(body):
    for rules in COMPILED:
        try:
            events = rules.events(Received(body))
        except UnrecognizedPayload:
            continue
        for event in events:
            json.dumps([event.subject, event.custom_fields], ensure_ascii=False).encode()


@given(body=st.binary(max_size=200), kind=st.sampled_from(["", "application/json", "text/plain"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_unreadable(body, kind):
    try:
        tree = decode(body, kind)
    except UnreadableBody:
        return

    json.dumps(tree, allow_nan=False)
