"""Others are brought in: asked by name, or paged by a play or another policy."""

import pytest
from django.utils import timezone

from escalation.actions import add_responders, promote, start
from escalation.models import Play
from incidents.actions import respond, responder_requests
from incidents.errors import IncidentClosed, InvalidRequest, NotAsked
from incidents.models import Incident, Topic
from notifications.actions import deliver
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import (
    make_incident,
    make_policy,
    make_service,
    make_team,
    make_user,
    minutes,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


@pytest.fixture
def incident():
    return start.open_incident(make_service(make_policy(make_user())), "Disk full")


def mails(person):
    return person.notifications.filter(channel="email", event="incident.triggered")


def answers(incident):
    return {row.user: row.answer for row in incident.responder_requests.all()}


# Asked by name


def test_who_is_asked_is_paged_with_the_message_and_can_answer(incident):
    ana, bo = make_user("Ana"), make_user("Bo")

    add_responders.ask(incident.pk, users=[ana], message="The database, please", by=bo)

    assert answers(incident) == {ana: "pending"}
    assert mails(ana).get().reason == "asked for: by name. Bo: The database, please"
    responder_requests.answer(incident.pk, "accepted", by=ana)
    responder_requests.answer(incident.pk, "accepted", by=ana)
    assert answers(incident) == {ana: "accepted"}
    line = incident.timeline.get(verb="responder_answered")
    assert (line.by, line.text, line.facts["answer"]) == (ana, "Accepted", "accepted")


def test_to_accept_takes_nothing_and_to_decline_is_final_until_asked_again(incident):
    ana = make_user()
    add_responders.ask(incident.pk, users=[ana])
    responder_requests.answer(incident.pk, "declined", by=ana)
    incident.refresh_from_db()
    assert (incident.status, answers(incident)) == ("open", {ana: "declined"})

    add_responders.ask(incident.pk, users=[ana])

    assert answers(incident) == {ana: "pending"}
    assert mails(ana).count() == 2


def test_who_has_accepted_stays_so_when_asked_again(incident):
    ana = make_user()
    add_responders.ask(incident.pk, users=[ana])
    responder_requests.answer(incident.pk, "accepted", by=ana)

    add_responders.ask(incident.pk, users=[ana])

    assert answers(incident) == {ana: "accepted"}


def test_of_a_team_its_primary_role_is_asked_and_no_stakeholder(incident):
    ana, bo, sam = make_user(), make_user(), make_person("Stakeholder")
    team = make_team(ana, sam)
    team.memberships.create(user=bo, is_primary=False, is_secondary=True)

    add_responders.ask(incident.pk, teams=[team])

    assert answers(incident) == {ana: "pending"}


def test_only_who_was_asked_answers_and_nobody_once_it_is_over(incident):
    ana = make_user()
    with pytest.raises(NotAsked):
        responder_requests.answer(incident.pk, "accepted", by=ana)
    add_responders.ask(incident.pk, users=[ana])
    for word in ("pending", "maybe"):
        with pytest.raises(InvalidRequest):
            responder_requests.answer(incident.pk, word, by=ana)
    respond.resolve(incident.pk)

    with pytest.raises(IncidentClosed):
        responder_requests.answer(incident.pk, "accepted", by=ana)
    with pytest.raises(IncidentClosed):
        add_responders.ask(incident.pk, users=[make_user()])


def test_nobody_is_nobody(incident):
    with pytest.raises(InvalidRequest, match=r"^users: "):
        add_responders.ask(incident.pk)


def superseded(person, incident):
    incident.refresh_from_db()
    group = list(mails(person).select_related("incident"))
    deliver._drop_superseded(group, is_fresh=False)
    return [row.error for row in mails(person).filter(state="superseded")]


def test_who_is_asked_is_told_although_somebody_has_it_or_it_is_on_hold(incident):
    ana, bo = make_user(), make_user()
    respond.snooze(incident.pk, timezone.now() + minutes(60))
    add_responders.ask(incident.pk, users=[ana])
    assert superseded(ana, incident) == []
    respond.assign(incident.pk, make_user())
    add_responders.ask(incident.pk, users=[bo])

    assert superseded(bo, incident) == []
    respond.resolve(incident.pk)
    assert superseded(bo, incident) == ["Resolved before this was sent"]


def test_who_has_answered_is_not_asked_by_what_was_to_come_later(incident):
    ana, bo = make_user(), make_user()
    add_responders.ask(incident.pk, users=[ana, bo])
    responder_requests.answer(incident.pk, "declined", by=ana)

    assert superseded(ana, incident) == ["Answered before this was sent"]
    assert superseded(bo, incident) == []


# Promote, and plays


def test_promoted_it_pages_by_the_policy_with_whom_is_named_beside(incident):
    lead, ana, bo, sub = (make_user(name) for name in ("Lea", "Ana", "Bo", "Sue"))
    respond.acknowledge(incident.pk, by=ana)
    topic = Topic.objects.create(name="Payments")
    topic.users.add(sub)
    recipients = promote.Recipients(users=[ana], teams=[make_team(bo)], topics=[topic])

    promote.promote(incident.pk, make_policy(lead, name="Major"), recipients=recipients, by=ana)

    incident.refresh_from_db()
    run = incident.runs.get(paging_round=2)
    assert (incident.status, run.cause, run.plan.name) == ("open", "promoted", "Major")
    assert [mails(one).count() for one in (lead, ana, bo, sub)] == [1, 1, 1, 1]
    assert incident.runs.get(paging_round=1).state == "finished"
    assert list(incident.topics.all()) == [topic]
    assert incident.timeline.get(verb="promoted").text.startswith("To Major, and Ana, Team ")


def test_a_play_pages_its_tiers_from_now_on(incident):
    ana, bo = make_user(), make_user()
    play = Play.objects.create(name="All hands")
    play.tiers.create(position=0).users.add(ana)
    play.tiers.create(position=1, wait_seconds=60).users.add(bo)

    promote.run_play(incident.pk, play, by=ana)

    run = incident.runs.get(paging_round=2)
    assert (run.cause, run.play, run.position) == ("play", play, 1)
    assert (mails(ana).count(), mails(bo).count()) == (1, 0)


def test_what_is_over_is_neither_promoted_nor_played(incident):
    respond.resolve(incident.pk)

    with pytest.raises(IncidentClosed):
        promote.promote(incident.pk, make_policy(make_user()))
    with pytest.raises(IncidentClosed):
        promote.run_play(incident.pk, Play.objects.create(name="All hands"))


def test_what_told_nobody_yet_tells_people_once_promoted(incident):
    Incident.objects.filter(pk=incident.pk).update(suppressed_reason="maintenance: Works")
    ana = make_user()

    promote.promote(incident.pk, make_policy(ana))

    incident.refresh_from_db()
    assert (incident.suppressed_reason, mails(ana).count()) == ("", 1)


# The API and the pages


def test_by_the_api_people_are_asked_and_answer():
    ana = make_login("Responder")
    incident = make_incident(make_service(team=make_team(ana)))

    asked = owner().post(f"{LIST}{incident.pk}/add_responders/", {"users": [ana.email]})
    assert [row["answer"] for row in asked.json()["responders"]] == ["pending"]
    path = f"{LIST}{incident.pk}/answer_request/"
    told = script(ana).post(path, {"answer": "declined"}).json()["responders"]
    assert [(row["user"], row["answer"]) for row in told] == [(ana.pk, "declined")]
    refused = owner().post(path, {"answer": "accepted"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_asked")


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("add_responders", {}, "users"),
        ("add_responders", {"users": ["nobody@example.com"]}, "users"),
        ("answer_request", {"answer": "pending"}, "answer"),
        ("promote", {"policy": "none"}, "policy"),
        ("run_play", {}, "play"),
    ],
)
def test_by_the_api_what_cannot_be_is_refused_by_its_field(action, body, named):
    answer = owner().post(f"{LIST}{make_incident().pk}/{action}/", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [named])


def test_by_the_api_it_is_promoted_and_played():
    incident, client = make_incident(), owner()
    make_policy(make_user(), name="Major")
    Play.objects.create(name="All hands").tiers.create().users.add(make_user())

    promoted = client.post(f"{LIST}{incident.pk}/promote/", {"policy": "major"}).json()
    played = client.post(f"{LIST}{incident.pk}/run_play/", {"play": "all hands"}).json()

    assert promoted["runs"][0]["cause"] == "promoted"
    assert [run["cause"] for run in played["runs"]] == ["play", "promoted"]


def test_on_the_page_others_are_brought_in():
    ana = make_person("Responder", name="Ana Ferreira")
    bo = make_person("Responder", name="Bo Lind")
    incident = start.open_incident(make_service(team=make_team(ana)), "Disk full")
    policy = make_policy(bo, name="Major")
    client, base = browser(ana), f"/incidents/{incident.pk}/"
    assert "Ask people and teams" in words(client.get(f"{base}responders/"))

    page = client.post(f"{base}ask/", {"users": [bo.pk], "message": "Help"}, follow=True)
    assert "Not answered" in words(page)
    page = browser(bo).post(f"{base}answer/", {"answer": "accepted"}, follow=True)
    assert "You have accepted." in words(page)
    page = client.post(f"{base}promote/", {"policy": policy.pk}, follow=True)
    assert f"#{incident.pk} pages by Major from now on" in words(page)
    page = client.post(f"{base}play/", {"play": "7"}, follow=True)
    assert "Select a valid choice" in words(page)
