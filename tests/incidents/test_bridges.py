"""Where people meet, and what is suppressed, as pages and the API show it."""

import pytest
from django.utils import timezone

from incidents.actions import ingest
from incidents.models import ConferenceBridge, Incident
from incidents.report import Suppression
from tests.api import make_person, script
from tests.factories import make_incident, make_report, make_service, minutes
from tests.pages import browser

pytestmark = pytest.mark.django_db
LIST = "/api/v1/conference-bridges/"


def test_a_bridge_is_written_and_read_by_the_api():
    client = script(make_person("Integrations Admin"))

    made = client.post(LIST, {"name": "Ops", "telephone_number": "+49 30 1", "access_code": "9"})

    assert made.status_code == 201, made.json()
    assert made.json()["text"] == "+49 30 1, code 9"
    changed = client.patch(f"{LIST}{made.json()['id']}/", {"meeting_url": "https://m.example/o"})
    assert changed.json()["text"] == "+49 30 1, code 9 · https://m.example/o"


def test_a_bridge_without_a_place_is_refused_with_the_field():
    client = script(make_person("Integrations Admin"))

    answer = client.post(LIST, {"name": "Nowhere"})

    assert answer.status_code == 400
    assert "telephone_number" in answer.json()["fields"]


def test_only_who_maintains_bridges_changes_them():
    assert script(make_person("Responder")).post(LIST, {"name": "x"}).status_code == 403
    assert script(make_person("Responder")).get(LIST).status_code == 200


def test_the_admin_lists_bridges_for_who_maintains_them(client):
    ConferenceBridge.objects.create(name="War room", telephone_number="+1 2")
    client.force_login(make_person("Integrations Admin"))

    assert b"War room" in client.get("/admin/incidents/conferencebridge/").content


def test_the_bridge_of_an_incident_is_to_tap():
    text = "+49 (30) 12-34, code 9# · https://meet.example/<ops>"
    incident = make_incident(conference_bridge=text)

    page = browser(make_person("Owner")).get(incident.get_absolute_url()).content.decode()

    assert 'href="tel:+49301234%2C%2C9%23"' in page
    assert 'href="https://meet.example/&lt;ops&gt;"' in page


def test_what_is_held_back_says_so_on_its_page_in_lists_and_in_the_api():
    until = timezone.now() + minutes(10)
    hold = Suppression("it waits for the support hours", until=until)
    ingest.report([make_report(make_service(), suppression=hold)])
    incident, owner = Incident.objects.get(), make_person("Owner")

    page = browser(owner).get(incident.get_absolute_url()).content.decode()
    rows = browser(owner).get("/incidents/").content.decode()
    found = script(owner).get(f"/api/v1/incidents/{incident.pk}/").json()

    assert "Suppressed until" in page
    assert "it waits for the support hours" in page
    assert "Page now" in page
    assert "suppressed until" in rows
    assert (found["suppressed_reason"], found["status"]) == (hold.reason, "open")
    assert found["suppressed_until"].startswith(f"{until:%Y-%m-%dT%H:%M}")
