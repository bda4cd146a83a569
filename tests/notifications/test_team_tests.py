"""One button asks a whole team whether pages reach it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import Membership
from notifications.actions import team_tests
from notifications.models import Notification, TeamTest
from tests.api import script
from tests.factories import make_method, make_team, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    """Mia manages it; Bo has a second address, Cy is switched off, Di has none that is used."""
    mia = make_person("Group Admin", name="Mia")
    bo, cy, di = make_user("Bo"), make_user("Cy", is_active=False), make_user("Di", email=False)
    make_method(bo)
    make_method(bo, is_verified=False)
    team = make_team(mia, bo, cy, di)
    Membership.objects.filter(user=mia).update(is_manager=True)
    return team


def names():
    return sorted(Notification.objects.filter(event="test").values_list("user__name", flat=True))


def manager_of(team):
    return team.memberships.get(is_manager=True).user


def test_each_contact_method_in_use_of_each_member_gets_a_test_at_most_once_an_hour(team):
    mia = manager_of(team)

    assert team_tests.test_team(team, by=mia).count == 3
    with pytest.raises(InvalidRequest, match="less than an hour ago"):
        team_tests.test_team(team, by=mia)
    assert names() == ["Bo", "Bo", "Mia"]

    TeamTest.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    team_tests.test_team(team, by=mia)
    assert len(names()) == 6


def test_a_team_whom_nothing_reaches_is_not_asked():
    with pytest.raises(InvalidRequest, match="Nobody in this team"):
        team_tests.test_team(make_team(make_user(email=False)), by=make_user())

    assert not TeamTest.objects.exists()


def test_only_answers_since_it_was_asked_are_counted(team):
    mia, now = manager_of(team), timezone.now()
    mia.contact_methods.update(proven_at=now - timedelta(days=1))
    team_tests.test_team(team, by=mia)
    assert team_tests.reach_of(team).answered == 0

    mia.contact_methods.update(proven_at=timezone.now())
    assert team_tests.reach_of(team).answered == 1


def test_its_manager_asks_by_the_api_and_sees_no_addresses(team):
    client = script(manager_of(team))

    asked = client.post(f"/api/v1/teams/{team.pk}/send_tests/")
    again = client.post(f"/api/v1/teams/{team.pk}/send_tests/")
    seen = client.get(f"/api/v1/teams/{team.pk}/reachability/")

    assert (asked.status_code, again.status_code) == (202, 409)
    assert seen.json() == asked.json()
    assert [member["user_name"] for member in seen.json()["members"]] == ["Mia", "Bo", "Di"]
    assert seen.json()["asked_by"] == manager_of(team).pk
    assert b"@" not in seen.content


def test_who_does_not_manage_it_asks_nobody(team):
    cy = make_person("Responder", name="Cy")
    Membership.objects.create(team=team, user=cy)
    client = script(cy)

    assert client.post(f"/api/v1/teams/{team.pk}/send_tests/").status_code == 403
    assert client.get(f"/api/v1/teams/{team.pk}/reachability/").status_code == 403
    assert names() == []


def test_the_page_of_the_team_shows_who_is_proven_and_asks_all(team):
    owner = make_person("Owner")
    path = f"/admin/incidents/team/{team.pk}/change/"
    page = browser(owner).get(path)
    form = dict.fromkeys(("description", "attributes"), "")
    button = "incidents_team_send_tests"
    prefix = {
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    done = browser(owner).post(path, {**form, **prefix, "name": team.name, button: "1"})

    assert "Bo: Email not proven, Email not proven" in words(page)
    assert "Di: no contact method" in words(page)
    assert done.status_code == 302
    assert names() == ["Bo", "Bo", "Mia"]
