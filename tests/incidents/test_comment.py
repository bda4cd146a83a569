import pytest

from incidents.actions import respond
from incidents.errors import InvalidRequest
from incidents.models import Incident
from tests.factories import make_incident, make_user

pytestmark = pytest.mark.django_db


def test_a_comment_is_on_the_timeline_and_changes_nothing_else():
    incident, alice = make_incident(), make_user()

    respond.comment(incident.pk, "  Looking at it \n", by=alice)

    incident.refresh_from_db()
    assert incident.status == Incident.Status.OPEN
    entry = incident.timeline.get()
    assert (entry.verb, entry.text, entry.by) == ("commented", "Looking at it", alice)


def test_a_resolved_incident_can_still_be_commented():
    incident = make_incident()
    respond.resolve(incident.pk)

    respond.comment(incident.pk, "It was the disk")

    assert incident.timeline.last().text == "It was the disk"


def test_an_empty_comment_is_refused():
    with pytest.raises(InvalidRequest):
        respond.comment(make_incident().pk, "  \n")
