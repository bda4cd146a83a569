"""Drills page everybody whom a policy would page, once, and tell who answered."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import drills
from escalation.models import Drill
from incidents.actions import respond
from incidents.actions.auto_close import close_due
from incidents.errors import InvalidRequest
from incidents.models import Incident
from notifications.models import Notification
from tests.api import make_person, owner
from tests.factories import make_catch_all, make_policy, make_user
from tests.pages import browser, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy():
    make_catch_all(make_user("Last"))
    mute = make_user("Mute", email=False)
    ana, bo = make_user("Ana"), make_user("Bo")
    return make_policy([ana, mute], bo, ana, repeats=2)


def begun(policy, **fields):
    now = timezone.now()
    drill = drills.plan_drill(policy, now, **fields)
    assert drills.run_drills(now) == 1
    drill.refresh_from_db()
    return drill


def outcomes(drill):
    return {str(one.user): one.outcome for one in drills.drill_results(drill)}


def test_everybody_of_the_steps_is_paged_once_by_a_test_of_their_own(policy):
    drill = begun(policy, message="Call the bridge.")

    assert outcomes(drill) == {"Ana": "silent", "Mute": "unreachable", "Bo": "silent"}
    tests = Incident.objects.all()
    assert {str(one.test_recipient) for one in tests if one.is_test} == {"Ana", "Bo"}
    assert tests[0].title == f"Drill of {policy}: acknowledge this. Call the bridge."
    mails = Notification.objects.filter(channel="email")
    assert sorted(str(row.user) for row in mails) == ["Ana", "Bo"]


def test_an_answer_of_one_is_no_answer_of_the_others(policy):
    drill = begun(policy)
    test = Incident.objects.get(test_recipient__name="Ana")
    respond.acknowledge(test.pk, by=test.test_recipient)

    found = {str(one.user): one for one in drills.drill_results(drill)}

    assert outcomes(drill) == {"Ana": "answered", "Mute": "unreachable", "Bo": "silent"}
    assert 0 <= found["Ana"].answered_s < 60


def test_what_somebody_else_does_is_no_answer(policy):
    drill = begun(policy)
    test = Incident.objects.get(test_recipient__name="Ana")
    respond.acknowledge(test.pk, by=make_user("Eve"))

    assert outcomes(drill)["Ana"] == "silent"


def test_it_ends_by_itself_and_its_report_outlives_the_tests(policy):
    drill = begun(policy)
    test = Incident.objects.get(test_recipient__name="Ana")
    respond.acknowledge(test.pk, by=test.test_recipient)
    assert drills.next_drill() == drill.began_at + drills.OVER_AFTER
    later = drill.began_at + drills.OVER_AFTER

    close_due(later)
    assert drills.run_drills(later) == 1
    Incident.objects.all().delete()
    drill.refresh_from_db()

    assert drill.state == "done"
    assert outcomes(drill) == {"Ana": "answered", "Mute": "unreachable", "Bo": "silent"}
    assert drills.next_drill() is None


def test_a_drill_whose_messages_all_failed_did_not_reach_the_person(policy):
    drill = begun(policy)
    Notification.objects.filter(user__name="Bo", channel="email").update(state="failed")

    assert outcomes(drill)["Bo"] == "unreachable"


def test_a_drill_waits_for_its_time_and_may_be_cancelled_before(policy):
    at = timezone.now() + timedelta(hours=2)
    drill, other = drills.plan_drill(policy, at), drills.plan_drill(policy, at)
    assert drills.next_drill() == at

    drills.cancel_drill(drill)
    drills.cancel_drill(drill)
    assert drills.run_drills(timezone.now()) == 0
    assert drills.run_drills(at) == 1

    drill.refresh_from_db()
    other.refresh_from_db()
    assert (drill.state, other.state) == ("cancelled", "running")
    with pytest.raises(InvalidRequest):
        drills.cancel_drill(other)


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_a_time_that_is_past_or_far_is_refused(policy, hours):
    with pytest.raises(InvalidRequest):
        drills.plan_drill(policy, timezone.now() + timedelta(hours=hours))


def test_an_announced_drill_leaves_a_line_in_the_portal(policy):
    at = timezone.now() + timedelta(hours=2)
    drills.plan_drill(policy, at)
    assert not Notification.objects.exists()

    drills.plan_drill(policy, at, is_announced=True)

    rows = Notification.objects.filter(channel="inapp", incident=None)
    assert sorted(str(row.user) for row in rows) == ["Ana", "Bo", "Mute"]
    assert f"{at:%H:%M}" in rows[0].reason


def test_a_drill_is_planned_and_read_in_the_browser(policy):
    client = browser(make_person("App Admin", name="Ada"))
    at = timezone.now().strftime("%Y-%m-%dT%H:%M")

    page = client.post(f"/policies/{policy.pk}/drills/", {"at": at, "message": "Now"}, follow=True)
    assert "The drill is planned." in words(page)
    drills.run_drills(timezone.now())
    drill = Drill.objects.get()
    report = words(client.get(f"/drills/{drill.pk}/"))

    assert "0 of 3" in report
    assert "Not reachable" in report
    assert "Running" in words(client.get(f"/policies/{policy.pk}/drills/"))
    past = client.post(f"/policies/{policy.pk}/drills/", {"at": "2020-01-01T00:00"})
    assert past.status_code == 422
    client.post(f"/drills/{drill.pk}/cancel/")
    drill.refresh_from_db()
    assert drill.cancelled_at is None


def test_drills_by_the_api(policy):
    client = owner()
    at = timezone.now() + timedelta(hours=1)

    answer = client.post("/api/v1/drills/", {"policy": policy.name, "at": at.isoformat()})
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["state"], answer.json()["results"]) == ("planned", [])
    path = f"/api/v1/drills/{answer.json()['id']}/"
    drills.run_drills(at)

    found = client.get(path).json()
    assert [row["outcome"] for row in found["results"]] == ["silent", "unreachable", "silent"]
    assert client.delete(path).status_code == 409
    other = client.post("/api/v1/drills/", {"policy": policy.pk, "at": at.isoformat()}).json()
    assert client.delete(f"/api/v1/drills/{other['id']}/").status_code == 204
    assert Drill.objects.get(pk=other["id"]).state == "cancelled"
    past = client.post("/api/v1/drills/", {"policy": policy.pk, "at": "2020-01-01T00:00Z"})
    assert past.status_code in (400, 409)
