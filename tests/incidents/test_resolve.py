from datetime import timedelta

import pytest

from incidents.actions import respond
from incidents.models import Incident
from tests.factories import make_alert, make_incident, make_user

pytestmark = pytest.mark.django_db


def test_resolving_closes_the_incident_and_its_alerts():
    incident, alice = make_incident(), make_user()
    alert = make_alert(incident)

    respond.resolve(incident.pk, by=alice, note="Restarted it")

    incident.refresh_from_db()
    alert.refresh_from_db()
    assert (incident.status, incident.resolution) == (Incident.Status.RESOLVED, "resolved")
    assert alert.closed_at == incident.resolved_at
    assert (incident.timeline.get().text, incident.timeline.get().by) == ("Restarted it", alice)


def test_resolving_twice_changes_nothing(heard, django_capture_on_commit_callbacks):
    incident = make_incident()
    respond.resolve(incident.pk, note="first")

    with django_capture_on_commit_callbacks(execute=True):
        respond.resolve(incident.pk, note="second", cancelled=True)

    incident.refresh_from_db()
    assert incident.resolution == "resolved"
    assert incident.timeline.get().text == "first"
    assert heard == []


def test_cancelling_is_a_way_of_resolving():
    incident = make_incident()

    respond.resolve(incident.pk, cancelled=True)

    incident.refresh_from_db()
    assert (incident.status, incident.resolution) == (Incident.Status.RESOLVED, "cancelled")
    assert incident.timeline.get().facts == {"resolution": "cancelled"}


def test_a_snooze_ends_with_the_incident():
    incident = make_incident()
    respond.snooze(incident.pk, incident.opened_at + timedelta(days=29))

    respond.resolve(incident.pk)

    incident.refresh_from_db()
    assert incident.snoozed_until is None
