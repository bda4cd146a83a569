"""The topic of a message: its people are told as well, and its incident is about it."""

import pytest

from incidents.models import Alert, Incident, Topic
from tests.api import owner
from tests.escalation.workflows import make_workflow, notes, run_due
from tests.factories import make_team, make_user
from tests.integrations.test_plan_selection import alert, arrive, led, told

pytestmark = pytest.mark.django_db


def make_topic(name="Payments", *, teams=(), users=(), **fields):
    topic = Topic.objects.create(name=name, **fields)
    topic.teams.set(teams)
    topic.users.set(users)
    return topic


def test_the_people_of_a_topic_are_told_beside_those_of_the_policy(client):
    topic = make_topic(
        teams=[make_team(make_user("Primary"))],
        users=[make_user("Subscriber"), make_user("Gone", is_active=False)],
        priority="P2",
    )
    make_topic("Legal", users=[make_user("Lawyer")])

    arrive(client, led(told=[make_user("Day")]), alert(about="payments"))

    incident = Incident.objects.get()
    lines = list(incident.timeline.values_list("verb", "text"))
    assert told() == {"Day", "Primary", "Subscriber"}
    assert list(incident.topics.all()) == [topic]
    assert incident.priority == "P2"
    assert ("topic_added", "Payments") in lines


def test_a_text_that_is_no_topic_is_only_kept(client):
    arrive(client, led(told=[make_user("Day")]), alert(about="weather"))

    incident = Incident.objects.get()
    assert told() == {"Day"}
    assert Alert.objects.get().attributes["topic"] == "weather"
    assert incident.timeline.filter(verb__in=["topic_added", "recipient_unknown"]).count() == 0


def test_alerts_of_one_incident_publish_it_to_each_topic_once(client):
    payments, legal = make_topic(), make_topic("Legal")
    make_workflow("topic", {"kind": "note", "text": "about {topics}"})
    routing = {"grouping": {"minutes": 10}}
    integration = led(routing, told=[make_user("Day")])
    for number, about in enumerate(("Payments", "Payments", "Legal"), start=1):
        arrive(client, integration, alert(number, about=about))
    run_due(Incident.objects.get().opened_at)

    incident = Incident.objects.get()
    said = incident.timeline.filter(verb="topic_added").values_list("text", flat=True)
    assert list(said) == ["Payments", "Legal"]
    assert set(incident.topics.all()) == {payments, legal}
    assert len(notes(incident)) == 2


def test_a_message_that_only_repeats_an_alert_publishes_nothing(client):
    make_topic()
    integration = led(told=[make_user("Day")])
    arrive(client, integration, alert())
    arrive(client, integration, alert(about="Payments"))

    assert Incident.objects.get().topics.count() == 0


def test_incidents_are_found_by_their_topics(client):
    payments, legal = make_topic(), make_topic("Legal")
    integration = led(told=[make_user("Day")])
    for number, about in enumerate(("Payments", "Legal", ""), start=1):
        arrive(client, integration, alert(number, about=about))

    def found(topics):
        answer = owner().get(f"/api/v1/incidents/?topic={topics}")
        return {row["id"] for row in answer.json()["results"]}

    about = {
        topic: set(topic.incidents.values_list("pk", flat=True)) for topic in (payments, legal)
    }
    assert found(payments.pk) == about[payments]
    assert found(f"{payments.pk},{legal.pk}") == about[payments] | about[legal]
    assert len(about[payments] | about[legal]) == 2
