"""Placeholders are escaped for where they stand; paths find what an answer holds."""

import json
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from notifications.outbound import json_path
from notifications.outbound.placeholders import (
    KNOWN,
    body_problem,
    fill_body,
    fill_header,
    fill_path,
    problem_of,
)
from notifications.outbound.requests import header_lines

ODD = "Disk \"full\" & <b>\\ü\r\n'x'?a=b#c/../"
VALUES = {"IncidentId": "1042", "IncidentSubject": ODD, "ExternalId": "../7"}


def test_a_value_in_json_is_the_same_text_when_it_is_read():
    body = '{"number": <IncidentId>, "title": "About <IncidentSubject>"}'

    filled = fill_body(body, VALUES, "application/json")

    assert json.loads(filled) == {"number": 1042, "title": f"About {ODD}"}


def test_a_value_in_a_form_stays_in_its_field():
    filled = fill_body(
        "title=<IncidentSubject>&id=<IncidentId>", VALUES, "application/x-www-form-urlencoded"
    )

    assert parse_qs(filled) == {"title": [ODD], "id": ["1042"]}


def test_a_value_in_xml_is_text_and_elements_that_are_called_alike_stay():
    body = '<Incident><IncidentId a="<IncidentSubject>">n</IncidentId></Incident>'

    filled = fill_body(body, VALUES, "application/xml")

    root = ElementTree.fromstring(filled)
    assert root[0].text == "n"
    assert root[0].get("a").split()[:2] == ["Disk", '"full"']


def test_a_value_in_a_path_opens_no_other_path():
    url = urlsplit(
        "https://desk.example" + fill_path("/cases/<ExternalId>?t=<IncidentSubject>", VALUES)
    )

    assert url.path == "/cases/..%2F7"
    assert parse_qs(url.query) == {"t": [ODD]}


def test_a_value_in_a_header_is_one_line():
    assert "\n" not in fill_header("<IncidentSubject>", VALUES)


def test_case_does_not_matter_and_what_is_not_known_is_refused_with_what_is():
    assert fill_body("<incidentid>", VALUES, "text/plain") == "1042"

    problem = problem_of("Hello <IncidentColour>")

    assert problem.startswith("<IncidentColour> is no placeholder. Known: <IncidentId>, ")
    assert all(f"<{name}>" in problem for name in KNOWN)


@pytest.mark.parametrize(
    ("body", "is_good"),
    [
        pytest.param('{"a": "<IncidentSubject>"}', True, id="text between quotes"),
        pytest.param('{"a": <IncidentId>}', True, id="a number without"),
        pytest.param('{"a": <IncidentSubject>}', False, id="text without quotes"),
        pytest.param('{"a": "b"', False, id="no JSON"),
        pytest.param("", True, id="nothing"),
    ],
)
def test_a_body_of_json_has_to_be_json_once_it_is_filled(body, is_good):
    assert (body_problem(body, "application/json") == "") == is_good


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.result.sys_id", "abc"),
        ("result.items[1].id", "8"),
        ("$['odd name']", "yes"),
        ("$.result.nothing", ""),
        ("$.result.items[9].id", ""),
        ("$.result", ""),
        ("$.result.flag", ""),
    ],
)
def test_a_path_finds_a_text_or_a_number(path, found):
    answer = {
        "result": {"sys_id": "abc", "items": [{"id": 7}, {"id": 8}], "flag": True},
        "odd name": "yes",
    }

    assert json_path.problem_of(path) == ""
    assert json_path.text_at(answer, path) == found


def test_what_is_no_path_is_refused():
    assert "Write a path" in json_path.problem_of("$.a[?(@.b)]")


@pytest.mark.parametrize("line", ["no colon", "Authorization: Bearer x", "Bad header: x"])
def test_headers_are_lines_of_their_own_names(line):
    with pytest.raises(ValueError, match=r"header|leave it out"):
        header_lines(f"X-Source: OpsPortal\n{line}")
