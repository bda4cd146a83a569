import pytest

from integrations.errors import RulesError, UnrecognizedPayload
from integrations.mapping import rules as mapping
from integrations.mapping.rules import Event, Received

RULES = {
    "source": "Probe",
    "fields": {
        "source_name": "host",
        "source_id": "id",
        "status": "state",
        "severity": "level",
        "subject": ["title", "<host> is <state>"],
        "url": "link",
    },
    "severity": {"default": "warning", "map": {"P1": "critical", "boom": "error"}},
    "close_when": {"values": ["up", "both"]},
    "acknowledge_when": {"values": ["seen"]},
    "update_when": {"values": ["note"]},
    "open_when": {"values": ["down", "both"]},
}


def event_from(body, **changes):
    [event] = mapping.compile(RULES | changes).events(Received(body))
    return event


def problems_of(rules):
    with pytest.raises(RulesError) as refusal:
        mapping.compile(rules)
    return dict(refusal.value.problems)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("down", "trigger"),
        ("DOWN ", "trigger"),
        ("up", "resolve"),
        ("note", "update"),
        ("both", "resolve"),
        ("not up", ""),
        ("", ""),
    ],
)
def test_the_status_decides_and_closing_is_tried_first(state, action):
    assert event_from({"state": state}).action == action


def test_what_fits_no_condition_says_what_it_was_and_what_was_expected():
    event = event_from({"state": "broken"})

    assert "status “broken” fits no condition" in event.reason
    assert "“down”" in event.reason


def test_a_machine_that_acknowledges_only_leaves_a_note():
    noted = event_from({"state": "seen"})
    meant = event_from({"state": "seen"}, ignore_acknowledge=False)

    assert (noted.action, meant.action) == ("update", "acknowledge")
    assert "does not stop the paging" in noted.reason


def test_without_an_opening_rule_every_message_opens():
    assert event_from({"state": "whatever"}, open_when=None).action == "trigger"
    assert event_from({}, open_when=None).action == "trigger"


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        ("P1", "critical"),
        ("BOOM", "error"),
        ("info", "info"),
        ("odd", "warning"),
        (None, "warning"),
    ],
)
def test_a_vendors_word_becomes_a_severity(level, severity):
    assert event_from({"level": level}).severity == severity


@pytest.mark.parametrize(("score", "severity"), [(9.5, "critical"), ("4", "warning"), (1, "info")])
def test_a_number_becomes_a_severity_by_ranges(score, severity):
    ranges = [
        {"at_least": 4, "severity": "warning"},
        {"at_least": 7, "severity": "critical"},
    ]

    event = event_from({"level": score}, severity={"default": "info", "ranges": ranges})

    assert event.severity == severity


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ({"title": "Disk", "host": "a", "state": "down"}, "Disk"),
        ({"title": " ", "host": "a", "state": "down"}, "a is down"),
        ({"state": "down"}, "is down"),
    ],
)
def test_the_first_that_is_not_empty_is_taken(body, subject):
    assert event_from(body).subject == subject


def test_a_text_with_gaps_is_the_last_resort():
    event = event_from({"b": "x"}, fields={"subject": ["<a>: <b>", "<b> alone"]})

    assert event.subject == "x alone"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<host>: <b>", "x"),
        ("<b>: <host>", "x"),
        ("<host>: <team>  <b> FAILED", "x FAILED"),
        ("<b>\n<host>\nsee <b>", "x\n\nsee x"),
    ],
)
def test_gaps_leave_no_loose_punctuation(template, text):
    assert event_from({"b": "x"}, fields={"long_text": template}).long_text == text


@pytest.mark.parametrize(
    "text", ["Export failed\nLast ping: 02:00", "Export failed\r\n\tLast  ping: 02:00 "]
)
def test_a_subject_is_one_line(text):
    event = event_from({"b": text}, fields={"subject": "b", "long_text": "b"})

    assert event.subject == "Export failed Last ping: 02:00"
    assert event.long_text == text.strip()


def test_a_trigger_always_has_a_subject():
    named = event_from(
        {"host": "web-1", "state": "down"}, fields=RULES["fields"] | {"subject": "no"}
    )
    bare = event_from({}, fields={}, open_when=None)

    assert named.subject == "Probe: web-1"
    assert bare.subject == "Probe: alert"


