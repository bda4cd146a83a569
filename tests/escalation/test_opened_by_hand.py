"""An incident is opened by hand: whom it tells, with topics, a preview and drafts."""

import pytest

from escalation.models import IncidentDraft
from incidents.models import Incident, Topic
from notifications.models import Notification
from tests.api import make_person as make_login
from tests.api import owner, script
from tests.factories import (
    make_method,
    make_policy,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


def test_a_topic_has_its_teams_and_subscribers_told_and_sets_the_priority():
    ana, bo = make_user(), make_user()
    topic = Topic.objects.create(name="Payments", priority="P2")
    topic.users.add(ana)
    topic.teams.add(make_team(bo))
    body = {"title": "Orders fail", "service": make_service().name, "topics": ["payments"]}

    answer = owner().post(LIST, body)

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["priority"], answer.json()["topics"]) == ("P2", [topic.pk])
    told = Notification.objects.filter(channel="email", event="incident.triggered")
    assert sorted(told.values_list("user", flat=True)) == [ana.pk, bo.pk]


def test_a_priority_that_is_chosen_stands_over_that_of_the_topic():
    Topic.objects.create(name="Payments", priority="P2")
    body = {"title": "x", "service": make_service().name, "topics": ["payments"], "priority": "P5"}

    assert owner().post(LIST, body).json()["priority"] == "P5"


@pytest.fixture
def bea():
    person = make_person("Group Admin", name="Bea Fischer")
    make_method(person, "webhook", {"url": "https://hook.example/bea", "secret": ""})
    return person


def form_of(service, **more):
    return {"service": service.pk, "title": "Orders fail", "severity": "critical", **more}


def test_the_preview_says_who_is_told_by_what_and_opens_nothing(bea):
    service = make_service(make_policy(bea, make_user("Cy")), team=make_team(bea))
    sent = form_of(service, do="preview")

    page = browser(bea).post("/incidents/new/", sent)

    assert page.status_code == 200
    assert "Step 1 at once Bea Fischer" in words(page)
    assert "Step 2 after 5 min" in words(page)
    assert f'name="channel" value="{bea.pk}:email" checked' in page.content.decode()
    assert "bea" not in page.content.decode().split("Whom it tells")[1].split("</section>")[0]
    assert not Incident.objects.exists()


def test_what_is_unticked_is_not_used_for_this_incident(bea):
    service = make_service(make_policy([bea, make_shared_channel()]), team=make_team(bea))
    offered = [f"{bea.pk}:email", f"{bea.pk}:webhook"]
    sent = form_of(service, do="open", offered_channel=offered, channel=offered[1:])

    browser(bea).post("/incidents/new/", sent)

    told = Notification.objects.filter(user=bea).exclude(channel="inapp")
    assert set(told.values_list("channel", flat=True)) <= {"webhook"}
    assert Incident.objects.get().runs.get().plan.skipped_channels == ((bea.pk, "email"),)


def test_a_draft_pages_nobody_is_its_authors_alone_and_goes_when_it_is_opened(bea):
    service = make_service(make_policy(make_user()), team=make_team(bea))
    client = browser(bea)

    page = client.post("/incidents/new/", form_of(service, title="", do="draft"), follow=True)
    draft = IncidentDraft.objects.get()
    assert "Without a title" in words(page)
    assert not Incident.objects.exists()
    other = browser(make_person("Group Admin"))
    assert "Without a title" not in words(other.get("/incidents/new/"))
    assert other.post(f"/drafts/{draft.pk}/delete/").status_code == 404
    client.post("/incidents/new/", form_of(service, do="draft", draft=draft.pk))
    page = client.get(f"/incidents/new/?draft={draft.pk}").content.decode()
    assert 'value="Orders fail"' in page
    client.post("/incidents/new/", form_of(service, do="open", draft=draft.pk))
    assert Incident.objects.get().title == "Orders fail"
    assert not IncidentDraft.objects.exists()


def test_topics_are_configured_by_who_may():
    ana = make_login("Responder")
    body = {"name": "Payments", "users": [ana.email]}

    made = owner().post("/api/v1/topics/", body)

    assert (made.status_code, made.json()["users"]) == (201, [ana.pk])
    assert script(ana).get("/api/v1/topics/").json()["results"][0]["name"] == "Payments"
    assert script(ana).post("/api/v1/topics/", {"name": "Mine"}).status_code == 403
    sam = make_login("Stakeholder")
    refused = owner().patch(f"/api/v1/topics/{made.json()['id']}/", {"users": [sam.pk]})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["users"])
