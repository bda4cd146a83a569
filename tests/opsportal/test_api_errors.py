import pytest

from incidents.models import Service
from tests.api import owner
from tests.factories import make_integration, make_service

pytestmark = pytest.mark.django_db
SERVICES = "/api/v1/services/"


def send(client, path, body, content_type="application/json"):
    return client.generic("POST", path, body, content_type=content_type)


def test_validation_names_each_field():
    answer = owner().post(SERVICES, {"name": "", "team": "Ghosts"})

    found = answer.json()
    assert (answer.status_code, found["code"]) == (400, "invalid")
    assert set(found["fields"]) == {"name", "team"}
    assert found["detail"].startswith("name: ")


def test_a_name_that_is_taken_is_refused():
    make_service(name="Checkout")

    answer = owner().post(SERVICES, {"name": "Checkout"})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["name"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"NaN", 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "a\\u0000b"}', 400),
        (b"[" * 100_000, 400),
        (b"[1, 2]", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b'{"name": {"a": 1}}', 400),
        (b'{"name": "x", "team": 1e400}', 400),
        (b'{"name": "x", "team": 99999999999999999999999999}', 400),
        (b'{"name": "x", "team": [[1]]}', 400),
        (b'{"name": "x", "acknowledge_within_minutes": 99999999999}', 400),
        (b'{"name": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
)
def test_garbage_gets_a_clear_answer_and_leaves_nothing(body, status):
    answer = send(owner(), SERVICES, body)

    assert answer.status_code == status, answer.content[:200]
    assert {"code", "detail"} <= set(answer.json())
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    "value", ['"a\\u0000b"', "[" * 60 + "]" * 60, '{"a":' * 60 + "1" + "}" * 60]
)
def test_rules_that_no_database_keeps_are_refused(value):
    body = f'{{"rules": {{"source": {value}}}}}'.encode()
    path = f"/api/v1/integrations/{make_integration().pk}/"

    answer = owner().generic("PATCH", path, body, content_type="application/json")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["rules"]


def test_a_form_is_told_to_be_json():
    answer = send(owner(), SERVICES, b"name=x", "application/x-www-form-urlencoded")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "path",
    ["services/0/", "services/999999999999999999/", "services/99999999999999999999/", "nothing/"],
)
def test_what_is_not_there_is_said_in_json(path):
    answer = owner().get(f"/api/v1/{path}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_forgotten_slash_is_pointed_out():
    answer = owner().post("/api/v1/services", {"name": "x"})

    assert answer.status_code == 404
    assert "/api/v1/services/" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query", ["search=%00", "ordering=password", "page_size=-1", "page_size=x", "name=%00"]
)
def test_an_odd_query_is_no_accident(query):
    assert owner().get(f"{SERVICES}?{query}").status_code in (200, 400)


@pytest.mark.parametrize(
    "number", ["1e9999999", "nan", "1.5", "9" * 5000, "-1", "99999999999999999999"]
)
@pytest.mark.parametrize(
    "path", ["incidents/?id=", "incidents/?assignee=", "services/?team=", "notifications/?user="]
)
def test_an_odd_number_finds_nothing_and_breaks_nothing(path, number):
    answer = owner().get(f"/api/v1/{path}{number}")

    assert answer.status_code == 400 or answer.json()["results"] == []


@pytest.mark.parametrize("reference", ["9" * 5000, " ", True, 1.5, -1, "\x00", [1], {"id": 1}])
def test_an_odd_reference_is_refused(reference):
    answer = owner().post(SERVICES, {"name": "x", "team": reference})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["team"])


def test_the_same_once_more_is_a_conflict():
    client = owner()
    method = client.post(
        "/api/v1/contact-methods/", {"channel": "email", "config": {"address": "a@example.com"}}
    )
    rule = {"urgency": "high", "contact_method": method.json()["id"], "after_minutes": 5}

    answers = [client.post("/api/v1/notification-rules/", rule) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["code"] == "conflict"


@pytest.mark.parametrize("path", ["services/", "incidents/", "catch-all/", "me/"])
def test_options_are_answered(path):
    assert owner().options(f"/api/v1/{path}").status_code == 200


def test_what_cannot_be_done_says_so():
    answer = owner().post("/api/v1/alerts/", {})

    assert answer.status_code in (403, 405)
    assert set(answer.json()) == {"code", "detail"}


@pytest.mark.parametrize(
    "time",
    ["1919-05-10T02:12:20-22:48", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"],
)
def test_a_time_with_an_offset_that_no_zone_has_is_read(time):
    answer = owner().get("/api/v1/inbound-messages/", {"received_before": time})

    assert (answer.status_code, answer.json()["results"]) == (200, [])
