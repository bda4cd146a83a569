"""A key gains nothing that is above its owner, and never becomes a session."""

import pytest

from incidents.actions import api_keys
from incidents.models import User
from tests.api import make_key, make_person, script

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"


@pytest.fixture
def boss(client):
    """The browser of an App Admin."""
    client.user = make_person("App Admin")
    client.force_login(client.user)
    return client


def key_of(person, *scopes):
    return script(person, *(scopes or ["config:read", "config:write"]))


@pytest.mark.parametrize("scopes", [["config:write"], []])
@pytest.mark.parametrize("name", ["Owner", "App Admin"])
def test_a_key_sets_no_password(name, scopes):
    me, other = make_person(name, password=PASSWORD), make_person()
    client = script(me, *scopes)

    answers = [
        client.patch(f"/api/v1/users/{me.pk}/", {"password": "another long phrase"}),
        client.patch(f"/api/v1/users/{other.pk}/", {"password": "another long phrase"}),
        client.post("/api/v1/users/", {"email": "n@example.com", "password": "a long phrase 1"}),
    ]

    me.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert me.check_password(PASSWORD)
    assert not User.objects.filter(email="n@example.com").exists()


def test_a_key_cannot_move_the_login_of_who_can_log_in():
    me = make_person("Owner", password=PASSWORD)
    login = me.email
    client = key_of(me)

    refused = client.patch(f"/api/v1/users/{me.pk}/", {"email": "mine@example.com"})
    same = client.put(f"/api/v1/users/{me.pk}/", {"email": login, "name": "Me"})

    me.refresh_from_db()
    assert (refused.status_code, same.status_code) == (403, 200)
    assert me.email == login


@pytest.mark.parametrize("given", ["Owner", "App Admin"])
@pytest.mark.parametrize("scopes", [["config:write"], []])
def test_a_key_gives_no_role_that_changes_people(given, scopes):
    person, client = make_person(), script(make_person("Owner"), *scopes)

    added = client.post("/api/v1/users/", {"email": "n@example.com", "groups": [given]})
    raised = client.patch(f"/api/v1/users/{person.pk}/", {"groups": [given]})
    done = client.patch(f"/api/v1/users/{person.pk}/", {"groups": ["Responder"]})

    assert [added.status_code, raised.status_code, done.status_code] == [403, 403, 200]
    assert not User.objects.filter(email="n@example.com").exists()


def test_a_key_opens_no_page(client):
    text = make_key(make_person("Owner"))

    answers = [
        client.get(path, HTTP_AUTHORIZATION=f"Bearer {text}")
        for path in ("/", "/admin/", "/me/", "/admin/incidents/user/add/")
    ]

    assert {answer.status_code for answer in answers} == {302}
    assert "sessionid" not in client.cookies


def test_an_owner_sees_and_revokes_the_keys_of_all(client):
    key = api_keys.create_key(make_person("Responder"), "theirs", ["config:read"])[0]
    client.force_login(make_person("Owner"))

    page = client.get("/admin/incidents/apikey/").content.decode()
    client.post(
        "/admin/incidents/apikey/", {"action": "revoke_selected", "_selected_action": [key.pk]}
    )

    key.refresh_from_db()
    assert key.prefix in page
    assert key.revoked_at is not None


def test_an_app_admin_sees_the_own_keys_only(boss):
    key = api_keys.create_key(make_person("Responder"), "theirs", ["config:read"])[0]

    page = boss.get("/admin/incidents/apikey/").content.decode()
    boss.post(
        "/admin/incidents/apikey/", {"action": "revoke_selected", "_selected_action": [key.pk]}
    )

    key.refresh_from_db()
    assert key.prefix not in page
    assert key.revoked_at is None
