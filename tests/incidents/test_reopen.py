import pytest

from incidents.actions import ingest, respond, restart
from incidents.errors import NotResolved
from incidents.models import Alert, Incident
from tests.factories import make_alert, make_incident, make_report, make_service, make_user

pytestmark = pytest.mark.django_db


def test_reopening_begins_a_new_round_without_an_owner():
    incident = make_incident()
    respond.acknowledge(incident.pk, by=make_user())
    respond.resolve(incident.pk)

    restart.reopen(incident.pk, note="It is back")

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == (Incident.Status.OPEN, 2)
    assert (incident.assignee, incident.resolved_at, incident.resolution) == (None, None, "")
    assert incident.timeline.last().text == "It is back"


def test_reopening_twice_changes_nothing():
    incident = make_incident()
    respond.resolve(incident.pk)
    restart.reopen(incident.pk)

    restart.reopen(incident.pk)

    incident.refresh_from_db()
    assert incident.paging_round == 2
    assert incident.timeline.filter(verb="reopened").count() == 1


def test_what_somebody_has_cannot_be_reopened():
    incident = make_incident()
    respond.acknowledge(incident.pk, by=make_user())

    with pytest.raises(NotResolved):
        restart.reopen(incident.pk)


def test_its_sender_can_still_end_what_a_person_reopened():
    service = make_service()
    ingest.report([make_report(service)])
    incident = Incident.objects.get()
    respond.resolve(incident.pk)

    restart.reopen(incident.pk)
    (outcome,) = ingest.report([make_report(service, "resolve")])

    incident.refresh_from_db()
    assert (outcome.result, incident.status) == ("closed", Incident.Status.RESOLVED)


def test_an_alert_that_ended_before_the_incident_stays_ended():
    incident = make_incident()
    ended, last = make_alert(incident, "a"), make_alert(incident, "b")
    Alert.objects.filter(pk=ended.pk).update(closed_at=incident.opened_at)
    respond.resolve(incident.pk)

    restart.reopen(incident.pk)

    assert list(Alert.objects.open()) == [last]


def test_what_its_sender_has_reported_anew_is_not_reopened():
    service = make_service()
    ingest.report([make_report(service)])
    incident = Incident.objects.get()
    respond.resolve(incident.pk)
    ingest.report([make_report(service)])

    restart.reopen(incident.pk)

    assert Alert.objects.open().get().incident != incident
