import pytest

from incidents.actions import respond
from incidents.errors import IncidentClosed
from incidents.models import Incident
from tests.factories import make_incident, make_user, minutes

pytestmark = pytest.mark.django_db


def test_acknowledging_takes_the_incident_and_says_so(heard, django_capture_on_commit_callbacks):
    incident, alice = make_incident(), make_user()

    with django_capture_on_commit_callbacks(execute=True):
        respond.acknowledge(incident.pk, by=alice, via="web")

    incident.refresh_from_db()
    assert incident.status == Incident.Status.ACKNOWLEDGED
    assert incident.assignee == alice
    assert [(e.verb, e.by, e.via) for e in incident.timeline.all()] == [
        ("acknowledged", alice, "web")
    ]
    assert heard == ["acknowledged"]


def test_acknowledging_twice_changes_nothing(heard, django_capture_on_commit_callbacks):
    incident = make_incident()
    first, second = make_user(), make_user()
    respond.acknowledge(incident.pk, by=first)

    with django_capture_on_commit_callbacks(execute=True):
        respond.acknowledge(incident.pk, by=second)

    incident.refresh_from_db()
    assert incident.assignee == first
    assert incident.timeline.get().by == first
    assert heard == []


def test_who_owns_it_keeps_owning_it_when_another_acknowledges():
    owner, other = make_user(), make_user()
    incident = make_incident(assignee=owner)

    respond.acknowledge(incident.pk, by=other)

    incident.refresh_from_db()
    assert incident.assignee == owner


def test_acknowledging_ends_a_snooze():
    incident = make_incident()
    respond.snooze(incident.pk, incident.opened_at + minutes(60))

    respond.acknowledge(incident.pk, by=make_user())

    incident.refresh_from_db()
    assert incident.status == Incident.Status.ACKNOWLEDGED
    assert incident.snoozed_until is None


def test_who_acknowledges_too_late_is_refused_and_on_the_timeline_once():
    incident, late = make_incident(), make_user()
    respond.resolve(incident.pk)

    for _ in range(2):
        with pytest.raises(IncidentClosed):
            respond.acknowledge(incident.pk, by=late, via="mail link")

    incident.refresh_from_db()
    assert incident.is_resolved
    entries = incident.timeline.filter(verb="rejected_already_resolved")
    assert [(e.by, e.via, e.facts) for e in entries] == [
        (late, "mail link", {"verb": "acknowledge"})
    ]


def test_each_person_who_comes_too_late_is_noted():
    incident = make_incident()
    respond.resolve(incident.pk)

    for person in (make_user(), make_user()):
        with pytest.raises(IncidentClosed):
            respond.acknowledge(incident.pk, by=person)

    assert incident.timeline.filter(verb="rejected_already_resolved").count() == 2
