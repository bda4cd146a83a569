"""By the API and on the page a person says anew what an incident is."""

import pytest

from incidents.actions import edit
from incidents.models import Incident
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import (
    make_incident,
    make_service,
    make_team,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


def test_patch_changes_and_answers_the_incident():
    incident, service = make_incident(severity="warning"), make_service(name="Shop")
    body = {"title": "Disk full", "severity": "error", "priority": "P2", "service": "shop"}

    found = owner().patch(f"{LIST}{incident.pk}/", body)

    assert found.status_code == 200, found.json()
    assert {name: found.json()[name] for name in ("title", "severity", "priority")} == {
        "title": "Disk full",
        "severity": "error",
        "priority": "P2",
    }
    assert found.json()["service"] == service.pk


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"titel": "x"}, "titel"),
        ({"status": "resolved"}, "status"),
        ({"urgency": "medium"}, "urgency"),
        ({"title": ""}, "title"),
        ({"expected": {"colour": "red"}}, "expected"),
    ],
)
def test_patch_names_the_field_that_it_cannot_use(body, named):
    found = owner().patch(f"{LIST}{make_incident().pk}/", body)

    assert found.status_code == 400
    assert named in found.json()["fields"]


def test_patch_of_what_changed_meanwhile_is_409():
    incident = make_incident(priority="P1")

    found = owner().patch(
        f"{LIST}{incident.pk}/", {"priority": "P3", "expected": {"priority": "P2"}}
    )

    assert (found.status_code, found.json()["code"]) == (409, "changed_meanwhile")


def test_patch_is_for_who_may_act():
    service = make_service()
    stakeholder = make_login("Stakeholder")
    service.team = make_team(stakeholder)
    service.save()

    found = script(stakeholder).patch(f"{LIST}{make_incident(service).pk}/", {"priority": "P1"})

    assert found.status_code == 403


def test_many_are_changed_at_once():
    incidents = [make_incident(), make_incident()]
    body = {"ids": [one.pk for one in incidents], "action": "edit", "priority": "P4"}

    found = owner().post(f"{LIST}bulk/", body).json()["results"]

    assert [row["ok"] for row in found] == [True, True]
    assert set(Incident.objects.values_list("priority", flat=True)) == {"P4"}


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana Ferreira")


@pytest.fixture
def incident(ana):
    return make_incident(make_service(team=make_team(ana)), title="Disk", description="One\nTwo")


def fill_in(incident, **changed):
    """What a browser sends: all fields, and what each held when the page was opened."""
    seen = {
        "title": incident.title,
        "severity": incident.severity,
        "urgency": incident.urgency,
        "priority": incident.priority,
        "service": str(incident.service_id),
        "description": incident.description.replace("\n", "\r\n"),
    }
    return {**{f"initial-{name}": text for name, text in seen.items()}, **seen, **changed}


def test_only_what_the_person_changed_is_written(ana, incident):
    sent = fill_in(incident, title="Disk full", description="One\r\nTwo\r\nThree")
    edit.edit(incident.pk, severity="info")  # Another one, after the page was opened.

    answer = browser(ana).post(f"/incidents/{incident.pk}/edit/", sent, follow=True)

    incident.refresh_from_db()
    assert answer.status_code == 200
    assert (incident.title, incident.severity) == ("Disk full", "info")
    assert incident.description == "One\nTwo\nThree"
    assert not incident.is_urgency_fixed
    assert "Ana Ferreira changed it" in words(answer)


def test_the_page_says_what_another_has_changed_meanwhile(ana, incident):
    sent = fill_in(incident, title="Disk full")
    edit.edit(incident.pk, title="Disk of db1")

    answer = browser(ana).post(f"/incidents/{incident.pk}/edit/", sent)

    assert answer.status_code == 422
    assert "it is “Disk of db1” now" in words(answer)


def test_the_page_shows_what_is(ana, incident):
    page = browser(ana).get(f"/incidents/{incident.pk}/edit/")

    assert page.status_code == 200
    assert 'value="Disk"' in page.content.decode()
