import pytest
from django.utils import timezone

from incidents.actions import respond, restart
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Incident
from tests.factories import make_incident, make_user, minutes

pytestmark = pytest.mark.django_db


def test_snoozing_holds_the_incident_until_the_time():
    incident, until = make_incident(), timezone.now() + minutes(30)

    respond.snooze(incident.pk, until, by=make_user(), reason="Deploy is running")

    incident.refresh_from_db()
    assert (incident.status, incident.snoozed_until) == (Incident.Status.ON_HOLD, until)
    assert incident.timeline.get().text == "Deploy is running"


def test_snoozing_twice_until_the_same_time_changes_nothing():
    incident, until = make_incident(), timezone.now() + minutes(30)
    respond.snooze(incident.pk, until)

    respond.snooze(incident.pk, until)

    assert incident.timeline.count() == 1


def test_a_snooze_may_be_made_longer():
    incident, until = make_incident(), timezone.now() + minutes(30)
    respond.snooze(incident.pk, until)

    respond.snooze(incident.pk, until + minutes(5))

    incident.refresh_from_db()
    assert incident.snoozed_until == until + minutes(5)


def test_a_time_that_has_passed_is_refused():
    incident = make_incident()

    with pytest.raises(InvalidRequest):
        respond.snooze(incident.pk, timezone.now() - minutes(1))

    incident.refresh_from_db()
    assert incident.is_open


def test_what_is_resolved_cannot_be_snoozed():
    incident = make_incident()
    respond.resolve(incident.pk)

    with pytest.raises(IncidentClosed):
        respond.snooze(incident.pk, timezone.now() + minutes(1))


def test_waking_begins_a_new_round_and_nobody_has_it_any_more():
    incident, until = make_incident(), timezone.now() + minutes(30)
    respond.acknowledge(incident.pk, by=make_user())
    respond.snooze(incident.pk, until)

    restart.end_snooze(incident.pk, now=until)

    incident.refresh_from_db()
    assert (incident.status, incident.paging_round) == (Incident.Status.OPEN, 2)
    assert incident.acknowledged_at is None
    assert incident.timeline.last().verb == "snooze_expired"


def test_nothing_wakes_before_its_time():
    incident, until = make_incident(), timezone.now() + minutes(30)
    respond.snooze(incident.pk, until)

    restart.end_snooze(incident.pk, now=until - minutes(1))

    incident.refresh_from_db()
    assert incident.status == Incident.Status.ON_HOLD
