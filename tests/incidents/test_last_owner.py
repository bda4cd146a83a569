"""The portal keeps an Owner: the last one does not lose the role, and is not switched off."""

import pytest
from django.contrib.auth.models import Group

from incidents.actions import people
from incidents.models import User
from tests.api import make_person, script, session
from tests.incidents.test_admin_people import person_form
from tests.threads import race

pytestmark = pytest.mark.django_db
MEND = "give the role Owner to somebody else first"
LOSSES = {
    "another role": {"groups": ["Responder"]},
    "no role": {"groups": []},
    "switched off": {"is_active": False},
    "not let in": {"is_staff": False},
    "all at once": {"groups": [], "is_active": False},
}
# Who is no Owner who can log in.
NO_OWNERS = {
    "nobody": lambda: None,
    "an admin": lambda: make_person("App Admin"),
    "an Owner who is switched off": lambda: make_person("Owner", is_active=False),
    "an Owner who is not let in": lambda: make_person("Owner", is_staff=False),
}


@pytest.fixture
def boss():
    return make_person("Owner")


def is_owner(person):
    return User.objects.owners().filter(pk=person.pk).exists()


@pytest.mark.parametrize("others", NO_OWNERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("way", [session, script])
def test_by_the_api_the_last_owner_loses_nothing(boss, way, loss, others):
    NO_OWNERS[others]()

    answer = way(boss).patch(f"/api/v1/users/{boss.pk}/", LOSSES[loss])

    assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    assert MEND in answer.json()["detail"]
    assert is_owner(boss)


@pytest.mark.parametrize("loss", LOSSES)
def test_while_there_is_another_one_they_may_go(boss, loss):
    other = make_person("Owner")

    answer = session(other).patch(f"/api/v1/users/{boss.pk}/", LOSSES[loss])

    assert answer.status_code == 200, answer.json()
    assert not is_owner(boss)
    assert is_owner(other)


def test_what_does_not_touch_it_is_changed(boss):
    answer = session(boss).patch(
        f"/api/v1/users/{boss.pk}/", {"name": "Boss", "groups": ["Owner", "Responder"]}
    )

    assert answer.status_code == 200
    assert is_owner(boss)


def test_a_portal_without_an_owner_can_still_be_changed():
    admin, person = make_person("App Admin"), make_person("Responder")

    answer = session(admin).patch(f"/api/v1/users/{person.pk}/", {"is_active": False})

    assert answer.status_code == 200


def test_a_superuser_is_an_owner_too(boss):
    root = User.objects.create_superuser("root@example.com", "a long password 1")

    assert session(root).patch(f"/api/v1/users/{boss.pk}/", {"groups": []}).status_code == 200
    answer = session(root).patch(f"/api/v1/users/{root.pk}/", {"is_active": False})
    assert answer.json()["code"] == "last_owner"


FORMS = {
    "no role": {"groups": None},
    "another role": {"groups": ["Responder"]},
    "switched off": {"is_active": None},
    "not let in": {"is_staff": None},
}


@pytest.mark.parametrize("others", NO_OWNERS)
@pytest.mark.parametrize("name", FORMS)
def test_the_form_of_the_admin_refuses_it_in_a_sentence(client, boss, name, others):
    NO_OWNERS[others]()
    client.force_login(boss)
    changed = dict(FORMS[name])
    form = person_form(boss, groups=[Group.objects.get(name="Owner").pk], name="Renamed")
    if changed.get("groups"):
        changed["groups"] = [Group.objects.get(name=one).pk for one in changed["groups"]]
    form = {key: value for key, value in {**form, **changed}.items() if value is not None}

    answer = client.post(f"/admin/incidents/user/{boss.pk}/change/", form)

    assert answer.status_code == 200
    assert MEND in answer.text
    boss.refresh_from_db()
    assert is_owner(boss)
    assert boss.name != "Renamed"


def test_the_form_of_the_admin_takes_what_leaves_one(client, boss):
    other = make_person("Owner")
    client.force_login(other)
    form = person_form(boss, groups=[Group.objects.get(name="Responder").pk])

    answer = client.post(f"/admin/incidents/user/{boss.pk}/change/", form)

    assert answer.status_code == 302
    assert not is_owner(boss)
    assert [group.name for group in boss.groups.all()] == ["Responder"]


def test_the_last_owner_is_not_deleted(client, boss):
    client.force_login(boss)

    answers = [
        client.post(f"/admin/incidents/user/{boss.pk}/delete/", {"post": "yes"}),
        client.post(
            "/admin/incidents/user/",
            {"action": "delete_selected", "_selected_action": [boss.pk], "post": "yes"},
        ),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert MEND in answer.text
    assert is_owner(boss)


def test_all_owners_at_once_are_not_deleted(client, boss):
    other = make_person("Owner")
    client.force_login(boss)
    chosen = {"action": "delete_selected", "_selected_action": [boss.pk, other.pk], "post": "yes"}

    answer = client.post("/admin/incidents/user/", chosen)

    assert MEND in answer.text
    assert is_owner(boss)
    assert is_owner(other)


def test_one_of_two_is_deleted(client, boss):
    other = make_person("Owner")
    client.force_login(boss)

    client.post(f"/admin/incidents/user/{other.pk}/delete/", {"post": "yes"})

    assert list(User.objects.owners()) == [boss]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_give_it_up_at_the_same_instant_one_stays():
    both = [make_person("Owner"), make_person("Owner")]

    def give_up(person):
        def run():
            try:
                people.change_person(person.pk, by=person, groups=[])
            except people.LastOwner:
                return "refused"
            return "gone"

        return run

    answers = race(*[give_up(person) for person in both])

    assert sorted(answers) == ["gone", "refused"]
    assert User.objects.owners().count() == 1
