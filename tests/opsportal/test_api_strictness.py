"""The whole OpenAPI document: what an address does not know is refused by its name."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from escalation.models import IncidentTemplate
from incidents.models import CustomField, Service, Topic
from integrations.setup import replay
from notifications.models import MessageTemplate, Provider, StatusPage
from notifications.providers import find_provider
from opsportal.api.urls import SINGLES, router
from tests.api import make_paging_incident, make_person, owner, script
from tests.factories import (
    make_absence,
    make_integration,
    make_method,
    make_override,
    make_policy,
    make_rule,
    make_schedule,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
)
from tests.integrations.heartbeats import make_heartbeat
from tests.notifications.outbound.world import make_system

pytestmark = pytest.mark.django_db

DOCUMENT = SchemaGenerator().get_schema(public=True)["paths"]
OURS = {path: found for path, found in DOCUMENT.items() if path.startswith("/api/v1/")}
LISTS = [f"/api/v1/{prefix}/" for prefix, *_ in router.registry]
READS = sorted(path for path, found in OURS.items() if "get" in found)
WRITES = sorted(
    (path, method)
    for path, found in OURS.items()
    for method in found
    if method in ("post", "put", "patch")
)
UNMADE = [
    *("api-keys", "call-routes", "changes", "chat-identities", "conference-bridges"),
    *("coverage", "cover-requests", "drills", "feeds", "hand-overs", "history"),
    *("mail-accounts", "maintenance-windows", "plays", "round-robins"),
    *("outbound-deliveries", "status-reports", "tickets", "workflows"),
]
SPECIAL = {"assignee": "me", "custom_field": "region:EU"}
VALUES = {"boolean": "true", "integer": "1", "number": "1", "date-time": "2026-11-29T10:00:00Z"}


@pytest.fixture
def client():
    """Of somebody who may do everything, in a portal that has one of each."""
    person = make_person("Owner")
    service = make_service(policy=make_policy(person))
    replay.send_sample(make_integration(service=service).pk)
    make_paging_incident(service)
    make_team(person)
    make_rule(make_method(person))
    make_shared_channel()
    make_override(make_schedule(person), make_user())
    make_absence(person)
    Topic.objects.create(name="Payments")
    CustomField.objects.create(name="Region")
    IncidentTemplate.objects.create(name="Outage")
    make_system("http")
    MessageTemplate.objects.create(kind="short", occasion="page", text="{{ title }}")
    StatusPage.objects.create(name="Acme", slug="acme")
    gateway = find_provider("sms", "http_gateway")
    Provider.objects.create(channel="sms", kind="http_gateway", config=gateway.example)
    return script(person)


def address_of(client, path):
    """With the id of a row that is there, or 1: what is not there has no fields to know."""
    before, brace, after = path.partition("{")
    if not brace:
        return path
    rows = client.get(before).json()["results"]
    name, _, rest = after.partition("}")
    return f"{before}{rows[0].get(name, 1) if rows else 1}{rest}"


def test_every_read_refuses_a_parameter_that_it_does_not_know(client):
    answers = {
        path: client.get(address_of(client, path), {"no_such_parameter": "1"}) for path in READS
    }

    wrong = {
        path: answer.content
        for path, answer in answers.items()
        if answer.status_code != 400 or list(answer.json()["fields"]) != ["no_such_parameter"]
    }
    assert len(answers) > 40
    assert wrong == {}


def test_every_write_refuses_a_field_that_it_does_not_know(client):
    for path, method in WRITES:
        answer = getattr(client, method)(address_of(client, path), {"no_such_field": 1})

        if answer.status_code == 404:  # Nothing is there of what no factory makes.
            assert path.split("/")[3] in UNMADE
        elif "is no heartbeat" not in answer.json()["detail"]:
            assert answer.status_code == 400, (method, path, answer.content)
            assert list(answer.json()["fields"]) == ["no_such_field"], (method, path)


def test_every_write_refuses_a_parameter(client):
    for path, method in WRITES:
        answer = getattr(client, method)(f"{address_of(client, path)}?dry=true", {})

        assert answer.status_code == 400, (method, path, answer.content)
        assert list(answer.json()["fields"]) == ["dry"], (method, path)


def test_every_documented_parameter_is_accepted(client):
    for path in LISTS:
        for told in OURS[path]["get"].get("parameters", []):
            if told["in"] != "query" or told["name"] == "cursor":
                continue
            answer = client.get(path, {told["name"]: value_of(client, told)})

            assert answer.status_code == 200, (path, told["name"], answer.content)


def value_of(client, told):
    schema = told["schema"].get("items", told["schema"])
    if "enum" in schema:
        return schema["enum"][0]
    if told["name"] in SPECIAL:
        return SPECIAL[told["name"]]
    if schema.get("format") == "uuid":
        return "00000000-0000-0000-0000-000000000000"
    if schema["type"] == "integer":
        return existing(client, told["name"])
    return VALUES.get(schema.get("format"), VALUES.get(schema["type"], "x"))


def existing(client, name):
    """The id of a row that a filter by relation finds."""
    lists = {
        "user": "users",
        "asker": "users",
        "members": "users",
        "contact_method": "contact-methods",
        "policy": "policies",
        "page": "status-pages",
    }
    path = lists.get(name, name if name.endswith("s") else f"{name.replace('_', '-')}s")
    answer = client.get(f"/api/v1/{path}/")
    return answer.json()["results"][0]["id"] if answer.status_code == 200 else 1


def test_a_misspelt_field_makes_no_row():
    answer = owner().post("/api/v1/services/", {"name": "x", "polcy": 1})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["polcy"])
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        (
            "services/",
            {"name": "y", "notification_settings": {"on_trigger": True}},
            "notification_settings.on_trigger",
        ),
        ("teams/", {"name": "x", "members": [{"user": "a", "rolse": []}]}, "members.0.rolse"),
        (
            "policies/",
            {"name": "x", "steps": [{"targets": [{"usr": "a"}]}]},
            "steps.0.targets.0.usr",
        ),
        (
            "changes/",
            {"service": "x", "summary": "y", "links": [{"href": "https://a.test", "txt": "b"}]},
            "links.0.txt",
        ),
        (
            "plays/",
            {"name": "x", "tiers": [{"wait_seconds": 1}, {"wait": 5}]},
            "tiers.1.wait",
        ),
    ],
)
def test_a_field_inside_is_refused_at_its_place(path, body, place):
    make_service(name="x")

    answer = owner().post(f"/api/v1/{path}", body)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{place}: ")


def test_bulk_takes_what_its_action_takes_and_no_more():
    incident, client = make_paging_incident(), owner()
    body = {"ids": [incident.pk], "action": "acknowledge"}

    refused = [
        client.post("/api/v1/incidents/bulk/", {**body, extra: "x"}) for extra in ("user", "nte")
    ]
    taken = client.post("/api/v1/incidents/bulk/", {**body, "action": "resolve", "note": "x"})

    assert [list(answer.json()["fields"]) for answer in refused] == [["user"], ["nte"]]
    assert taken.json()["results"][0]["ok"]


def test_what_was_read_may_be_sent_back():
    service, client = make_service(), owner()
    path = f"/api/v1/services/{service.pk}/"
    read = client.get(path).json()

    answer = client.put(path, read)

    assert (answer.status_code, answer.json()) == (200, read)


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_what_takes_no_body_refuses_one(action):
    heartbeat = make_heartbeat()

    answer = owner().post(f"/api/v1/integrations/{heartbeat.pk}/{action}/", {"minutes": 5})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["minutes"])


def test_ones_own_password_is_not_passed_over():
    answer = owner().patch("/api/v1/me/", {"password": "correct horse battery"})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["password"])


def test_ones_own_row_shows_no_password():
    assert "password" not in owner().get("/api/v1/me/").json()


def test_every_single_is_tried():
    assert {f"/api/v1/{name}/" for name in SINGLES} <= set(READS)