def test_a_piece_can_be_extracted_and_encoded():
    fields = {
        "subject": {"path": "line", "extract": r"^\[(\w+)\] host=(\S+)"},
        "url": "https://tool.example/<q>",
        "topic": {"path": "line", "extract": "nothing like it"},
        "source_id": {"path": "line", "encode": "url"},
    }

    event = event_from({"line": "[DOWN] host=a/b c", "q": "1"}, fields=fields)

    assert event.subject == "DOWN a/b"
    assert event.url == "https://tool.example/1"
    assert event.topic == ""
    assert event.source_id == "%5BDOWN%5D%20host%3Da%2Fb%20c"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("HTTP://a.example", "HTTP://a.example"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//a.example", ""),
        ("https://", ""),
        ("https://a.example/a b", ""),
        ('https://a.example/"onclick=x', ""),
        ("https://a.example/" + "x" * 2048, ""),
    ],
)
def test_only_whole_web_addresses_become_links(link, url):
    assert event_from({"link": link}).url == url


def test_texts_are_clean_and_bounded():
    event = event_from({"title": "a\x00b\ud800c", "host": "h" * 5000, "state": "down"})

    assert event.subject == "a\ufffdb\ufffdc"
    assert len(event.source_name) == 1024
    event.source_name.encode()


def test_the_key_is_of_the_whole_id_however_long():
    first = event_from({"id": "x" * 3000 + "1"})
    second = event_from({"id": "x" * 3000 + "2"})

    assert first.source_id == second.source_id
    assert first.key != second.key


def test_the_key_cannot_be_confused_by_what_is_in_the_names():
    keys = {
        Event(source="a", source_name="b|c", source_id="d").key,
        Event(source="a", source_name="b", source_id="c|d").key,
        Event(source="a", source_name='b", "c', source_id="d").key,
        Event(source="dedup", source_name="a").key,
        Event(dedup_key="a").key,
    }

    assert len(keys) == 5
    assert all(len(key) == 64 for key in keys)


def test_a_dedup_key_is_the_whole_identity():
    one = Event(source="A", source_name="x", dedup_key="k")
    two = Event(source="A", source_name="y", dedup_key="k")

    assert one.key == two.key


EACH = RULES | {"each": "alerts"}


def test_each_item_is_an_event_of_its_own():
    body = {"group": "g", "alerts": [{"state": "down", "id": 1}, {"state": "up", "id": 2}]}
    fields = RULES["fields"] | {"topic": "$.group"}

    events = mapping.compile(EACH | {"fields": fields}).events(Received(body))

    assert [(e.action, e.source_id, e.topic, e.index) for e in events] == [
        ("trigger", "1", "g", 0),
        ("resolve", "2", "g", 1),
    ]


def test_one_bad_item_does_not_lose_the_others():
    body = {"alerts": [{"state": "down"}, None, "x", {"state": "up"}]}

    events = mapping.compile(EACH).events(Received(body))

    assert [event.action for event in events] == ["trigger", "", "", "resolve"]
    assert events[1].error == "item 2 is no object but null"


def test_a_list_with_nothing_in_it_is_no_event_and_no_error():
    assert mapping.compile(EACH).events(Received({"alerts": []})) == []


@pytest.mark.parametrize("body", [{}, {"alerts": None}, {"alerts": "many"}, [], "x", None])
def test_a_message_without_the_list_is_not_recognized(body):
    with pytest.raises(UnrecognizedPayload, match="alerts is not a list"):
        mapping.compile(EACH).events(Received(body))


def test_a_body_that_is_itself_the_list_can_be_read():
    events = mapping.compile(RULES | {"each": "$"}).events(Received([{"state": "down"}]))

    assert [event.action for event in events] == ["trigger"]


def test_two_lists_can_have_an_action_each():
    rules = {
        "each": ["opened", "closed"],
        "fields": {"source_id": "id", "status": "$each"},
        "open_when": {"value": "opened"},
        "close_when": {"value": "closed"},
    }

    events = mapping.compile(rules).events(Received({"opened": [{"id": 1}], "closed": [{"id": 2}]}))

    assert [(e.action, e.source_id) for e in events] == [("trigger", "1"), ("resolve", "2")]


