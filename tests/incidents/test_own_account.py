"""What people may with their own account by their roles, and who writes attributes of people."""

import pytest
from django.contrib.auth.models import Group, Permission

from incidents.models import User
from incidents.models.people import CHANGE_PEOPLE, MAINTAIN_ATTRIBUTES, OWN_ACCOUNT
from tests.api import make_person, script
from tests.factories import make_method, make_user
from tests.incidents.test_admin_people import person_form
from tests.pages import browser, words

pytestmark = pytest.mark.django_db
API = "/api/v1"
METHOD = {"channel": "email", "config": {"address": "other@example.com"}}
REMINDERS = {
    "reminders": [],
    "tells_changes": True,
    "tells_starts": True,
    "tells_ends": True,
}


def role(name, *names, without=()):
    """A role that may all that a Responder may, and these; but not what is named."""
    found = Group.objects.create(name=name)
    found.permissions.set(Group.objects.get(name="Responder").permissions.all())
    codes = [one.partition(".")[2] for one in names]
    found.permissions.add(*Permission.objects.filter(codename__in=codes))
    gone = [one.partition(".")[2] for one in without]
    found.permissions.remove(*Permission.objects.filter(codename__in=gone))
    return found


@pytest.fixture
def locked():
    """Somebody whose only role takes the own account out of their hands."""
    person = make_user("Lou")
    person.groups.add(role("Managed", without=OWN_ACCOUNT))
    return person


def answers_of(person, method):
    """→ {what is asked: its status} of the pages and of the API."""
    client, api = browser(person), script(person, "config:write", "schedules:write")
    return {
        "page": client.get("/me/").status_code,
        "api": api.get(f"{API}/me/").status_code,
        "profile": client.post("/me/profile/", {"name": "x", "time_zone": "UTC"}).status_code,
        "patch": api.patch(f"{API}/me/", {"phone": "110"}).status_code,
        "address": client.get("/me/contact-methods/add/email/").status_code,
        "switch": client.post(f"/me/contact-methods/{method.pk}/switch/", {"on": "1"}).status_code,
        "post": api.post(f"{API}/contact-methods/", METHOD).status_code,
        "rule": client.post("/me/rules/").status_code,
        "reminders": client.post("/my-shifts/told/").status_code,
        "put": api.put(f"{API}/on-call-settings/", REMINDERS).status_code,
    }


def test_whoever_has_a_role_that_takes_the_own_account_away_is_refused_everywhere(locked):
    method = make_method(locked)

    assert set(answers_of(locked, method).values()) == {403}
    method.refresh_from_db()
    assert (locked.contact_methods.count(), method.is_enabled) == (2, True)


@pytest.mark.parametrize("names", [["Responder"], ["Stakeholder"], []], ids=str)
def test_roles_that_are_there_and_whoever_has_none_keep_their_own_account(names):
    person = make_person(*names)

    found = answers_of(person, make_method(person))

    refused = {name for name, status in found.items() if status in (403, 404)}
    assert refused <= ({"reminders", "put"} if not names else set()), found


def test_what_a_role_leaves_is_shown_without_the_forms_that_it_takes(locked):
    locked.groups.get().permissions.add(Permission.objects.get(codename="User_View_UserAccess"))
    method = make_method(locked)

    page = words(browser(locked).get("/me/"))

    assert method.address in page
    assert "Whoever administers people changes it." in page
    assert "Remove" not in page


def test_whoever_may_not_see_themselves_among_people_is_in_no_list_of_them():
    lou, mia = make_user("Lou"), make_user("Mia")
    lou.groups.add(role("Managed", without=[*OWN_ACCOUNT, "incidents.view_user"]))
    mia.groups.add(role("Alone", without=["incidents.view_user"]))

    assert list(User.objects.visible_to(lou)) == []
    assert list(User.objects.visible_to(mia)) == [mia]


def test_a_second_role_gives_it_back(locked):
    locked.groups.add(Group.objects.get(name="Stakeholder"))

    assert browser(locked).get("/me/").status_code == 200


def test_who_may_change_people_may_change_the_addresses_of_who_may_not_their_own(locked):
    api = script(make_person("App Admin"), "config:write")

    answer = api.post(f"{API}/contact-methods/", {**METHOD, "user": locked.email})

    assert answer.status_code == 201, answer.json()


def test_what_one_may_of_oneself_says_nothing_of_rank():
    admin = make_user("Ada")
    admin.groups.add(role("People", CHANGE_PEOPLE, without=OWN_ACCOUNT))

    assert admin.outranks(make_person("Responder"))
    assert admin.may_change(make_person("Responder"))
    assert admin.may_change(admin)
    assert not admin.outranks(make_person("App Admin"))


def test_attributes_of_people_are_written_by_who_maintains_them():
    bo, admin = make_person("Responder", name="Bo"), make_person("App Admin")
    url, wanted = f"{API}/users/{bo.pk}/", {"attributes": {"language": "French"}}

    saved = script(admin, "config:write").patch(url, wanted)
    wrong = script(admin, "config:write").patch(url, {"attributes": {"a:b": "x"}})
    found = script(bo, "config:read").get(f"{API}/users/?search=French").json()["results"]

    assert saved.json()["attributes"] == {"language": "French"}
    assert (wrong.status_code, "no colon" in wrong.text) == (400, True)
    assert [(row["id"], row["attributes"]) for row in found] == [(bo.pk, {"language": "French"})]
    assert "language: French" in browser(admin).get(f"/admin/incidents/user/{bo.pk}/change/").text


def test_without_the_entitlement_attributes_stay_as_they_are():
    bo = make_user("Bo", attributes={"language": "French"})
    people = make_user("Ada")
    people.groups.add(role("People", CHANGE_PEOPLE, without=[MAINTAIN_ATTRIBUTES]))
    api, url = script(people, "config:write"), f"{API}/users/{bo.pk}/"
    form = person_form(bo, name="Bo F", attributes="a: b")

    refused = api.patch(url, {"attributes": {}})
    same = api.patch(url, {"attributes": {"language": "French"}, "name": "Bo"})
    page = browser(people).post(f"/admin/incidents/user/{bo.pk}/change/", form)
    own = script(bo, "config:write").patch(f"{API}/me/", {"attributes": {}})

    assert (refused.status_code, same.status_code, page.status_code) == (403, 200, 302)
    assert "UserAttribute_Maintenance" in refused.text
    assert own.status_code in (200, 400)
    bo = User.objects.get(pk=bo.pk)
    assert (bo.name, bo.attributes) == ("Bo F", {"language": "French"})
