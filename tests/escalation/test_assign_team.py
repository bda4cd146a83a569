"""An incident is given to a team, or given back."""

import pytest

from escalation.actions import assign_team, restart, start
from incidents.actions import respond
from incidents.errors import IncidentClosed
from incidents.models import Incident
from tests.api import owner
from tests.factories import make_policy, make_service, make_team, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


@pytest.fixture
def incident():
    return start.open_incident(make_service(make_policy(make_user())), "Disk full")


def paged(incident, person):
    return incident.notifications.filter(user=person, channel="email").count()


def test_a_team_that_gets_it_sees_it_and_its_primary_role_is_paged_once(incident):
    ana, bo = make_person("Responder"), make_person("Responder")
    team = make_team(ana)
    team.memberships.create(user=bo, is_primary=False, is_secondary=True)

    for _ in range(2):
        assign_team.assign_team(incident.pk, team)

    incident.refresh_from_db()
    assert (incident.team, incident.status) == (team, "open")
    assert (paged(incident, ana), paged(incident, bo)) == (1, 0)
    assert Incident.objects.visible_to(bo).filter(pk=incident.pk).exists()
    assert incident.timeline.filter(verb="assigned").count() == 1


def test_a_team_that_loses_it_sees_it_no_more_unless_it_was_paged(incident):
    bo = make_person("Responder")
    team = make_team(bo, is_primary=False)
    assign_team.assign_team(incident.pk, team)

    assign_team.assign_team(incident.pk, None)

    assert not Incident.objects.visible_to(bo).filter(pk=incident.pk).exists()


def test_a_team_gets_it_again_and_is_paged_again(incident):
    ana = make_person("Responder")
    team = make_team(ana)

    for wanted in (team, None, team):
        assign_team.assign_team(incident.pk, wanted)

    assert paged(incident, ana) == 2


def test_a_resolved_incident_goes_to_no_team(incident):
    respond.resolve(incident.pk)

    with pytest.raises(IncidentClosed):
        assign_team.assign_team(incident.pk, make_team())


def test_the_list_of_a_team_holds_what_it_was_given(incident):
    team = make_team()
    owner().post(f"{LIST}{incident.pk}/assign_team/", {"team": team.name})

    found = owner().get(f"{LIST}?team={team.pk}").json()["results"]

    assert [row["id"] for row in found] == [incident.pk]
    assert found[0]["team_name"] == team.name


def test_who_gives_it_back_has_it_no_more_and_it_pages_from_the_first_step(incident):
    respond.acknowledge(incident.pk, by=make_user())

    answer = owner().post(f"{LIST}{incident.pk}/unacknowledge/")

    found = answer.json()
    assert (answer.status_code, found["status"], found["paging_round"]) == (200, "open", 2)
    assert [run["state"] for run in found["runs"]] == ["escalating", "finished"]


def test_giving_back_what_is_open_changes_nothing(incident):
    restart.unacknowledge(incident.pk)

    incident.refresh_from_db()
    assert incident.paging_round == 1


def test_the_page_gives_it_to_a_team_and_back(incident):
    ana = make_person("Responder", name="Ana Ferreira")
    team = make_team(ana)
    incident.service.team = team
    incident.service.save()
    client = browser(ana)

    page = words(
        client.post(f"/incidents/{incident.pk}/assign-team/", {"team": team.pk}, follow=True)
    )
    assert f"#{incident.pk} is with {team} now." in page
    client.post(f"/incidents/{incident.pk}/acknowledge/")
    page = words(client.post(f"/incidents/{incident.pk}/unacknowledge/", follow=True))
    assert f"#{incident.pk} is open again, and nobody's." in page
    page = words(client.post(f"/incidents/{incident.pk}/assign-team/", {"team": "x"}, follow=True))
    assert "Choose a team." in page
