"""XML, and lines of JSON, as trees."""

import pytest

from integrations.decoding.decode import decode
from integrations.decoding.xml import MAX_DEPTH, MAX_ELEMENTS
from integrations.errors import UnreadableBody
from integrations.mapping import rules as mapping

XML = "application/xml"
NOTICE = b"""<?xml version="1.0" encoding="UTF-8"?>
<n:notification xmlns:n="urn:example" kind="alarm">
  <n:Device id="7">web-1</n:Device>
  <n:State>Failed</n:State>
  <n:Note/>
  <n:Tag>one</n:Tag><n:Tag>two</n:Tag><n:Tag>three</n:Tag>
</n:notification>"""
BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>"""
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def test_attributes_texts_and_repeated_elements_have_their_places():
    assert decode(NOTICE, XML) == {
        "notification": {
            "@kind": "alarm",
            "Device": {"@id": "7", "#text": "web-1"},
            "State": "Failed",
            "Note": "",
            "Tag": ["one", "two", "three"],
        }
    }


def test_rules_read_xml_like_everything_else():
    rules = mapping.compile(
        {
            "source": "Probe",
            "requires": ["notification.Device"],
            "fields": {
                "source_name": "notification.Device.#text",
                "source_id": "notification.Device.@id",
                "tags": {"all": "notification.Tag.*"},
            },
            "open_when": {"path": "notification.State", "values": ["Failed"]},
        }
    )

    [event] = rules.events(mapping.Received(decode(NOTICE, "text/xml; charset=utf-8")))

    assert (event.action, event.source_name, event.source_id) == ("trigger", "web-1", "7")
    assert event.tags == {"all": "one, two, three"}


@pytest.mark.parametrize("kind", ["", "text/plain", XML, "application/x-www-form-urlencoded"])
def test_xml_is_known_by_its_first_sign_whatever_its_sender_calls_it(kind):
    assert decode(b"\xef\xbb\xbf <a>1</a>", kind) == {"a": "1"}


def test_another_encoding_is_read_as_it_is_declared():
    body = '<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>'.encode("latin-1")

    assert decode(body, XML) == {"a": "é"}
    assert decode("<a>é</a>".encode("latin-1"), f"{XML}; charset=iso-8859-1") == {"a": "é"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (BOMB, "DOCTYPE"),
        (OUTSIDE, "DOCTYPE"),
        (b"<!DOCTYPE html><html><body>Error</body></html>", "HTML page"),
        (b"<a><b></a>", "broken at line 1, column 9"),
        (b"<a>&nothing;</a>", "broken at line 1"),
        (b"<a>" * (MAX_DEPTH + 1), "levels deep"),
        (b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>", "elements"),
        (b"<a", "broken"),
    ],
)
def test_what_could_grow_or_reach_out_is_refused_with_a_sentence(body, told):
    with pytest.raises(UnreadableBody) as refusal:
        decode(body, XML)

    assert told in str(refusal.value)


def test_xml_within_a_field_can_be_opened():
    rules = mapping.compile(
        {
            "decode": [{"path": "option.xml", "as": "xml", "to": "$"}],
            "fields": {"source_id": "job.@id"},
        }
    )

    [event] = rules.events(mapping.Received({"option": {"xml": '<job id="4"/>'}}))

    assert event.source_id == "4"


@pytest.mark.parametrize("body", [BOMB.decode(), "<a", "no xml"])
def test_a_field_that_is_no_xml_after_all_stays_a_text(body):
    rules = mapping.compile(
        {"decode": [{"path": "text", "as": "xml"}], "fields": {"subject": "text"}}
    )

    [event] = rules.events(mapping.Received({"text": body}))

    assert event.subject == " ".join(body.split())


# Lines of JSON.


def test_values_on_lines_are_a_list():
    assert decode(b'{"id": 1}\n\n{"id": 2}\r\n', "text/plain") == [{"id": 1}, {"id": 2}]


def test_a_single_line_is_a_list_only_where_its_sender_says_that_it_sends_lines():
    assert decode(b'{"id": 1}\n', "application/x-ndjson") == [{"id": 1}]
    assert decode(b'{"id": 1}\n', "application/json") == {"id": 1}


def test_each_line_is_an_alert_of_its_own():
    rules = mapping.compile({"each": "$", "fields": {"source_id": "id"}})

    events = rules.events(mapping.Received(decode(b'{"id": 1}\n{"id": 2}')))

    assert [event.source_id for event in events] == ["1", "2"]


@pytest.mark.parametrize("body", [b'{"id": 1} x', b'{"id": 1}\n{"id":', b'{"id": 1}{"id": 2}'])
def test_what_is_neither_json_nor_lines_says_where_it_breaks(body):
    with pytest.raises(UnreadableBody, match="Extra data"):
        decode(body)


def test_more_lines_than_events_are_read_are_refused():
    with pytest.raises(UnreadableBody, match="lines"):
        decode(b"{}\n" * 10_001, "application/x-ndjson")


# Two lists, one that opens and one that closes; a list that empties; a type within the key.


def test_of_two_lists_one_opens_and_the_other_closes():
    rules = mapping.compile(
        {
            "each": ["newIssues", "removedIssues"],
            "fields": {"source_id": "id", "source_name": "$.project.name"},
            "close_when": {"path": "$each", "values": ["removedIssues"]},
            "open_when": {"path": "$each", "values": ["newIssues"]},
        }
    )
    body = {"project": {"name": "shop"}, "newIssues": [{"id": 1}], "removedIssues": [{"id": 2}]}

    events = rules.events(mapping.Received(body))

    assert [(e.source_id, e.action) for e in events] == [("1", "trigger"), ("2", "resolve")]


def test_a_list_that_is_empty_closes():
    rules = mapping.compile(
        {
            "requires": ["server.id"],
            "fields": {"source_id": "server.id"},
            "close_when": {"path": "alerts", "operator": "is empty"},
            "open_when": {"path": "alerts", "operator": "exists"},
        }
    )

    def action(alerts):
        body = {"server": {"id": 3}, "alerts": alerts}
        return rules.events(mapping.Received(body))[0].action

    assert (action([{"name": "lag"}]), action([])) == ("trigger", "resolve")


def test_a_pair_of_event_types_gives_one_key_without_its_ending():
    key = {"path": "type", "extract": "^(.+)_(?:started|ended)$"}
    rules = mapping.compile({"fields": {"source_id": [key, "type"], "status": "type"}})

    def key_of(kind):
        return rules.events(mapping.Received({"type": kind}))[0].key

    assert key_of("outage_started") == key_of("outage_ended")
    assert key_of("test") != key_of("outage_started")
