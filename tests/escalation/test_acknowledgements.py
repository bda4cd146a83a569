"""Several people may have to acknowledge, where a step says so."""

import pytest

from escalation.actions import escalate, restart, scheduler, start
from escalation.models import Run
from incidents.actions import respond
from incidents.models import Incident
from notifications import action_links
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import (
    add_step,
    make_page,
    make_policy,
    make_service,
    make_team,
    make_user,
    minutes,
)
from tests.pages import browser, make_person, words
from tests.threads import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [make_person("Responder", name=name) for name in ("Ana", "Bo", "Cy")]


@pytest.fixture
def incident(people):
    """Two of the three have to acknowledge."""
    policy = make_policy()
    add_step(policy, *people, required_acknowledgements=2)
    add_step(policy, people[2], required_acknowledgements=1)
    return start.open_incident(make_service(policy, team=make_team(*people)), "Disk full")


def status(incident):
    return Incident.objects.get(pk=incident.pk).status


def test_it_pages_until_the_last_of_those_who_have_to_has(incident, people):
    ana, bo, _ = people

    for _ in range(2):
        respond.acknowledge(incident.pk, by=ana)

    assert status(incident) == "open"
    assert Run.objects.get().state == "escalating"
    [line] = incident.timeline.filter(verb="acknowledged_in_part")
    assert (line.by, line.text) == (ana, "1 of 2")
    respond.acknowledge(incident.pk, by=bo)
    incident.refresh_from_db()
    assert (incident.status, incident.assignee) == ("acknowledged", ana)
    assert incident.timeline.filter(verb="acknowledged").get().by == bo


def test_the_next_step_says_anew_how_many_and_pages_nobody_who_has(incident, people):
    ana, _, cy = people
    respond.acknowledge(incident.pk, by=cy)

    escalate.escalate(incident.pk)

    assert cy.notifications.filter(channel="email").count() == 1
    assert incident.timeline.filter(verb="no_recipient").exists()
    respond.acknowledge(incident.pk, by=ana)
    assert status(incident) == "acknowledged"


def test_a_retry_pages_those_who_have_not_yet(people):
    ana, bo, _ = people
    policy = make_policy()
    add_step(policy, ana, bo, required_acknowledgements=2, retries=1, retry_seconds=60)
    incident = start.open_incident(make_service(policy), "Disk full")
    respond.acknowledge(incident.pk, by=ana)

    run = Run.objects.get()
    key = (run.pk, run.paging_round, run.repeat, run.position, run.retry)
    scheduler.take_steps([key], now=run.next_step_at + minutes(0))

    sent = [one.notifications.filter(channel="email").count() for one in (ana, bo)]
    assert sent == [1, 2]
    respond.acknowledge(incident.pk, by=bo)
    assert status(incident) == "acknowledged"


def test_a_new_round_counts_anew(incident, people):
    ana, bo, _ = people
    for person in (ana, bo):
        respond.acknowledge(incident.pk, by=person)
    restart.unacknowledge(incident.pk)

    respond.acknowledge(incident.pk, by=ana)

    assert status(incident) == "open"


def test_who_is_given_it_has_it_and_a_machine_counts_for_all(incident, people):
    respond.assign(incident.pk, people[0])
    assert status(incident) == "acknowledged"
    restart.unacknowledge(incident.pk)

    respond.acknowledge(incident.pk, via="a tool")

    assert status(incident) == "acknowledged"


def test_where_one_is_enough_nothing_is_counted(people):
    incident = start.open_incident(make_service(make_policy(people[0])), "Disk full")

    respond.acknowledge(incident.pk, by=people[1])

    assert status(incident) == "acknowledged"
    assert not incident.acknowledgements.exists()


@pytest.mark.django_db(transaction=True)
def test_of_those_who_acknowledge_at_once_each_counts():
    for _ in range(4):
        people = [make_user(), make_user()]
        policy = make_policy()
        add_step(policy, *people, required_acknowledgements=2)
        incident = start.open_incident(make_service(policy), "Disk full")
        race(
            lambda: respond.acknowledge(incident.pk, by=people[0]),  # noqa: B023
            lambda: respond.acknowledge(incident.pk, by=people[1]),  # noqa: B023
        )
        assert status(incident) == "acknowledged"
        assert incident.timeline.filter(verb="acknowledged_in_part").count() == 1


def test_a_page_a_link_and_the_api_say_that_others_have_to(incident, people):
    ana, bo, _ = people
    client = browser(ana)
    answer = client.post(f"/incidents/{incident.pk}/acknowledge/", follow=True)
    page = words(answer)
    assert f"1 of 2 have acknowledged: #{incident.pk} goes on paging until all have." in page
    assert "1 of 2 have acknowledged: Ana. It pages until all have." in page
    found = owner().get(f"/api/v1/incidents/{incident.pk}/").json()
    assert (found["acknowledgements"], found["acknowledgements_wanted"]) == ([ana.pk], 2)
    mail = make_page(incident, ana)
    link = action_links.action_url(
        incident.pk, ana.pk, "acknowledge", delivery_id=str(mail.delivery_id)
    )
    told = words(client.post(f"/a/{link.partition('/a/')[2]}"))
    assert "Your acknowledgement counts. 1 of 2 have acknowledged" in told
    several = client.post(
        "/incidents/bulk/", {"incident": incident.pk, "do": "acknowledge"}, follow=True
    )
    assert "goes on paging: others have to acknowledge" in words(several)
    assert script(bo).post(f"/api/v1/incidents/{incident.pk}/acknowledge/").json()["status"] == (
        "acknowledged"
    )


def test_a_policy_says_how_many():
    ana = make_login("Responder")
    step = {"targets": [{"user": ana.pk}], "required_acknowledgements": 2}

    made = owner().post("/api/v1/policies/", {"name": "Two", "steps": [step]})

    assert made.json()["steps"][0]["required_acknowledgements"] == 2
    for number in (0, 21):
        wrong = {"name": "Wrong", "steps": [{**step, "required_acknowledgements": number}]}
        assert owner().post("/api/v1/policies/", wrong).status_code == 400
