from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import api_keys, people
from incidents.models import ApiKey, User
from tests.api import make_person, owner, script, session
from tests.factories import make_team

pytestmark = pytest.mark.django_db


def test_a_person_is_added_with_roles_and_a_time_zone():
    body = {
        "email": "Carol@Example.com",
        "name": "Carol",
        "groups": ["Responder"],
        "time_zone": "Europe/Berlin",
        "password": "a long enough phrase",
    }

    answer = session(make_person("Owner")).post("/api/v1/users/", body)

    assert answer.status_code == 201, answer.json()
    carol = User.objects.get(email="carol@example.com")
    assert carol.check_password("a long enough phrase")
    assert [group.name for group in carol.groups.all()] == ["Responder"]
    assert answer.json()["groups"] == ["Responder"]
    assert "password" not in answer.json()


def test_a_person_without_a_password_cannot_log_in():
    owner().post("/api/v1/users/", {"email": "dave@example.com"})

    assert not User.objects.get(email="dave@example.com").has_usable_password()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("password", "short"),
        ("groups", ["Emperor"]),
        ("email", "nobody"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field, value):
    client = session(make_person("Owner"))

    answer = client.post("/api/v1/users/", {"email": "erin@example.com", field: value})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert not User.objects.filter(email="erin@example.com").exists()


@pytest.mark.parametrize("email", ["frank@example.com", "FRANK@example.com"])
def test_an_address_is_used_once_in_whatever_case(email):
    make_person(email="frank@example.com")

    assert owner().post("/api/v1/users/", {"email": email}).status_code in (400, 409)


def test_a_person_is_switched_off_and_not_deleted():
    person, client = make_person("Responder"), owner()

    switched = client.patch(f"/api/v1/users/{person.pk}/", {"is_active": False})
    deleted = client.delete(f"/api/v1/users/{person.pk}/")

    person.refresh_from_db()
    assert (switched.status_code, deleted.status_code) == (200, 405)
    assert not person.is_active


def test_a_superuser_is_changed_by_superusers_only():
    root = User.objects.create_superuser("root@example.com", "a long enough phrase")

    answer = owner().patch(f"/api/v1/users/{root.pk}/", {"password": "another long phrase"})

    root.refresh_from_db()
    assert (answer.status_code, answer.json()["code"]) == (409, "not_yours")
    assert root.check_password("a long enough phrase")


def app_admin():
    return script(make_person("App Admin"), "config:read", "config:write")


def test_an_owner_is_changed_by_owners_only():
    person = make_person("Owner", name="Olga")
    path = f"/api/v1/users/{person.pk}/"

    refused = app_admin().patch(path, {"name": "Mine"})
    done = owner().patch(path, {"name": "Olga O."})

    assert (refused.status_code, refused.json()["code"]) == (409, "not_yours")
    assert (done.status_code, done.json()["name"]) == (200, "Olga O.")


def test_only_an_owner_makes_an_owner():
    person = make_person("Responder")
    path = f"/api/v1/users/{person.pk}/"

    raised = app_admin().patch(path, {"groups": ["Owner"]})
    added = app_admin().post("/api/v1/users/", {"email": "o@example.com", "groups": ["Owner"]})
    done = session(make_person("Owner")).patch(path, {"groups": ["Owner"]})

    assert [raised.status_code, added.status_code, done.status_code] == [409, 409, 200]
    assert not User.objects.filter(email="o@example.com").exists()


def test_a_responder_changes_nobody():
    other = make_person()

    answer = script(make_person("Responder")).patch(f"/api/v1/users/{other.pk}/", {"name": "X"})

    assert answer.status_code == 403


def test_people_change_their_own_name_and_time_zone_and_nothing_else():
    me = make_person("Responder")

    answer = script(me).patch(
        "/api/v1/me/", {"name": "Me", "time_zone": "Asia/Tokyo", "is_staff": False, "groups": []}
    )

    me.refresh_from_db()
    assert answer.status_code == 200
    assert (me.name, me.time_zone, me.is_staff, me.groups.count()) == ("Me", "Asia/Tokyo", True, 1)


def test_me_says_what_the_key_allows():
    found = script(make_person("Responder"), "incidents:read").get("/api/v1/me/").json()

    assert found["scopes"] == ["incidents:read"]
    assert "incidents.respond" in found["entitlements"]


