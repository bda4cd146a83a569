"""What a sender says newly is what people read; what it said first stays on the timeline."""

import pytest

from escalation.actions import ingest
from incidents.models import Alert, Incident
from notifications.actions.build_message import build_message
from tests.factories import (
    NOON,
    make_integration,
    make_page,
    make_policy,
    make_report,
    make_service,
    make_user,
)
from tests.integrations.posting import event, post_event, work

pytestmark = pytest.mark.django_db


def test_a_dedup_match_of_goalert_brings_the_page_up_to_date_and_keeps_the_first(client):
    integration = make_integration("goalert")
    for text in ("Disk 80 % full", "Disk 99 % full", "Disk 100 % full"):
        body = {"summary": text, "details": f"{text} now", "dedup": "d80"}
        address = f"/api/v2/generic/incoming?token={integration.token}"
        assert client.post(address, body, content_type="application/json").status_code < 300
        work()

    incident, alert = Incident.objects.get(), Alert.objects.get()
    assert (incident.title, alert.title) == ("Disk 100 % full", "Disk 100 % full")
    assert incident.description.startswith("Disk 100 % full now")
    assert alert.count == 3
    lines = [line.text for line in incident.timeline.filter(verb="updated")]
    assert lines == ["First: Disk 80 % full. Now: Disk 99 % full"]


def test_the_newest_details_are_kept_with_those_that_are_said_no_more(client):
    integration = make_integration("events-api-v2")
    for details in ({"cpu": "80", "host": "db-1"}, {"cpu": "99"}):
        post_event(client, integration, event(custom_details=details))
        work()

    assert Alert.objects.get().attributes["custom_fields"].items() >= {
        ("cpu", "99"),
        ("host", "db-1"),
    }


def test_later_mails_say_the_newest():
    service = make_service(make_policy(make_user("Ann")))
    ingest.report([make_report(service, title="Disk 80 % full")], now=make_report(service).at)
    ingest.report([make_report(service, title="Disk 99 % full")], now=make_report(service).at)

    page = make_page(Incident.objects.get(), make_user("Bea"))
    message = build_message([page], now=NOON, may_repeat=False)

    assert message.incidents[0].title == "Disk 99 % full"


def test_two_texts_in_one_batch_make_one_incident_with_the_second():
    service = make_service()
    reports = [make_report(service, title=title) for title in ("one", "two")]

    ingest.report(reports, now=reports[0].at)

    incident = Incident.objects.get()
    assert (incident.title, incident.alerts.get().first_title) == ("two", "one")
    assert incident.timeline.get(verb="updated").text == "First: one. Now: two"


def test_an_empty_text_takes_nothing_away():
    service = make_service()
    first = make_report(service, title="Disk full", long_text="of db-1", url="https://x.example")
    ingest.report([first], now=first.at)

    ingest.report([make_report(service, title="", long_text="")], now=first.at)

    incident = Incident.objects.get()
    assert (incident.title, incident.description) == ("Disk full", "of db-1")
    assert incident.url == "https://x.example"
    assert not incident.timeline.filter(verb="updated").exists()


def test_an_alert_that_joined_an_incident_changes_its_own_text_alone():
    service = make_service()
    ingest.report([make_report(service, key="a", title="A")], now=make_report(service).at)
    other = Alert.objects.create(
        incident=Incident.objects.get(), service=service, key="b", title="B"
    )

    ingest.report([make_report(service, key="b", title="B, worse")], now=make_report(service).at)

    other.refresh_from_db()
    assert (Incident.objects.get().title, other.title) == ("A", "B, worse")


@pytest.mark.parametrize("action", ["resolve", "acknowledge", "update"])
def test_what_is_no_new_alert_changes_no_title(action):
    service = make_service()
    ingest.report([make_report(service, title="Disk full")], now=make_report(service).at)

    ingest.report([make_report(service, action, title="All well")], now=make_report(service).at)

    assert Incident.objects.get().title == "Disk full"
