"""Whom a sender calls the assignee owns the incident, where it is one of our people."""

import pytest

from escalation.models import Run
from incidents.actions import respond
from incidents.models import Incident
from tests.api import make_person
from tests.factories import make_integration, make_policy, make_service, make_user
from tests.integrations.posting import post, work

pytestmark = pytest.mark.django_db
RULES = {
    "source": "Desk",
    "fields": {"source_id": "id", "subject": "title", "assignee": "owner"},
}


def report(client, *owners):
    service = make_service(make_policy(make_user("First")))
    integration = make_integration("custom", service=service, rules=RULES)
    for owner in owners:
        post(client, integration, {"id": 7, "title": "Disk full", "owner": owner})
        work()
    return Incident.objects.get()


@pytest.mark.parametrize("written", ["ada@example.com", "ADA@example.com", "Ada Lovelace"])
def test_a_person_of_ours_becomes_the_owner_and_is_paged_all_the_same(client, written):
    ada = make_user("Ada Lovelace")
    ada.email = "ada@example.com"
    ada.save()

    incident = report(client, written)

    assert (incident.assignee, incident.status) == (ada, "open")
    line = incident.timeline.get(verb="assigned")
    assert line.text == f"To {written}, as Desk says; people are paged all the same"
    assert Run.objects.get().state == "escalating"


@pytest.mark.parametrize("written", ["", "nobody@example.com", "Grace"])
def test_who_is_unknown_or_ambiguous_owns_nothing(client, written):
    make_user("Grace")
    make_user("Grace")

    incident = report(client, written)

    assert incident.assignee is None
    assert not incident.timeline.filter(verb="assigned").exists()


def test_a_later_message_names_the_owner_where_there_is_none(client):
    ada = make_user("Ada")

    incident = report(client, "", "Ada", "Ada")

    assert incident.assignee == ada
    assert incident.timeline.filter(verb="assigned").count() == 1


def test_who_has_taken_it_keeps_it(client):
    ada, bob = make_user("Ada"), make_user("Bob")
    incident = report(client, "")
    respond.assign(incident.pk, bob)

    integration = incident.alerts.get().messages.first().integration
    post(client, integration, {"id": 7, "title": "Disk full", "owner": "Ada"})
    work()

    incident.refresh_from_db()
    assert (incident.assignee, incident.status) == (bob, "acknowledged")
    assert ada != bob


def test_who_only_reads_along_owns_nothing(client):
    sam = make_person("Stakeholder", name="Sam")

    incident = report(client, sam.email)

    assert incident.assignee is None
