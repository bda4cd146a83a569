import pytest

from incidents.actions import respond
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Incident
from tests.factories import make_incident, make_user

pytestmark = pytest.mark.django_db


def test_assigning_gives_one_owner_and_counts_as_taken():
    incident, boss, owner = make_incident(), make_user(), make_user("Owen")

    respond.assign(incident.pk, owner, by=boss)

    incident.refresh_from_db()
    assert (incident.assignee, incident.status) == (owner, Incident.Status.ACKNOWLEDGED)
    assert incident.assigned_at == incident.acknowledged_at
    entry = incident.timeline.get()
    assert (entry.verb, entry.by, entry.text) == ("assigned", boss, "To Owen")


def test_assigning_the_same_person_twice_changes_nothing():
    incident, owner = make_incident(), make_user()
    respond.assign(incident.pk, owner)

    respond.assign(incident.pk, owner)

    assert incident.timeline.count() == 1


def test_assigning_who_only_acknowledged_makes_them_the_owner():
    incident, owner = make_incident(), make_user()
    respond.acknowledge(incident.pk, by=owner)

    respond.assign(incident.pk, owner)

    incident.refresh_from_db()
    assert incident.assigned_at is not None


def test_a_second_owner_takes_over_from_the_first():
    incident, second = make_incident(), make_user()
    respond.assign(incident.pk, make_user())

    respond.assign(incident.pk, second)

    incident.refresh_from_db()
    assert incident.assignee == second


def test_nobody_is_given_a_resolved_incident():
    incident = make_incident()
    respond.resolve(incident.pk)

    with pytest.raises(IncidentClosed):
        respond.assign(incident.pk, make_user())

    incident.refresh_from_db()
    assert incident.assignee is None
    assert incident.timeline.filter(verb="rejected_already_resolved").exists()


def test_who_has_left_is_given_nothing():
    incident = make_incident()

    with pytest.raises(InvalidRequest):
        respond.assign(incident.pk, make_user(is_active=False))

    incident.refresh_from_db()
    assert incident.is_open
