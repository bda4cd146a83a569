"""Whatever comes in, the answer is clear and never a 5xx, and the engine ends it."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.models import Incident
from integrations.errors import RulesError
from integrations.models import InboundMessage
from integrations.setup import integrations
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, event, log, post, post_event, work

pytestmark = pytest.mark.django_db

DEEP = "[" * 100_000 + "]" * 100_000
GARBAGE = {
    "nothing": b"",
    "no JSON": b"hello",
    "half a JSON": b'{"a": ',
    "two of them": b"{}{}",
    "null": b"null",
    "a number": b"7",
    "a list": b"[1, 2]",
    "an empty object": b"{}",
    "wrong types": b'{"event": {"a": [1]}, "monitor": "x", "message": 1.5, "name": []}',
    "deep lists": DEEP.encode(),
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "NUL": b'{"event": "ALERT_FAILURE\\u0000", "name": "\\u0000"}',
    "a raw NUL": b'{"event": "ALERT_FAILURE", "name": "\x00"}',
    "half a surrogate pair": b'{"event": "ALERT_FAILURE", "name": "\\ud800"}',
    "bytes that are no text": b'{"event": "\xff\xfe"}',
    "a huge number": b'{"event": "ALERT_FAILURE", "name": ' + b"9" * 10_000 + b"}",
    "infinity": b'{"event": "ALERT_FAILURE", "name": Infinity, "x": 1e999}',
    "a BOM": b'\xef\xbb\xbf{"event": "ALERT_FAILURE", "name": "x"}',
    "the same name twice": b'{"event": "x", "event": "ALERT_FAILURE", "name": "y"}',
    "names that Python has": b'{"__class__": 1, "event": "ALERT_FAILURE", "name": "{0.__init__}"}',
    "a long title": b'{"event": "ALERT_FAILURE", "name": "' + b"x" * 900_000 + b'"}',
    "XML": b"<?xml version='1.0'?><a/>",
    "an XML bomb": b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><a>&c;</a>',
}


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("template", ["odown", "generic-webhook"])
def test_garbage_at_a_vendors_route_is_answered_and_ended(client, name, template):
    answer = post(client, make_integration(template), GARBAGE[name])

    assert answer.status_code in (202, 400), answer.content
    work()
    assert "Pending" not in log()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data", "\x00;;="]
)
def test_any_content_type_is_answered(client, kind):
    answer = post(client, make_integration(), FAILURE, content_type=kind)

    assert answer.status_code in (202, 400)


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("path", ["/api/events", "/v2/enqueue"])
def test_garbage_at_the_events_routes_is_answered(client, name, path):
    integration = make_integration("events-api-v2")
    header = {"Authorization": f"Token token={integration.token}"}

    answer = client.post(path, GARBAGE[name], content_type="application/json", headers=header)

    assert answer.status_code == 400
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "odd",
    [
        {"event_action": ["trigger"]},
        {"event_action": None},
        {"dedup_key": {"a": 1}},
        {"dedup_key": "x" * 100_000},
        {"dedup_key": "\x00"},
        {"payload": []},
        {"payload": {"summary": 7, "source": None}},
        {"payload": {"summary": "\x00", "source": "\x00"}},
        {"payload": {"summary": "s", "source": "s", "severity": 9**99}},
        {"payload": {"summary": "s", "source": "s", "custom_details": {"\x00": "\x00"}}},
        {"links": [{"href": "javascript:alert(1)", "text": 7}, 3, None], "images": "x"},
        {"client_url": "javascript:alert(1)"},
    ],
)
def test_odd_fields_of_an_event_are_answered_and_ended(client, odd):
    integration = make_integration("events-api-v2")

    answer = post_event(client, integration, {**event(), **odd})

    assert answer.status_code in (202, 400), answer.content
    work()
    assert "Pending" not in log()


@pytest.mark.parametrize("key", ['"\\ud800"', '"\\u0000"', "7", "[]", "null", '{"a": 1}', '""'])
def test_an_odd_routing_key_is_a_clear_refusal(client, key):
    body = f'{{"routing_key": {key}, "event_action": "resolve", "dedup_key": "k"}}'

    answer = client.post("/v2/enqueue", body, content_type="application/json")

    assert answer.status_code in (400, 401)
    assert answer.json()["errors"][0].startswith("'routing_key' is ")


@pytest.mark.parametrize("header", ["Token token=", "Token", "Bearer ", "Basic eDp5", "\x00", "é"])
def test_an_odd_key_is_401(client, header):
    answer = client.post(
        "/api/events", event(), content_type="application/json", HTTP_AUTHORIZATION=header
    )

    assert answer.status_code == 401


def test_markup_in_a_title_is_kept_as_text_and_runs_nowhere(client):
    title = "<script>alert(1)</script>"

    post(client, make_integration(), {"event": "ALERT_FAILURE", "name": title})
    work()

    assert title in Incident.objects.get().title


@pytest.mark.parametrize(
    "pattern", ["a" * 1_000_000, "(" * 1000 + ")" * 1000, "(a+)+$", "(?=x)", "["]
)
def test_a_monstrous_pattern_is_refused_or_harmless(client, pattern):
    """RE2 works in linear time; what it does not take is a mistake of the rules."""
    integration = make_integration("custom")
    rules = {
        **integration.rules,
        "filters": {"all": [{"path": "body", "operator": "matches", "value": pattern}]},
    }

    with suppress(RulesError):
        integrations.change_rules(integration.pk, rules)
    post(client, integration, {"body": "a" * 100_000 + "!"})

    assert work() == 1
    assert "Pending" not in log()


ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()))
    | st.sampled_from(["ALERT_FAILURE", "trigger", "critical"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["event", "monitor", "name", "id", "url"]) | st.text(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)


@FEW
@given(body=ANY_JSON)
def test_any_json_is_answered_and_ended(client, body):
    answer = post(client, make_integration(rate_limit=0), json.dumps(body))

    assert answer.status_code in (202, 400)
    work()
    assert not InboundMessage.objects.pending().exists()


@FEW
@given(body=st.binary(max_size=200))
def test_any_bytes_are_answered(client, body):
    assert post(client, make_integration(rate_limit=0), body).status_code in (202, 400)


@FEW
@given(
    action=st.sampled_from(["trigger", "acknowledge", "resolve"]) | ANY_JSON,
    key=st.text(max_size=300) | ANY_JSON,
    payload=ANY_JSON
    | st.fixed_dictionaries(
        {"summary": st.text(), "source": st.text(), "severity": st.text()},
        optional={"custom_details": ANY_JSON, "group": ANY_JSON, "component": ANY_JSON},
    ),
)
def test_any_event_is_answered_and_ended(client, action, key, payload):
    integration = make_integration("events-api-v2", rate_limit=0)
    body = json.dumps({"event_action": action, "dedup_key": key, "payload": payload})

    answer = post_event(client, integration, body)

    assert answer.status_code in (202, 400)
    assert not InboundMessage.objects.pending().exists()
