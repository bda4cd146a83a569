"""A person says anew what an incident is."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone

from incidents.actions import edit, ingest, respond
from incidents.actions import open as incident_open
from incidents.errors import ChangedMeanwhile, IncidentClosed, InvalidRequest, ServiceArchived
from incidents.models import Alert, Incident
from tests.factories import (
    make_alert,
    make_incident,
    make_report,
    make_service,
    make_user,
    minutes,
)
from tests.threads import race

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


def test_what_is_changed_is_on_the_timeline_with_before_and_after():
    incident, ana = make_incident(title="Disk", severity="warning", urgency="low"), make_user()

    edit.edit(incident.pk, by=ana, via="web", title="Disk full", severity="critical")

    incident.refresh_from_db()
    assert (incident.title, incident.severity, incident.urgency) == (
        "Disk full",
        "critical",
        "high",
    )
    line = incident.timeline.get()
    assert (line.verb, line.by, line.via) == ("edited", ana, "web")
    assert line.text == "Title: from Disk to Disk full; Severity: from warning to critical"
    assert line.facts["changes"]["severity"] == ["warning", "critical"]


def test_a_change_done_twice_is_done_once():
    incident = make_incident()

    for _ in range(2):
        edit.edit(incident.pk, priority="P1", urgency="low")

    assert incident.timeline.count() == 1


def test_the_urgency_that_a_person_chose_stays_when_the_severity_rises():
    service = make_service()
    ingest.report([make_report(service, severity="warning")])
    incident = Incident.objects.get()
    edit.edit(incident.pk, urgency="low")

    ingest.report([make_report(service, severity="critical")])

    incident.refresh_from_db()
    assert (incident.severity, incident.urgency, incident.is_urgency_fixed) == (
        "critical",
        "low",
        True,
    )


def test_what_a_person_calls_less_bad_rises_when_the_support_hours_begin_as_what_opens_so():
    now = timezone.localtime(timezone.now(), UTC)
    days = [(now + timedelta(days=2)).strftime("%a").lower()]
    hours = [{"days": days, "start": "09:00", "end": "17:00"}]
    service = make_service(support_hours=hours, raise_at_opening=True)
    incident = incident_open.open_incident(service, "Disk full", severity="critical")

    lower = edit.edit(incident.pk, severity="warning").raise_urgency_at
    higher = edit.edit(incident.pk, severity="critical").raise_urgency_at

    assert (incident.raise_urgency_at, higher) == (None, None)
    assert lower == service.hours.next_opening(now)


def test_an_urgency_that_nobody_chose_follows_the_severity():
    service = make_service()
    ingest.report([make_report(service, severity="warning")])

    ingest.report([make_report(service, severity="error")])

    assert Incident.objects.get().urgency == "high"


def test_a_change_of_what_another_has_changed_meanwhile_is_refused_and_names_it():
    incident = make_incident(severity="warning")
    edit.edit(incident.pk, severity="critical")

    with pytest.raises(ChangedMeanwhile, match=r"severity of #.* it is “critical” now"):
        edit.edit(incident.pk, severity="info", expected={"severity": "warning"})

    incident.refresh_from_db()
    assert incident.severity == "critical"


def test_a_change_of_another_field_meanwhile_does_not_matter():
    incident = make_incident(title="Disk", severity="warning")
    edit.edit(incident.pk, severity="critical")

    edit.edit(incident.pk, title="Disk full", expected={"title": "Disk"})

    incident.refresh_from_db()
    assert (incident.title, incident.severity) == ("Disk full", "critical")


def test_who_wants_what_another_did_already_is_not_refused():
    incident = make_incident(severity="warning")
    edit.edit(incident.pk, severity="critical")

    edit.edit(incident.pk, severity="critical", expected={"severity": "warning"})

    assert incident.timeline.count() == 1


def test_what_is_resolved_is_not_changed_any_more():
    incident = make_incident()
    respond.resolve(incident.pk)

    with pytest.raises(IncidentClosed):
        edit.edit(incident.pk, title="Else")


@pytest.mark.parametrize("title", ["", "   "])
def test_a_title_is_never_empty(title):
    with pytest.raises(InvalidRequest):
        edit.edit(make_incident().pk, title=title)


def test_an_incident_that_went_to_another_service_still_takes_its_alerts():
    service, other = make_service(), make_service(resolve_within_minutes=60)
    ingest.report([make_report(service)])
    incident = Incident.objects.get()

    edit.edit(incident.pk, service=other)
    [again] = ingest.report([make_report(service)])

    incident.refresh_from_db()
    assert (again.result, again.incident_id) == ("appended", incident.pk)
    assert incident.resolve_by == incident.opened_at + minutes(60)
    [ended] = ingest.report([make_report(service, "resolve")])
    incident.refresh_from_db()
    assert ended.result == "closed"
    assert incident.is_resolved
    assert Alert.objects.get().service == service


def test_nothing_goes_to_an_archived_service():
    incident = make_incident()
    archived = make_service(archived_at=incident.opened_at)

    with pytest.raises(ServiceArchived):
        edit.edit(incident.pk, service=archived)


def test_an_acknowledged_incident_that_a_person_calls_worse_pages_nobody_anew():
    service = make_service()
    ingest.report([make_report(service, severity="warning")])
    incident = Incident.objects.get()
    respond.acknowledge(incident.pk, by=make_user())
    edit.edit(incident.pk, severity="critical")

    ingest.report([make_report(service, severity="error")])

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == ("acknowledged", 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_of_one_field_one_is_refused():
    for _ in range(10):
        incident = make_incident(severity="warning")
        expected = {"severity": "warning"}
        found = race(
            lambda: edit.edit(incident.pk, severity="error", expected=expected),  # noqa: B023
            lambda: edit.edit(incident.pk, severity="critical", expected=expected),  # noqa: B023
        )
        assert sorted(type(one).__name__ for one in found) == ["ChangedMeanwhile", "Incident"]


# The API


# The page


def test_the_alerts_of_a_closed_batch_follow_to_the_other_service_as_well():
    service, other = make_service(), make_service()
    incident = make_incident(service)
    make_alert(incident, "a")
    make_alert(incident, "b")
    edit.edit(incident.pk, service=other)

    ingest.report([make_report(service, "resolve", key="a"), make_report(other, key="c")])

    incident.refresh_from_db()
    assert not incident.is_resolved
    assert incident.alerts.filter(closed_at=None).count() == 1
