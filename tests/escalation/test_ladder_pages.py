"""The ladder of a policy and of an incident that is being opened, in the browser and by the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Topic
from tests.api import make_person, owner
from tests.escalation.policies import condition
from tests.factories import make_catch_all, make_policy, make_service, make_user
from tests.pages import browser, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_person("App Admin", name="Ada")


def test_the_ladder_is_drawn_for_a_chosen_incident(admin):
    policy = make_policy(make_user("Ana"), make_user("Bo"))
    policy.steps.filter(position=1).update(when=condition("urgency", "is", "high"))
    make_catch_all(make_user("Last"))
    url = f"/policies/{policy.pk}/ladder/"
    client = browser(admin)

    high = words(client.get(url))
    low = words(client.get(url, {"at": "2026-03-15T02:00", "severity": "warning"}))

    assert "0:00" in high
    assert "Ana by Email" in high
    assert "0:05" in high
    assert "Sun 02:00" in low
    assert "skipped: only if urgency is high, and it is low" in low


def test_htmx_gets_the_rungs_alone(admin):
    policy = make_policy(make_user("Ana"))

    answer = browser(admin).get(f"/policies/{policy.pk}/ladder/", headers={"HX-Request": "true"})

    assert "<html" not in answer.content.decode()
    assert "Ana" in answer.content.decode()


def test_a_time_that_cannot_be_is_drawn_as_now(admin):
    policy = make_policy(make_user("Ana"))
    url = f"/policies/{policy.pk}/ladder/"

    for at in ("1700-01-01T00:00", "soon", "9999-01-01T00:00"):
        assert browser(admin).get(url, {"at": at}).status_code == 200


def test_silence_is_said_aloud(admin):
    policy = make_policy(make_user("Mute", email=False))

    found = words(browser(admin).get(f"/policies/{policy.pk}/ladder/"))

    assert "It ends in silence." in found
    assert "No address that can be used: Mute" in found


def test_the_form_of_an_incident_shows_who_will_be_paged(admin):
    service = make_service(make_policy(make_user("Ana")))
    other = make_policy(make_user("Bo"))
    client = browser(admin)

    asked = {"service": service.pk, "severity": "critical", "title": "Down"}
    by_service = words(client.get("/incidents/new/ladder/", asked))
    by_policy = words(client.get("/incidents/new/ladder/", {**asked, "policy": other.pk}))
    nothing = words(client.get("/incidents/new/ladder/"))

    assert "Ana" in by_service
    assert "Bo" in by_policy
    assert "Choose a service" in nothing


def test_the_form_shows_what_its_severity_people_and_topics_change(admin):
    ana, di = make_user("Ana"), make_user("Di")
    policy = make_policy(ana, make_user("Bo"))
    policy.steps.update(when=condition("severity", "at_least", "error"))
    policy.steps.filter(position=1).update(when=condition("priority", "at_most", "P2"))
    topic = Topic.objects.create(name="Payments", priority="P2")
    said = {"service": make_service(policy).pk, "severity": "warning", "users": [di.pk]}
    said |= {"topics": [topic.pk], "title": "Down"}
    client = browser(admin)

    ladder = words(client.get("/incidents/new/ladder/", said))
    page = words(client.post("/incidents/new/", {**said, "do": "preview"}))
    preview = page.split("Whom it tells")[1].split("What is unticked")[0]

    for shown in (ladder, preview):
        assert "only if severity is at least error, and it is warning" in shown
        assert "Bo" in shown
        assert "Ana" not in shown


def test_a_preview_draws_its_ladder_of_what_it_has_worked_out_and_asks_for_none(admin):
    policy = make_policy(make_user("Ana First"), make_user("Bo Later"))
    said = {"service": make_service(policy).pk, "severity": "error", "title": "Down"}
    client = browser(admin)

    with CaptureQueriesContext(connection) as before:
        new = client.get("/incidents/new/", said)
    with CaptureQueriesContext(connection) as queries:
        previewed = client.post("/incidents/new/", {**said, "do": "preview"})

    assert b'hx-trigger="load, change' in new.content
    assert b'hx-trigger="change' in previewed.content
    drawn = words(previewed).split("Who will be paged")[1]
    assert drawn.index("Ana First") < drawn.index("Bo Later") < drawn.index("Then nobody")
    asked, asked_before = (
        sum('FROM "notifications_catchall"' in one["sql"] for one in found)
        for found in (queries, before)
    )
    assert asked == asked_before + 1, "more than one ladder was built"


def test_the_form_shows_who_is_told_beside_the_policy(admin):
    di = make_user("Di Told")
    said = {"service": make_service(make_policy(make_user())).pk, "users": [di.pk]}

    assert "Di Told" in words(browser(admin).get("/incidents/new/ladder/", said))


def test_the_api_previews_a_policy():
    policy, client = make_policy(make_user("Ana"), make_user("Bo")), owner()
    make_catch_all(make_user("Last"))
    path = f"/api/v1/policies/{policy.pk}/preview/"

    found = client.get(path, {"at": "2026-03-15T02:00:00+01:00", "severity": "info"}).json()

    assert (found["urgency"], found["silence_seconds"], found["people"]) == ("low", 0, 3)
    assert [rung["after_seconds"] for rung in found["rungs"]] == [0, 300, 600]
    assert found["rungs"][0]["told"][0]["ways"][0]["channel"] == "email"
    assert found["at"].startswith("2026-03-15T01:00:00")
    for wrong in ({"urgency": "medium"}, {"at": "soon"}, {"at": "1066-01-01T00:00Z"}, {"x": "1"}):
        assert client.get(path, wrong).status_code == 400


def test_the_worst_minutes_of_a_policy_are_shown_and_answered(admin):
    policy = make_policy(make_user("Mute", email=False))

    found = words(browser(admin).get(f"/policies/{policy.pk}/worst/"))
    [span] = owner().get(f"/api/v1/policies/{policy.pk}/worst/").json()

    assert "never" in found
    assert (span["silence_seconds"], span["people"], span["first"]) == (None, 0, [])
