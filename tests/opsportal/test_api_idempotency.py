"""A POST that is sent twice with one Idempotency-Key is done once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from incidents.actions import idempotency
from incidents.models import ApiKey, IdempotentRequest, Incident, Service, TimelineEntry
from notifications.models import ContactMethod
from tests.api import make_key, make_paging_incident, make_person, owner, script
from tests.factories import make_method, make_service
from tests.threads import race

pytestmark = pytest.mark.django_db
INCIDENTS = "/api/v1/incidents/"


def post(client, path, body=None, key="k-1"):
    return client.post(path, body or {}, headers={"Idempotency-Key": key})


def test_an_incident_is_opened_once_and_answered_twice():
    body, client = {"service": make_service().pk, "title": "x"}, owner()

    first, second = (post(client, INCIDENTS, body) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Incident.objects.count() == 1


def test_without_a_key_or_with_another_it_is_another_incident():
    body, client = {"service": make_service().pk, "title": "x"}, owner()

    client.post(INCIDENTS, body)
    client.post(INCIDENTS, body)
    post(client, INCIDENTS, body, "k-1")
    post(client, INCIDENTS, body, "k-2")

    assert Incident.objects.count() == 4


def test_an_act_is_done_once():
    incident, client = make_paging_incident(), owner()

    for _ in range(3):
        answer = post(client, f"{INCIDENTS}{incident.pk}/comment/", {"text": "once"})

    assert answer.status_code == 200
    assert TimelineEntry.objects.filter(incident=incident, text="once").count() == 1


@pytest.mark.parametrize("order", [["service", "title"], ["title", "service"]])
def test_the_order_of_fields_is_no_other_body(order):
    body, client = {"service": make_service().pk, "title": "x"}, owner()

    post(client, INCIDENTS, body)
    answer = post(client, INCIDENTS, {name: body[name] for name in order})

    assert answer["Idempotent-Replayed"] == "true"


def test_another_body_or_address_with_the_key_is_refused():
    service, client = make_service(), owner()
    incident = make_paging_incident(service)
    post(client, INCIDENTS, {"service": service.pk, "title": "x"})

    answers = [
        post(client, INCIDENTS, {"service": service.pk, "title": "y"}),
        post(client, f"{INCIDENTS}{incident.pk}/resolve/"),
    ]

    assert [(a.status_code, a.json()["code"]) for a in answers] == [
        (422, "idempotency_key_reused")
    ] * 2
    assert Incident.objects.unresolved().count() == 2


def test_the_key_belongs_to_its_credential():
    person, body = make_person("Owner"), {"service": make_service().pk, "title": "x"}

    for client in (script(person), script(person), owner()):
        assert post(client, INCIDENTS, body).status_code == 201

    assert Incident.objects.count() == 3


def test_a_session_has_keys_of_its_own():
    person, body = make_person("Owner"), {"name": "x"}
    session = APIClient()
    session.force_login(person)

    answers = [
        session.post("/api/v1/services/", body, "json", headers={"Idempotency-Key": "a"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert Service.objects.count() == 1


def test_a_refusal_is_not_kept():
    client = owner()

    refused = post(client, "/api/v1/services/", {"name": "x", "polcy": 1})
    made = post(client, "/api/v1/services/", {"name": "x"})

    assert (refused.status_code, made.status_code) == (400, 201)


def test_what_the_rules_refused_is_asked_again():
    incident, client = make_paging_incident(), owner()
    path = f"{INCIDENTS}{incident.pk}/acknowledge/"
    client.post(f"{INCIDENTS}{incident.pk}/resolve/")

    refused = post(client, path)
    client.post(f"{INCIDENTS}{incident.pk}/reopen/")
    done = post(client, path)

    assert (refused.status_code, done.status_code) == (409, 200)
    assert "Idempotent-Replayed" not in done


def test_a_key_does_not_make_more_guesses_of_a_code():
    person = make_person("Owner")
    method = make_method(person)
    ContactMethod.objects.filter(pk=method.pk).update(
        verified_at=None, code_digest="x", code_sent_at=timezone.now()
    )

    for _ in range(3):
        post(script(person), f"/api/v1/contact-methods/{method.pk}/confirm/", {"code": "1"})

    method.refresh_from_db()
    assert method.code_tries == 3


def test_a_conflict_in_the_database_is_told_and_not_kept():
    client = owner()
    method = make_method(ApiKey.objects.get().user)
    rule = {"urgency": "high", "contact_method": method.pk, "after_minutes": 5}
    client.post("/api/v1/notification-rules/", rule)

    answer = post(client, "/api/v1/notification-rules/", rule)

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert not IdempotentRequest.objects.exists()


def test_an_answer_is_kept_for_a_day():
    body, client = {"service": make_service().pk, "title": "x"}, owner()
    post(client, INCIDENTS, body)

    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert "Idempotent-Replayed" in post(client, INCIDENTS, body)
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=24, minutes=1))
    assert "Idempotent-Replayed" not in post(client, INCIDENTS, body)

    assert Incident.objects.count() == 2


def test_what_expired_is_deleted():
    post(owner(), "/api/v1/services/", {"name": "x"})

    later = [timezone.now() + timedelta(hours=hours) for hours in (23, 25)]

    assert [idempotency.delete_expired(at, limit=10) for at in later] == [0, 1]


@pytest.mark.parametrize("key", ["", " ", "two words", "ü", "x" * 256])
def test_an_odd_key_is_refused(key):
    answer = post(owner(), "/api/v1/services/", {"name": "x"}, key)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])
    assert not Service.objects.exists()


def test_a_secret_in_a_kept_answer_is_encrypted():
    body = {"name": "x", "scopes": ["config:read"]}
    client = owner()

    first, second = (post(client, "/api/v1/api-keys/", body) for _ in range(2))

    assert second.json()["key"] == first.json()["key"] != ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM incidents_idempotentrequest")
        assert first.json()["key"] not in str(cursor.fetchall())


def test_the_scope_is_asked_of_a_repetition_too():
    person, body = make_person("Owner"), {"service": make_service().pk, "title": "x"}
    client = script(person)
    post(client, INCIDENTS, body)

    ApiKey.objects.filter(user=person).update(scopes=["incidents:read"])

    assert post(client, INCIDENTS, body).status_code == 403


def test_every_post_of_the_document_takes_a_key():
    paths = SchemaGenerator().get_schema(public=True)["paths"]

    without = [
        path
        for path, found in paths.items()
        if path.startswith("/api/v1/") and "post" in found
        if "Idempotency-Key" not in [row["name"] for row in found["post"].get("parameters", [])]
    ]

    assert without == []


@pytest.mark.django_db(transaction=True)
def test_at_the_same_instant_it_is_done_once():
    body, key = {"service": make_service().pk, "title": "x"}, make_key(make_person("Owner"))

    def send():
        client = APIClient(headers={"Authorization": f"Bearer {key}"})
        return client.post(INCIDENTS, body, "json", headers={"Idempotency-Key": "a"})

    answers = race(*[send] * 4)

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    assert Incident.objects.count() == 1
