"""What senders leave out, spell in another way or put elsewhere, and is read all the same."""

import pytest

from integrations.errors import UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.attributes import web_address
from integrations.mapping.severities import compile_severity

RULES = {
    "source": "Probe",
    "requires": ["id", "state", "host", "before"],
    "fields": {"source_id": "id", "status": "state", "subject": "host"},
    "close_when": {"values": ["up"]},
    "open_when": {"values": ["down"]},
}
BODY = {"id": 7, "state": "down", "host": "web-1", "before": "up"}


def events(body, rules=RULES, query=None):
    return mapping.compile(rules).events(mapping.Received(body, {}, query or {}))


def less(*names):
    return {name: value for name, value in BODY.items() if name not in names}


@pytest.mark.parametrize("name", ["host", "before"])
def test_what_is_required_and_not_needed_may_be_missing(name):
    [opened], [closed] = events(less(name)), events(less(name) | {"state": "up"})

    assert (opened.action, closed.action) == ("trigger", "resolve")
    assert opened.key == closed.key


@pytest.mark.parametrize(
    "body",
    [
        less("id"),
        less("state"),
        less("host", "before"),
        less("before") | {"state": "odd"},
        {},
        [],
        {"opsportal": 1},
    ],
)
def test_what_says_too_little_is_of_another_sender(body):
    with pytest.raises(UnrecognizedPayload):
        events(body)


def test_of_several_shapes_the_one_that_lacks_least_reads_it():
    shapes = {
        "variants": [
            {"name": "node", "requires": ["id", "state", "node", "cpu", "disk", "fan"]},
            {"name": "host", "requires": ["id", "state", "host", "before"]},
        ]
    }
    rules = {name: rule for name, rule in RULES.items() if name != "requires"} | shapes

    [found] = mapping.compile(rules).explain(mapping.Received(less("before")))

    assert (found["variant"], found["action"]) == ("host", "trigger")


def test_a_shape_that_takes_everything_needs_all_that_it_requires():
    rules = {name: rule for name, rule in RULES.items() if name != "open_when"}
    rules["requires"] = ["id", "before"]

    with pytest.raises(UnrecognizedPayload):
        events(less("before"), rules)


@pytest.mark.parametrize(("kind", "action"), [("host", "trigger"), ("note", "")])
def test_an_event_that_is_named_is_not_taken_for_another_one(kind, action):
    other = {"requires": ["kind"], "ignore": "another event"}
    rules = {name: rule for name, rule in RULES.items() if name != "requires"}
    rules["variants"] = [
        {"requires": ["id", "host", "before"], "when": {"path": "kind", "values": ["host"]}},
        other,
    ]

    [event] = events(less("before") | {"kind": kind}, rules)

    assert event.action == action


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("WARN", "warning"),
        ("warn", "warning"),
        ("crit", "critical"),
        ("ERR", "error"),
        ("Informational", "info"),
        ("information", "info"),
        ("odd", "error"),
    ],
)
def test_other_spellings_of_a_severity_are_known(word, severity):
    assert compile_severity({"default": "error"}, "severity", []).read(word) == severity


def test_what_a_template_says_of_a_spelling_wins():
    table = compile_severity({"map": {"warn": "critical"}}, "severity", [])

    assert table.read("WARN") == "critical"


@pytest.mark.parametrize(
    "address",
    [
        "https://.console.example.com/x",
        "https://console..example.com/x",
        "https:///x",
        "https://:8080/x",
        "https://user@/x",
        "https://?q=1",
        "/browse/OPS-1",
        "javascript:alert(1)",
    ],
)
def test_an_address_with_an_empty_host_is_none(address):
    assert web_address(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com",
        "http://10.0.0.5:9093/#/alerts",
        "https://[2001:db8::1]:8443/x",
        "https://user:word@example.com/x?y=a..b",
        "https://bücher.example/x",
        "http://localhost/x",
    ],
)
def test_any_other_address_is_kept(address):
    assert web_address(address) == address


def test_half_an_address_is_none():
    fields = RULES["fields"] | {
        "url": ["https://<region>.example.com/<id>", "https://example.com/<team>/x"],
        "links": [{"href": "https://example.com/<team>/<id>"}, {"href": "https://x.test/<id>"}],
    }

    [event] = events(BODY, RULES | {"fields": fields})
    [whole] = events(BODY | {"region": "eu"}, RULES | {"fields": fields})

    assert event.url == ""
    assert [href for _, href in event.links] == ["https://x.test/7"]
    assert whole.url == "https://eu.example.com/7"


def test_the_groups_of_a_pattern_are_joined_as_written():
    value = {"path": "<self> /browse/<id>", "extract": r"^(\S+)/rest/\S* (.+)$", "join": ""}
    rules = RULES | {"fields": RULES["fields"] | {"url": value}}

    [event] = events(BODY | {"self": "https://example.com/jira/rest/api/2/issue/7"}, rules)

    assert event.url == "https://example.com/jira/browse/7"


def test_json_in_a_parameter_becomes_a_part_of_an_empty_body():
    steps = [{"path": "$query", "to": "$"}, {"path": "probe", "as": "json"}]
    rules = RULES | {"decode": steps, "requires": ["probe"]}
    rules["fields"] = {"source_id": "probe.id", "status": "probe.state"}

    [event] = events({}, rules, {"probe": '{"id": 5, "state": "down"}'})

    assert (event.action, event.source_id) == ("trigger", "5")
