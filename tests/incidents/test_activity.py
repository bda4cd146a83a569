"""Whatever a person does with an incident is activity, which postpones what waits for silence."""

from datetime import UTC, datetime

import pytest

from escalation.actions import add_responders, merging
from incidents.actions import edit, links, respond, responder_requests, watching
from incidents.models import Incident
from tests.factories import make_alert, make_incident, make_service, make_team, make_user

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ACTIONS = {
    "comment": lambda pk, **who: respond.comment(pk, "On it", **who),
    "edit": lambda pk, **who: edit.edit(pk, priority="P1", **who),
    "team": lambda pk, **who: edit.give_to_team(pk, make_team(), **who),
    "link": lambda pk, **who: links.link(pk, make_incident().pk, **who),
    "merge": lambda pk, **who: merging.merge(pk, [make_incident().pk], **who),
    "split": lambda pk, **who: merging.split(pk, [first_alert(pk)], **who),
    "ask": lambda pk, **who: add_responders.ask(pk, users=[make_user()], **who),
    "watch": lambda pk, **who: watching.watch(pk, make_user(), **who),
}


def first_alert(number):
    return Incident.objects.get(pk=number).alerts.first().pk


@pytest.fixture
def incident():
    incident = make_incident(make_service(), active_at=LONG_AGO)
    for key in "ab":
        make_alert(incident, key)
    return incident


@pytest.mark.parametrize("name", ACTIONS)
def test_what_a_person_does_is_activity_and_what_a_machine_does_is_none(incident, name):
    ACTIONS[name](incident.pk, by=None)
    by_machine = Incident.objects.get(pk=incident.pk).active_at
    Incident.objects.update(priority="", team=None)

    if name == "split":
        make_alert(incident, "c")
    ACTIONS[name](incident.pk, by=make_user())

    line = incident.timeline.exclude(by=None).last()
    assert by_machine == LONG_AGO
    assert Incident.objects.get(pk=incident.pk).active_at >= line.at


def test_an_answer_to_a_request_is_activity(incident):
    ana = make_user()
    add_responders.ask(incident.pk, users=[ana])

    responder_requests.answer(incident.pk, "accepted", by=ana)

    assert Incident.objects.get(pk=incident.pk).active_at == incident.timeline.last().at


def test_the_time_of_an_acknowledgement_is_that_of_its_activity(incident):
    respond.acknowledge(incident.pk, by=make_user())

    incident.refresh_from_db()
    assert incident.active_at == incident.acknowledged_at == incident.timeline.last().at
