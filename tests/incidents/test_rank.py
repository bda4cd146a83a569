"""Nobody gains what is above their own role: by page, admin or API."""

import pytest
from django.contrib.auth.models import Group, Permission

from incidents.models import ApiKey, User
from incidents.models.people import CHANGE_PEOPLE, OWNERSHIP
from integrations.models import ChatIdentity
from notifications.models import ContactMethod, Rule
from tests.api import make_person, script, session
from tests.factories import make_method, make_rule

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"
MAIL = {"channel": "email", "config": {"address": "mine@example.com"}, "is_verified": True}


def role(name, *codenames):
    group = Group.objects.create(name=name)
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    return group


@pytest.fixture
def chief():
    """An Owner who can be reached and can log in."""
    person = make_person("Owner", email="chief@example.com", password=PASSWORD)
    make_rule(make_method(person, "email", {"address": "chief@example.com"}))
    return person


@pytest.fixture
def boss(client):
    """The browser of an App Admin."""
    client.user = make_person("App Admin")
    client.force_login(client.user)
    return client


def is_untouched(person):
    now = User.objects.get(pk=person.pk)
    method = ContactMethod.objects.get(user=person)
    return (
        now.check_password(PASSWORD)
        and (now.name, now.email, now.is_active) == (person.name, person.email, True)
        and (method.address, method.is_verified) == (person.email, True)
        and Rule.objects.filter(user=person).count() == 1
    )


@pytest.mark.parametrize("name", ["Owner", "App Admin", "Responder"])
@pytest.mark.parametrize("page", ["change", "delete"])
def test_an_app_admin_changes_no_role(boss, name, page):
    group = Group.objects.get(name=name)
    held = set(group.permissions.all())

    answer = boss.post(
        f"/admin/auth/group/{group.pk}/{page}/", {"name": "Other", "permissions": [], "post": "yes"}
    )

    group.refresh_from_db()
    assert answer.status_code == 403
    assert (group.name, set(group.permissions.all())) == (name, held)


def test_an_app_admin_makes_no_role(boss):
    answer = boss.post("/admin/auth/group/add/", {"name": "Owner 2"})

    assert answer.status_code == 403
    assert not Group.objects.filter(name="Owner 2").exists()


