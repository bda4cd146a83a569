"""A gateway that is described in words."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from notifications.providers import _gateway, find_provider
from tests.notifications.providers.calls import (
    HERE,
    UNANSWERED,
    answers,
    base_of,
    callback,
    read,
    refusal,
    send,
)
from tests.notifications.samples import make_brief, make_message

KIND = "http_gateway"
ODD = make_message(make_brief(title='<"a&b"> 100% \\ ü\x00'))
ODD_TEXT = 'CRITICAL #1042 <"a&b"> 100% \\ ü (Web Application)'


def url_of(receiver, rest="/send?to={{to_plain}}"):
    return base_of(receiver) + rest


def test_the_request_is_the_one_that_is_described(receiver):
    answers(receiver, {"status": "OK", "id": "g-1"})

    accepted = send(KIND, url=url_of(receiver))

    path, headers, body = receiver.requests[0]
    assert path == "/send?to=4915112345678"
    assert headers["Authorization"] == "Bearer g4teway-key"
    assert headers["Content-Type"] == "application/json"
    fields = json.loads(body)
    assert len(fields.pop("ref")) == 32
    assert fields == {"to": "+4915112345678", "from": "+15005550006", "text": UNANSWERED}
    assert (accepted.provider_id, accepted.segments) == ("g-1", 1)
    assert accepted.receipt_within_s == 60


@pytest.mark.parametrize(
    ("kind", "body", "parse"),
    [
        ("application/json", '{"t": "{{text}}"}', lambda b: json.loads(b)["t"]),
        ("application/x-www-form-urlencoded", "t={{text}}&x=1", lambda b: parse_qs(b)["t"][0]),
        ("application/xml", "<t a='{{text}}'/>", lambda b: b),
        ("text/plain", "{{text}}", str),
    ],
)
def test_what_people_write_is_encoded_for_each_kind_of_body(receiver, kind, body, parse):
    answers(receiver, {"status": "OK"})

    send(KIND, ODD, url=url_of(receiver), kind=kind, body=body)

    found = parse(receiver.requests[0][2].decode())
    text = ODD_TEXT
    if kind == "application/xml":
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = text.replace('"', "&quot;")
    assert text in found


def test_what_people_write_is_encoded_in_a_url(receiver):
    answers(receiver, {"status": "OK"})
    url = url_of(receiver, "/s?text={{text}}&to={{to}}&cb={{callback}}")

    send(KIND, ODD, url=url, method="GET", body="")

    query = parse_qs(urlsplit(receiver.requests[0][0]).query)
    assert query["text"][0].startswith(ODD_TEXT)
    assert (query["to"], query["cb"]) == (["+4915112345678"], [HERE])


def test_without_a_place_for_an_id_it_is_ours(receiver):
    answers(receiver, b"OK")

    accepted = send(KIND, url=url_of(receiver), success_if="", id_at="", delivered_if="")

    assert accepted.provider_id == json.loads(receiver.requests[0][2])["ref"]
    assert accepted.receipt_within_s is None


@pytest.mark.parametrize(
    ("status", "body", "flags", "retry"),
    [
        (200, {"status": "ERR", "error": "100"}, "permanent provider_fault", None),
        (200, {"status": "ERR", "error": "no such number"}, "permanent address_fault", None),
        (200, {"status": "ERR", "error": "too fast"}, "provider_fault", 10.0),
        (400, {"error": "bad"}, "permanent", None),
        (401, {}, "permanent provider_fault", None),
        (429, {}, "provider_fault", 10.0),
        (502, {}, "provider_fault", None),
    ],
)
def test_what_it_refuses_says_whose_fault_it_is(receiver, status, body, flags, retry):
    answers(receiver, body, status)
    rules = {"refused_if": "no such number", "busy_if": "$.error = too fast"}

    sentence, found, after = refusal(KIND, url=url_of(receiver), **rules)

    assert (found, after) == (flags, retry)
    assert sentence.startswith("The gateway: {")


def test_a_gateway_that_repeats_its_password_gives_nothing_away(receiver):
    answers(receiver, b"wrong key g4teway-key", 401)

    assert refusal(KIND, url=url_of(receiver))[0] == "The gateway: wrong key … (401)"


@pytest.mark.parametrize(
    ("rule", "text", "holds"),
    [
        ("^OK", "OK: 1", True),
        ("^OK", "not OK", False),
        ("", "OK", False),
        ("$.data.0.status = OK", '{"data": [{"status": "OK"}]}', True),
        ("$.data.1.status = OK", '{"data": [{"status": "OK"}]}', False),
        ("$.error=0", '{"error": 0}', True),
        ("$.done = true", '{"done": true}', True),
        ("$.data = x", '{"data": {"x": 1}}', False),
        ("$.a.b", '{"a": "text"}', True),
        ("$.a = 1", "no json", False),
    ],
)
def test_a_rule_is_an_expression_or_a_path(rule, text, holds):
    if rule == "$.a.b":
        assert _gateway.place(rule, text) == ""
        return
    assert _gateway.holds(rule, text) is holds


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        ("ID: (\\w+)", "OK ID: a1 .", "a1"),
        ("\\d+", "OK 77", "77"),
        ("ID", "", ""),
        ("", "OK", ""),
        ("$.list.0", '{"list": [5]}', "5"),
        ("$.list.x", '{"list": [5]}', ""),
    ],
)
def test_a_place_is_a_group_or_a_path(rule, text, found):
    assert _gateway.place(rule, text) == found


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("body", "{{nmber}}", "There is no {{nmber}}"),
        ("url", "https://sms.example/?x={{}}", "There is no {{}}"),
        ("headers", "X: {{token}}", "There is no {{token}}"),
        ("success_if", "(", "no regular expression"),
        ("busy_if", "(?=x)", "no regular expression"),
        ("url", "sms.example", "begins with https"),
    ],
)
def test_what_cannot_work_is_said_when_it_is_saved(field, value, words):
    provider = find_provider("sms", KIND)

    form = provider.Form({**provider.example, field: value})

    assert words in str(form.errors[field])


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (callback(method="GET", query={"id": "g-1", "status": "delivered"}), "delivered"),
        (callback(b"id=g-1&status=failed"), "failed"),
        (callback({"id": "g-1", "status": "expired"}), "failed"),
        (callback({"id": "g-1", "status": "queued"}), None),
        (callback({"status": "delivered"}), None),
        (callback(b""), None),
    ],
)
def test_a_report_is_read_by_the_fields_that_are_named(said, state):
    found = [(one.provider_id, one.state) for one in read(KIND, said).receipts]

    assert found == ([("g-1", state)] if state else [])


def test_nobody_acts_by_what_is_not_signed():
    assert read(KIND, callback({"from": "+4915112345678", "text": "ack 1"})).replies == ()