VARIANTS = {
    "source": "Tool",
    "fields": {"source_id": "id", "custom_fields": {"by": "user"}},
    "variants": [
        {"name": "new", "requires": ["v2"], "fields": {"status": "v2.state"}},
        {
            "name": "old",
            "when": {"path": "$header.x-event", "value": "alert"},
            "fields": {"source_id": "old_id", "custom_fields": {"x": "x"}},
            "close_when": {"path": "gone", "operator": "exists"},
        },
        {"name": "ping", "requires": ["zen"], "ignore": "it was a ping"},
    ],
}


def test_the_first_variant_that_knows_the_shape_reads_it():
    rules = mapping.compile(VARIANTS)

    [new] = rules.events(Received({"id": 1, "v2": {"state": "s"}}))
    [old] = rules.events(Received({"old_id": 2, "user": "u", "gone": 1}, {"X-Event": "Alert"}))
    [ping] = rules.events(Received({"zen": "…"}))

    assert (new.source_id, new.status) == ("1", "s")
    assert (old.source_id, old.custom_fields, old.action) == ("2", {"by": "u"}, "resolve")
    assert (ping.action, ping.reason) == ("", "it was a ping")


def test_what_no_variant_knows_says_what_was_expected():
    with pytest.raises(UnrecognizedPayload) as refusal:
        mapping.compile(VARIANTS).events(Received({"other": 1}))

    told = "this does not look like Tool: expected v2 or $header.x-event equals “alert”"
    assert str(refusal.value) == told


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ({"path": "data", "as": "json", "to": "$"}, {"data": '{"state": "down"}'}),
        (
            {"path": "m.data", "as": "base64+json", "to": "$"},
            {"m": {"data": "eyJzdGF0ZSI6ImRvd24ifQ=="}},
        ),
        ({"path": "data", "as": "form", "to": "$"}, {"data": "state=down"}),
        ({"path": "data", "as": "json", "to": "$"}, {"state": "down"}),
        ({"path": "data", "as": "json", "to": "$"}, {"state": "down", "data": "{broken"}),
    ],
)
def test_what_is_wrapped_is_unwrapped_and_the_rest_left_alone(step, body):
    assert event_from(body, decode=[step]).action == "trigger"


def test_unwrapping_in_place_changes_no_message():
    body = {"sns": [{"Message": '{"state": "down"}'}]}
    fields = {"status": "sns.0.Message.state"}
    step = {"path": "sns.0.Message", "as": "json"}

    event = event_from(body, decode=[step], fields=fields)

    assert event.action == "trigger"
    assert body == {"sns": [{"Message": '{"state": "down"}'}]}


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ({"a": 1, "b": None, "c": {"d": True}}, {"a": "1", "c": '{"d":true}'}),
        ("env:prod, web", {"env": "prod", "web": "true"}),
        ("the disk is full: /dev/sda", {"details": "the disk is full: /dev/sda"}),
        ([["browser", "Chrome"], ["x"]], {"browser": "Chrome", "x": "true"}),
        ([{"key": "a", "value": 1}, {"name": "b", "value": 2}], {"a": "1", "b": "2"}),
        (["env:prod"], {"env": "prod"}),
        (7, {}),
    ],
)
def test_labels_are_read_in_every_common_form(value, pairs):
    event = event_from({"labels": value}, fields={"tags": {"*": "labels"}})

    assert event.tags == pairs


def test_a_named_detail_wins_over_the_spread():
    fields = {"custom_fields": {"*": "labels", "team": "owner", "none": "missing"}}

    event = event_from({"labels": {"team": "a", "x": 1}, "owner": "b"}, fields=fields)

    assert event.custom_fields == {"team": "b", "x": 1}


def test_links_come_one_by_one_and_from_lists():
    fields = {
        "links": [
            {"each": "links", "href": "href", "text": "text"},
            {"href": "runbook", "text": {"static": "Runbook"}},
        ]
    }
    links = [
        {"href": "https://a.example", "text": "A"},
        {"href": "ftp://b"},
        {"href": "https://c.example"},
    ]

    event = event_from({"links": links, "runbook": "https://r.example"}, fields=fields)

    assert event.links == (
        ("A", "https://a.example"),
        ("https://c.example", "https://c.example"),
        ("Runbook", "https://r.example"),
    )


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["ada@x", "bob@x", "ada@x", ""], ("ada@x", "bob@x")),
        ("ada@x; bob@x,ada@x", ("ada@x", "bob@x")),
        (None, ()),
    ],
)
def test_recipients_are_a_list_or_a_text_with_separators(value, names):
    event = event_from({"to": value}, fields={"recipient_users": "to"})

    assert event.recipient_users == names