def test_an_app_admin_deletes_no_role_from_the_list(boss):
    group = Group.objects.get(name="Owner")

    boss.post(
        "/admin/auth/group/",
        {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"},
    )

    assert Group.objects.filter(pk=group.pk).exists()


def test_an_owner_changes_the_other_roles_and_not_the_own(client):
    client.force_login(make_person("Owner"))
    own, other = Group.objects.get(name="Owner"), Group.objects.get(name="Stakeholder")
    respond = Permission.objects.get(codename="respond")

    refused = client.post(f"/admin/auth/group/{own.pk}/change/", {"name": "King"})
    done = client.post(
        f"/admin/auth/group/{other.pk}/change/", {"name": "Readers", "permissions": [respond.pk]}
    )

    other.refresh_from_db()
    assert (refused.status_code, done.status_code) == (403, 302)
    assert (other.name, list(other.permissions.all())) == ("Readers", [respond])


def test_nobody_gives_ownership_to_another_role(client):
    client.force_login(make_person("Owner"))
    other = Group.objects.get(name="App Admin")
    ownership = Permission.objects.get(codename=OWNERSHIP.partition(".")[2])

    client.post(
        f"/admin/auth/group/{other.pk}/change/",
        {"name": "App Admin", "permissions": [ownership.pk]},
    )

    assert ownership.group_set.get().name == "Owner"


def test_an_owner_is_one_whatever_the_role_is_called(chief):
    Group.objects.filter(name="Owner").update(name="Chiefs")

    answer = session(make_person("App Admin")).patch(
        f"/api/v1/users/{chief.pk}/", {"password": "another long phrase"}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "not_yours")
    assert is_untouched(chief)


def test_an_owner_who_is_switched_off_is_still_above(chief):
    User.objects.filter(pk=chief.pk).update(is_active=False)

    answer = session(make_person("App Admin")).patch(
        f"/api/v1/users/{chief.pk}/", {"password": "another long phrase", "is_active": True}
    )

    chief.refresh_from_db()
    assert answer.status_code == 409
    assert (chief.is_active, chief.check_password(PASSWORD)) == (False, True)


def test_a_role_of_ones_own_making_ranks_by_what_it_may(client):
    role("People office", CHANGE_PEOPLE.partition(".")[2], "view_user")
    clerk, responder, reader = (
        make_person("People office"),
        make_person("Responder"),
        make_person(),
    )
    office = session(clerk)

    above = office.patch(f"/api/v1/users/{responder.pk}/", {"name": "Mine"})
    given = office.patch(f"/api/v1/users/{reader.pk}/", {"groups": ["Responder"]})
    done = office.patch(f"/api/v1/users/{reader.pk}/", {"name": "Reader"})

    assert [above.status_code, given.status_code, done.status_code] == [409, 409, 200]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "users/{person}/", {"password": "another long phrase"}),
        ("patch", "users/{person}/", {"email": "mine@example.com"}),
        ("patch", "users/{person}/", {"is_active": False}),
        ("patch", "users/{person}/", {"groups": []}),
        ("post", "contact-methods/", {**MAIL, "user": "chief@example.com"}),
        ("patch", "contact-methods/{method}/", {"config": {"address": "mine@example.com"}}),
        ("patch", "contact-methods/{method}/", {"is_enabled": False}),
        ("put", "contact-methods/{method}/", MAIL),
        ("delete", "contact-methods/{method}/", None),
        ("post", "contact-methods/{method}/send_code/", None),
        ("post", "contact-methods/{method}/confirm/", {"code": "123456"}),
        ("post", "contact-methods/{method}/test/", None),
        (
            "post",
            "notification-rules/",
            {"user": "chief@example.com", "contact_method": "{method}", "urgency": "low"},
        ),
        ("patch", "notification-rules/{rule}/", {"after_minutes": 60}),
        ("delete", "notification-rules/{rule}/", None),
        (
            "post",
            "chat-identities/",
            {
                "user": "chief@example.com",
                "provider": "slack",
                "workspace": "T1",
                "chat_user": "U1",
            },
        ),
    ],
)
@pytest.mark.parametrize("way", [session, script])
def test_by_the_api_an_app_admin_touches_nothing_of_an_owner(chief, way, method, path, body):
    own = {"person": chief.pk, "method": chief.contact_methods.get().pk}
    own["rule"] = chief.rules.get().pk
    if body and "contact_method" in body:
        body = {**body, "contact_method": own["method"]}

    answer = getattr(way(make_person("App Admin")), method)(f"/api/v1/{path.format(**own)}", body)

    assert answer.status_code in (403, 409), answer.content
    assert is_untouched(chief)
    assert not ChatIdentity.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/admin/incidents/user/{person}/change/",
        "/admin/incidents/user/{person}/password/",
        "/admin/incidents/user/{person}/delete/",
        "/admin/incidents/user/{person}/invite/",
        "/admin/incidents/user/{person}/history/",
        "/admin/notifications/contactmethod/{method}/change/",
        "/admin/notifications/contactmethod/{method}/delete/",
    ],
)
def test_in_the_admin_an_app_admin_touches_nothing_of_an_owner(boss, chief, path):
    own = {"person": chief.pk, "method": chief.contact_methods.get().pk}
    sent = {
        "name": "Mine",
        "email": "mine@example.com",
        "password1": "another long phrase",
        "password2": "another long phrase",
        "config_address": "mine@example.com",
        "post": "yes",
    }

    answer = boss.post(path.format(**own), sent)

    assert answer.status_code == 403
    assert is_untouched(chief)


@pytest.mark.parametrize("model", ["incidents/user", "notifications/contactmethod"])
def test_an_app_admin_deletes_nothing_of_an_owner_from_a_list(boss, chief, model):
    row = chief.pk if model == "incidents/user" else chief.contact_methods.get().pk

    boss.post(
        f"/admin/{model}/",
        {"action": "delete_selected", "_selected_action": [row], "post": "yes"},
    )

    assert is_untouched(chief)


def test_in_the_admin_an_app_admin_adds_no_address_to_an_owner(boss, chief):
    boss.post(
        "/admin/notifications/contactmethod/add/?channel=email",
        {"user": chief.pk, "config_address": "mine@example.com", "is_vouched": "on"},
    )

    assert is_untouched(chief)


def test_the_chat_account_of_an_owner_is_not_an_app_admins_to_remove(boss, chief):
    row = ChatIdentity.objects.create(
        user=chief, provider="slack", workspace="T1", chat_user="U1", name="chief"
    )

    by_api = session(boss.user).delete(f"/api/v1/chat-identities/{row.pk}/")
    by_admin = boss.post(f"/admin/integrations/chatidentity/{row.pk}/delete/", {"post": "yes"})

    assert (by_api.status_code, by_admin.status_code) == (403, 403)
    assert ChatIdentity.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", ["App Admin", "Integrations Admin", "Responder"])
def test_a_manager_or_admin_makes_no_key_for_another(client, name):
    other = make_person("Owner")
    client.force_login(make_person(name))

    client.post(
        "/admin/incidents/apikey/add/",
        {"user": other.pk, "name": "theirs", "scopes": ["config:write"]},
    )

    assert not ApiKey.objects.filter(user=other).exists()


# Of keys: what they write never becomes a session.


# Owners and keys.