def test_a_team_is_written_with_its_members_in_order():
    ann, ben = make_person(), make_person()
    members = [
        {"user": ben.email, "roles": ["primary", "manager"]},
        {"user": ann.pk, "roles": ["secondary"]},
    ]

    answer = owner().post("/api/v1/teams/", {"name": "Payments", "members": members})

    shown = [(row["user"], row["roles"]) for row in answer.json()["members"]]
    assert answer.status_code == 201
    assert shown == [(ben.pk, ["primary", "manager"]), (ann.pk, ["secondary"])]


def test_members_are_replaced_as_a_whole_and_left_alone_when_not_named():
    ann, ben = make_person(), make_person()
    team, client = make_team(ann), owner()
    path = f"/api/v1/teams/{team.pk}/"

    renamed = client.patch(path, {"name": "New name"}).json()
    replaced = client.patch(path, {"members": [{"user": ben.pk}]}).json()

    assert [row["user"] for row in renamed["members"]] == [ann.pk]
    assert [(row["user"], row["roles"]) for row in replaced["members"]] == [(ben.pk, ["primary"])]


def test_a_member_named_twice_is_refused_and_nothing_changes():
    ann = make_person()
    team = make_team(ann)

    answer = owner().put(
        f"/api/v1/teams/{team.pk}/",
        {"name": "X", "members": [{"user": ann.pk}, {"user": ann.email}]},
    )

    team.refresh_from_db()
    assert answer.status_code == 400
    assert team.name != "X"


def test_a_manager_changes_the_own_team_and_no_other():
    chief = make_person("Group Admin")
    mine, other = make_team(chief), make_team(chief)
    people.set_members(mine, [(chief, {"manager"})])
    client = script(chief)

    answers = [
        client.patch(f"/api/v1/teams/{team.pk}/", {"description": "x"}) for team in (mine, other)
    ]

    assert [answer.status_code for answer in answers] == [200, 403]
    assert client.post("/api/v1/teams/", {"name": "New"}).status_code == 403
    assert client.delete(f"/api/v1/teams/{mine.pk}/").status_code == 403


def test_a_key_is_shown_once_and_works():
    client = owner()

    made = client.post("/api/v1/api-keys/", {"name": "deploy", "scopes": ["incidents:read"]})

    again = client.get(f"/api/v1/api-keys/{made.json()['id']}/").json()
    client.credentials(HTTP_X_API_KEY=made.json()["key"])
    assert made.status_code == 201
    assert "key" not in again
    assert again["scopes"] == ["incidents:read"]
    assert client.get("/api/v1/incidents/").status_code == 200
    assert client.get("/api/v1/services/").status_code == 403


def test_a_key_gives_to_another_only_what_it_has():
    client = script(make_person("Owner"), "config:write")

    answer = client.post("/api/v1/api-keys/", {"name": "more", "scopes": ["incidents:write"]})

    assert answer.status_code == 403
    assert ApiKey.objects.count() == 1


def test_a_key_makes_none_that_outlives_it():
    client, user = script(make_person()), make_person()
    ends = timezone.now() + timedelta(days=1)
    text = api_keys.create_key(user, "short", ["config:write"], expires_at=ends)[1]
    client.credentials(HTTP_X_API_KEY=text)

    answer = client.post("/api/v1/api-keys/", {"name": "long", "scopes": ["config:write"]})

    assert answer.status_code == 201
    assert ApiKey.objects.get(name="long").expires_at == ends


def test_a_deleted_key_is_revoked_and_stays_in_the_list():
    client = owner()
    made = client.post("/api/v1/api-keys/", {"name": "x", "scopes": ["config:read"]}).json()

    answers = [client.delete(f"/api/v1/api-keys/{made['id']}/") for _ in range(2)]

    found = client.get(f"/api/v1/api-keys/{made['id']}/").json()
    assert [answer.status_code for answer in answers] == [204, 204]
    assert found["is_usable"] is False


def test_the_keys_of_others_are_out_of_sight():
    other = api_keys.create_key(make_person(), "theirs", ["config:read"])[0]
    client = script(make_person("App Admin"))

    assert client.get(f"/api/v1/api-keys/{other.pk}/").status_code == 404
    assert client.delete(f"/api/v1/api-keys/{other.pk}/").status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None
