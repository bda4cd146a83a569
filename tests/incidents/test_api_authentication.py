from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.actions import api_keys
from incidents.models import ApiKey
from tests.api import make_key, make_paging_incident, make_person, owner, script

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "header",
    [
        {"HTTP_AUTHORIZATION": "Bearer {}"},
        {"HTTP_AUTHORIZATION": "bearer {}"},
        {"HTTP_AUTHORIZATION": "Api-Key {}"},
        {"HTTP_X_API_KEY": "{}"},
    ],
)
def test_a_key_acts_as_its_user_in_each_of_its_headers(header):
    user = make_person("Responder")
    key = make_key(user)

    answer = APIClient().get(
        "/api/v1/me/", **{name: value.format(key) for name, value in header.items()}
    )

    assert answer.status_code == 200
    assert answer.json()["email"] == user.email


@pytest.mark.parametrize("headers", [{}, {"HTTP_AUTHORIZATION": "Bearer sk_live_wrong"}])
def test_who_is_not_known_is_told_how_to_come_in(headers):
    answer = APIClient().get("/api/v1/incidents/", **headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"code", "detail"}


def test_a_revoked_key_opens_nothing():
    user = make_person("Owner")
    client = script(user)
    api_keys.revoke_key(ApiKey.objects.get(user=user).pk)

    assert client.get("/api/v1/me/").status_code == 401


def test_an_expired_key_opens_nothing():
    client = APIClient()
    key = make_key(make_person("Owner"), expires_at=timezone.now() - timedelta(seconds=1))
    client.credentials(HTTP_X_API_KEY=key)

    assert client.get("/api/v1/me/").status_code == 401


def test_the_key_of_somebody_who_left_opens_nothing():
    user = make_person("Owner")
    client = script(user)
    user.is_active = False
    user.save()

    assert client.get("/api/v1/me/").status_code == 401


def test_a_wrong_key_is_refused_in_spite_of_a_session():
    client = APIClient()
    client.force_login(make_person("Owner"))

    answer = client.get("/api/v1/me/", HTTP_AUTHORIZATION="Bearer sk_live_wrong")

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/v1/incidents/", "incidents:read"),
        ("/api/v1/alerts/", "incidents:read"),
        ("/api/v1/notifications/", "incidents:read"),
        ("/api/v1/inbound-messages/", "messages:read"),
        ("/api/v1/services/", "config:read"),
        ("/api/v1/templates/", "config:read"),
        ("/api/v1/catch-all/", "config:read"),
    ],
)
def test_a_missing_scope_is_named(path, scope):
    others = {"incidents:write", "config:write", "events:write"}

    refused = owner(*others).get(path)

    assert refused.status_code == 403
    assert scope in refused.json()["detail"]
    assert owner(scope).get(path).status_code == 200


def test_reading_does_not_allow_acting():
    incident = make_paging_incident()

    answer = owner("incidents:read").post(f"/api/v1/incidents/{incident.pk}/resolve/")

    assert answer.status_code == 403
    assert "incidents:write" in answer.json()["detail"]
    incident.refresh_from_db()
    assert incident.is_open


def test_a_session_needs_a_csrf_token_and_a_key_does_not():
    user, incident = make_person("Owner"), make_paging_incident()
    session = APIClient(enforce_csrf_checks=True)
    session.force_login(user)
    path = f"/api/v1/incidents/{incident.pk}/acknowledge/"

    refused = session.post(path)
    accepted = script(user).post(path)

    assert (refused.status_code, accepted.status_code) == (403, 200)
    assert "CSRF" in refused.json()["detail"]


def test_a_session_with_its_token_acts_as_its_person():
    user, incident = make_person("Owner"), make_paging_incident()
    session = APIClient(enforce_csrf_checks=True)
    session.force_login(user)
    session.cookies["csrftoken"] = "a" * 32

    answer = session.post(
        f"/api/v1/incidents/{incident.pk}/acknowledge/", HTTP_X_CSRFTOKEN="a" * 32
    )

    assert answer.status_code == 200
    assert answer.json()["assignee"] == user.pk


def test_the_use_of_a_key_is_noted():
    user = make_person()
    script(user).get("/api/v1/me/")

    assert ApiKey.objects.get(user=user).last_used_at is not None