def test_filters_accept_or_name_the_row_that_refused():
    team = {"path": "team", "operator": "equals", "values": ["ops"]}
    loud = [{"path": "sev", "values": ["1"]}, {"path": "sev", "values": ["2"]}]
    quiet = {"path": "env", "values": ["test"], "negate": True}
    rules = mapping.compile(RULES | {"filters": {"all": [team, quiet], "any": loud}})

    assert rules.filter_refusal(Received({"team": "Ops", "sev": 2})) is None
    assert "team equals “ops”" in rules.filter_refusal(Received({"team": "web", "sev": 2}))
    assert "not (env equals “test”)" in rules.filter_refusal(
        Received({"team": "ops", "env": "test"})
    )
    assert "“any”" in rules.filter_refusal(Received({"team": "ops", "sev": 3}))


def test_without_filters_everything_is_accepted():
    assert mapping.compile(RULES).filter_refusal(Received(None)) is None


def test_an_explanation_names_the_rule_behind_each_value():
    body = {"host": "web-1", "state": "down", "level": "P1"}

    [told] = mapping.compile(RULES).explain(Received(body))

    assert told["action"] == "trigger"
    assert told["reason"] == "status equals “down” or “both”"
    assert told["fields"]["subject"] == {"value": "web-1 is down", "rule": "<host> is <state>"}
    assert told["fields"]["status"] == {"value": "down", "rule": "state"}
    assert told["fields"]["severity"] == {"value": "critical", "rule": "level: “P1”"}


@pytest.mark.parametrize(
    ("rules", "where", "told"),
    [
        ({"feilds": {}}, "feilds", "did you mean fields?"),
        ({"fields": {"subjcet": "a"}}, "fields.subjcet", "did you mean subject?"),
        ({"fields": {"subject": "a..b"}}, "fields.subject", "empty name"),
        ({"fields": {"subject": "<a..b> x"}}, "fields.subject", "empty name"),
        ({"fields": {"subject": ["a", "b["]}}, "fields.subject[1]", "not closed"),
        ({"fields": {"subject": {"statick": "x"}}}, "fields.subject", "unknown: statick"),
        (
            {"fields": {"subject": {"path": "a", "extract": "("}}},
            "fields.subject.extract",
            "missing )",
        ),
        ({"fields": {"tags": ["a"]}}, "fields.tags", "name = path"),
        ({"fields": {"links": [{"text": "x"}]}}, "fields.links[0]", "href"),
        ({"fields": []}, "fields", "table"),
        ({"requires": ["a", ""]}, "requires", "empty"),
        ({"each": "a["}, "each", "not closed"),
        ({"decode": [{"path": "a", "as": "yaml"}]}, "decode[0]", "“yaml” is no form"),
        ({"decode": [{"path": "a.*"}]}, "decode[0]", "one place"),
        ({"severity": {"default": "fatal"}}, "severity.default", "none of critical"),
        ({"severity": {"map": {"x": "bad"}}}, "severity.map.x", "none of critical"),
        ({"variants": []}, "variants", "1 to"),
        ({"variants": [{"wehn": 1}]}, "variants[0].wehn", "did you mean when?"),
        ({"filters": {"some": []}}, "filters", "all = [rows]"),
        ({"ignore_acknowledge": "yes"}, "ignore_acknowledge", "true or false"),
        ([], "rules", "table"),
    ],
)
def test_rules_that_cannot_work_name_the_place_and_the_mend(rules, where, told):
    assert told in problems_of(rules)[where]


def test_all_problems_are_told_at_once():
    assert len(problems_of({"fields": {"subject": "a.."}, "open_when": 7, "x": 1})) == 3


def test_what_all_variants_share_is_unwrapped_once():
    rules = {
        "decode": [{"path": "data", "as": "json", "to": "$"}],
        "variants": [{"fields": {"subject": "data"}}],
    }

    [event] = mapping.compile(rules).events(Received({"data": '{"data": "[1]"}'}))

    assert event.subject == "[1]"
