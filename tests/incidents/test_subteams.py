"""Teams within teams never hold themselves."""

import pytest

from tests.api import make_person, owner
from tests.factories import make_team
from tests.pages import browser

pytestmark = pytest.mark.django_db


def test_teams_within_teams_by_the_api_never_hold_themselves():
    outer, inner, client = make_team(), make_team(), owner()
    path = "/api/v1/teams/{}/"

    answer = client.patch(path.format(outer.pk), {"subteams": [inner.name]})
    assert answer.json()["subteams"] == [inner.pk]
    for team, wrong in ((inner, outer), (outer, outer)):
        answer = client.patch(path.format(team.pk), {"subteams": [wrong.pk]})
        assert answer.status_code in (400, 409), answer.json()
    assert list(outer.subteams.all()) == [inner]
    assert not inner.subteams.exists()


def test_a_team_that_would_hold_itself_is_refused_in_the_admin():
    outer, inner = make_team(), make_team()
    outer.subteams.add(inner)
    sent = {"name": inner.name, "subteams": [outer.pk]}
    sent |= {
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }

    answer = browser(make_person("App Admin")).post(
        f"/admin/incidents/team/{inner.pk}/change/", sent
    )

    assert "has it in it" in answer.content.decode()
