"""References by name, where the API promises ids or names."""

import pytest
from rest_framework.test import APIClient

from escalation.models import Play
from incidents.models import Incident
from integrations.models import Integration
from notifications.models import Rule
from tests.api import make_key, make_person, owner, script
from tests.factories import make_integration, make_method, make_policy, make_service, make_team

pytestmark = pytest.mark.django_db


def test_routing_takes_names_and_answers_ids():
    integration = make_integration()
    policy, play, team = make_policy(make_person()), Play.objects.create(name="Storm"), make_team()
    names = {"team": team.name, "when": {"path": "host", "operator": "contains", "value": "db"}}
    path = f"/api/v1/integrations/{integration.pk}/"
    sent = {
        "overrides": [
            {"days": ["mon"], "start": "08:00", "end": "18:00", "policy": policy.name.upper()},
            {"days": ["tue"], "start": "08:00", "end": "18:00", "play": "storm"},
        ],
        "dynamic_groups": [names],
    }

    answer = owner().patch(path, {"routing": sent})

    assert answer.status_code == 200, answer.content
    rows = answer.json()["routing"]["overrides"]
    assert (rows[0]["policy"], rows[1]["play"]) == (policy.pk, play.pk)
    assert Integration.objects.get().routing["overrides"][0]["policy"] == policy.pk
    assert answer.json()["routing"]["dynamic_groups"][0]["team"] == team.pk


@pytest.mark.parametrize("action", ["preview", "backtest"])
def test_routing_that_is_only_tried_takes_names_too(action):
    policy = make_policy(make_person())
    row = {"days": ["mon"], "start": "08:00", "end": "18:00", "policy": policy.name}
    body = {"routing": {"overrides": [row]}} | ({"sample": "open"} if action == "preview" else {})
    integration = make_integration()
    if action == "preview":
        body["sample"] = owner_sample(integration)

    answer = owner().post(f"/api/v1/integrations/{integration.pk}/{action}/", body)

    assert answer.status_code == 200, answer.content


def owner_sample(integration):
    samples = owner().get(f"/api/v1/templates/{integration.template}/").json()["samples"]
    return samples[0]


def test_a_name_that_nobody_has_is_told_with_its_place():
    row = {"days": ["mon"], "start": "08:00", "end": "18:00", "policy": "Ghosts"}
    path = f"/api/v1/integrations/{make_integration().pk}/"

    answer = owner().patch(path, {"routing": {"overrides": [row]}})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["routing"])
    assert "overrides[0].policy" in answer.json()["detail"]


def test_a_window_takes_names_and_answers_ids():
    service = make_service(name="Web shop")
    integration = make_integration(service=service, name="Production")
    body = {
        "name": "Release",
        "services": ["web SHOP"],
        "integrations": ["Production"],
        "starts_at": "2030-01-01T10:00:00Z",
        "ends_at": "2030-01-01T11:00:00Z",
    }

    answer = owner().post("/api/v1/maintenance-windows/", body)

    assert answer.status_code == 201, answer.content
    assert (answer.json()["services"], answer.json()["integrations"]) == (
        [service.pk],
        [integration.pk],
    )


def test_a_name_that_several_have_is_refused():
    for _ in range(2):
        make_integration(name="Production")
    body = {
        "name": "Release",
        "integrations": ["Production"],
        "starts_at": "2030-01-01T10:00:00Z",
        "ends_at": "2030-01-01T11:00:00Z",
    }

    answer = owner().post("/api/v1/maintenance-windows/", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["integrations"])
    assert "Several" in str(answer.json()["fields"])


@pytest.mark.parametrize("by", ["name", "pk", "svc"])
def test_an_event_names_its_service_by_id_or_name(by):
    service = make_service(name="Web shop")
    wanted = {"name": "web shop", "pk": service.pk, "svc": f"svc_{service.pk}"}[by]
    client = APIClient(headers={"Authorization": f"Bearer {make_key(make_person('Owner'))}"})
    body = {
        "service_id": wanted,
        "event_action": "trigger",
        "dedup_key": "k",
        "payload": {"summary": "x", "source": "y", "severity": "critical"},
    }

    answer = client.post("/api/events", body, "json")

    assert answer.status_code == 202, answer.content
    assert Incident.objects.get().service == service


@pytest.mark.parametrize("wanted", ["Ghosts", True, ["Web shop"], "9" * 30, 0])
def test_an_event_for_no_service_is_refused(wanted):
    make_service(name="Web shop")
    client = APIClient(headers={"Authorization": f"Bearer {make_key(make_person('Owner'))}"})

    answer = client.post("/api/events", {"service_id": wanted}, "json")

    assert answer.status_code == 404


def test_a_rule_for_one_person_by_the_address_of_another_is_refused():
    dora, chen = make_person("Responder", email="dora@x.test"), make_person("Responder")
    method = make_method(chen)
    body = {"user": "dora@x.test", "urgency": "high", "contact_method": method.pk}

    answer = owner().post("/api/v1/notification-rules/", {**body, "after_minutes": 5})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["contact_method"])
    assert not Rule.objects.filter(user=dora).exists()


def test_a_rule_names_its_person():
    person = make_person("Responder", email="dora@x.test")
    body = {"user": "dora@x.test", "urgency": "high", "contact_method": make_method(person).pk}

    answer = script(person).post("/api/v1/notification-rules/", {**body, "after_minutes": 7})

    assert (answer.status_code, answer.json()["user"]) == (201, person.pk)
