"""People, teams, roles and keys in the admin."""

import pytest
from django.contrib.auth.models import Group
from django.core import mail

from incidents.models import ApiKey, Membership, Team, User
from tests.api import make_person
from tests.factories import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.user = make_person("App Admin")
    client.force_login(client.user)
    return client


def inlines(**counts):
    """The management forms of a page without rows in its inlines."""
    found = {}
    for prefix, count in counts.items():
        found |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": 0}
    return found


def person_form(person, **changed):
    fields = {
        "name": person.name,
        "email": person.email,
        "time_zone": "UTC",
        "is_active": "on",
        "is_staff": "on",
    }
    return {**fields, **inlines(contact_methods=0, rules=0), **changed}


def test_an_admin_gives_roles(boss):
    person, role = make_person(), Group.objects.get(name="Responder")

    boss.post(f"/admin/incidents/user/{person.pk}/change/", person_form(person, groups=[role.pk]))

    assert list(person.groups.all()) == [role]


def test_nobody_makes_a_superuser_who_is_none(boss):
    person = make_person()

    boss.post(f"/admin/incidents/user/{person.pk}/change/", person_form(person, is_superuser="on"))

    person.refresh_from_db()
    assert not person.is_superuser


def test_a_superuser_is_changed_by_superusers_only(boss):
    root = User.objects.create_superuser("root@example.com", "a long password 1")

    change = boss.post(f"/admin/incidents/user/{root.pk}/change/", person_form(root, name="Mine"))
    password = boss.get(f"/admin/incidents/user/{root.pk}/password/")

    assert change.status_code == 403
    assert password.status_code == 403


def test_an_owner_is_made_and_changed_by_owners_only(boss):
    person, chief = make_person(), make_person("Owner")
    role = Group.objects.get(name="Owner")

    boss.post(f"/admin/incidents/user/{person.pk}/change/", person_form(person, groups=[role.pk]))
    change = boss.post(f"/admin/incidents/user/{chief.pk}/change/", person_form(chief))

    assert not person.groups.exists()
    assert change.status_code == 403


def test_colleagues_see_nothing_of_a_password(client):
    client.force_login(make_person("Stakeholder"))
    person = make_person(password="a long enough phrase")

    page = client.get(f"/admin/incidents/user/{person.pk}/change/").content.decode()

    assert person.email in page
    assert "salt" not in page


def test_filters_offer_only_the_teams_that_one_may_see(client):
    me = make_person("Responder")
    client.force_login(me)
    mine = [make_team(me), make_team(me)]
    hidden = make_team()

    page = client.get("/admin/incidents/user/").content.decode()

    assert all(f"?teams__id__exact={team.pk}" in page for team in mine)
    assert f"?teams__id__exact={hidden.pk}" not in page


def test_a_new_person_needs_only_an_address(boss):
    sent = {
        "email": "New@Example.com",
        "name": "New One",
        "time_zone": "Europe/Berlin",
        "usable_password": "false",
    }

    answer = boss.post("/admin/incidents/user/add/", sent)

    person = User.objects.get(email__iexact="new@example.com")
    assert answer.status_code == 302
    assert not person.has_usable_password()
    assert person.time_zone == "Europe/Berlin"


def test_an_invitation_asks_first_and_then_mails_a_link_that_works(boss, client):
    person = make_person()

    boss.get(f"/admin/incidents/user/{person.pk}/invite/")
    mails_before = len(mail.outbox)
    answer = boss.post(f"/admin/incidents/user/{person.pk}/invite/")

    link = answer.context["link"]
    assert mails_before == 0
    assert mail.outbox[0].to == [person.email]
    assert link in mail.outbox[0].body
    assert client.get("/set-password/" + link.partition("/set-password/")[2]).status_code == 302


def test_responders_invite_nobody(client):
    client.force_login(make_person("Responder"))

    assert client.post(f"/admin/incidents/user/{make_person().pk}/invite/").status_code == 403


def test_a_manager_changes_the_own_team_and_no_other(client):
    manager = make_person("Group Admin")
    mine, other = make_team(manager, is_manager=True), make_team()
    client.force_login(manager)
    row = mine.memberships.get()
    sent = {
        "name": "Renamed",
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": row.pk,
        "memberships-0-team": mine.pk,
        "memberships-0-user": manager.pk,
        "memberships-0-is_manager": "on",
        "memberships-0-position": 0,
    }

    own = client.post(f"/admin/incidents/team/{mine.pk}/change/", sent)
    foreign = client.get(f"/admin/incidents/team/{other.pk}/change/")

    assert own.status_code == 302
    assert Team.objects.get(pk=mine.pk).name == "Renamed"
    assert foreign.status_code == 302  # not found, as the admin says it


def test_a_new_member_comes_last(boss):
    team, person = make_team(make_person(), make_person()), make_person()
    sent = {
        "name": team.name,
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "memberships-TOTAL_FORMS": 3,
        "memberships-INITIAL_FORMS": 2,
    }
    for index, row in enumerate(team.memberships.all()):
        sent |= {
            f"memberships-{index}-id": row.pk,
            f"memberships-{index}-team": team.pk,
            f"memberships-{index}-user": row.user_id,
            f"memberships-{index}-is_primary": "on",
            f"memberships-{index}-position": index,
        }
    sent |= {"memberships-2-user": person.pk, "memberships-2-position": ""}

    boss.post(f"/admin/incidents/team/{team.pk}/change/", sent)

    assert Membership.objects.get(user=person).position == 2


def test_a_key_is_shown_once_and_kept_as_a_hash(client):
    person = make_person("Responder")
    client.force_login(person)

    answer = client.post(
        "/admin/incidents/apikey/add/", {"name": "deploy", "scopes": ["incidents:read"]}
    )

    text = answer.context["text"]
    key = ApiKey.objects.get()
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert text.startswith("sk_live_")
    assert key.user == person
    for page in ("/admin/incidents/apikey/", f"/admin/incidents/apikey/{key.pk}/change/"):
        assert text not in client.get(page).content.decode()


def test_keys_of_others_are_not_listed(client):
    client.force_login(make_person("Responder"))
    client.post("/admin/incidents/apikey/add/", {"name": "mine", "scopes": ["incidents:read"]})
    client.force_login(make_person("Responder"))

    assert "mine" not in client.get("/admin/incidents/apikey/").content.decode()


def test_selected_keys_are_revoked(client):
    client.force_login(make_person("Responder"))
    client.post("/admin/incidents/apikey/add/", {"name": "old", "scopes": ["incidents:read"]})
    key = ApiKey.objects.get()

    client.post(
        "/admin/incidents/apikey/", {"action": "revoke_selected", "_selected_action": [key.pk]}
    )

    key.refresh_from_db()
    assert key.revoked_at
