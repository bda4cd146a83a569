"""A user group of Slack always consists of whoever is on call in a schedule."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import slack_groups
from escalation.models import SlackUserGroup
from tests.api import script
from tests.escalation.slack.workspace import make_slacker
from tests.factories import make_method, make_override, make_schedule, make_user
from tests.pages import make_person, words
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return make_slacker("U1", name="Ana")


@pytest.fixture
def schedule(ana):
    return make_schedule(ana, name="Payments")


@pytest.fixture
def group(slack, schedule):
    return slack_groups.add_group(schedule, slack.provider, "S1", handle="oncall")


def follow(later=timedelta(0)):
    slack_groups.follow_schedules(timezone.now() + later)
    run_tasks()


def changes(slack):
    return [sent for method, sent in slack.calls if method == "usergroups.users.update"]


def test_it_is_changed_at_a_hand_over_and_only_then(slack, schedule, group):
    for _ in range(3):
        follow()
    assert changes(slack) == [{"usergroup": "S1", "users": "U1"}]

    make_override(
        schedule, make_slacker("U3", name="Bo"), make_slacker("U2", name="Cy"), hours=(0, 1)
    )
    for _ in range(3):
        follow()

    assert changes(slack)[1:] == [{"usergroup": "S1", "users": "U2,U3"}]
    group.refresh_from_db()
    assert (group.members, group.error, group.next_try_at) == (["U2", "U3"], "", None)
    assert group.updated_at is not None


def test_it_is_never_emptied_and_says_so(slack, schedule, group):
    follow()
    nobody = make_user("Dee")
    make_method(nobody, "slack", {"to": "U4"}, is_verified=False)
    make_override(schedule, nobody, hours=(0, 1))

    follow()

    assert slack.groups["S1"] == ["U1"]
    group.refresh_from_db()
    assert group.error == slack_groups.NOBODY


def test_who_has_no_slack_id_is_left_out(slack, schedule, group):
    make_override(schedule, make_user("Dee"), make_slacker("U5", name="Eve"), hours=(0, 1))

    follow()

    assert slack.groups["S1"] == ["U5"]


@pytest.mark.parametrize(
    ("answer", "wait_s", "said"),
    [
        ((200, {"ok": False, "error": "paid_teams_only"}, {}), 900, "paid plans of Slack"),
        ((429, {"ok": False, "error": "ratelimited"}, {"Retry_After": "120"}), 120, "ratelimited"),
        ((503, {}, {}), 60, "Slack answered 503"),
    ],
)
def test_what_fails_is_said_and_tried_again_later(slack, group, answer, wait_s, said):
    slack.fail = [answer]

    follow()

    group.refresh_from_db()
    assert said in group.error
    assert group.members == []
    left = (group.next_try_at - timezone.now()).total_seconds()
    assert wait_s - 30 < left <= wait_s
    follow()
    assert changes(slack) == []
    SlackUserGroup.objects.update(next_try_at=None)
    follow()
    group.refresh_from_db()
    assert (group.members, group.error) == (["U1"], "")


def test_one_that_a_worker_is_at_is_not_handed_over_again(slack, group):
    assert slack_groups.follow_schedules(timezone.now()) == 1
    assert slack_groups.follow_schedules(timezone.now()) == 0


def test_a_workspace_that_is_switched_off_is_left_alone(slack, group):
    type(slack.provider).objects.update(is_enabled=False)

    follow()

    assert changes(slack) == []


def test_it_is_chosen_from_the_list_of_the_workspace(slack, schedule, client):
    client.force_login(make_person("Owner"))
    path = f"/schedules/{schedule.pk}/slack-groups/"
    assert "@oncall-shop, may always consist of" in words(client.get(path))
    listed = words(client.get(path, {"workspace": slack.provider.pk}))

    answer = client.post(path, {"provider": slack.provider.pk, "group_id": "S1"})
    follow()

    assert "@oncall On call" in listed
    assert answer.status_code == 302
    row = SlackUserGroup.objects.get()
    assert (row.schedule, row.handle) == (schedule, "oncall")
    shown = words(client.get(f"/schedules/{schedule.pk}/settings/"))
    assert "@oncall Acme 1 member since" in shown


def test_one_group_follows_one_schedule_until_it_is_let_go(slack, group, client):
    client.force_login(make_person("Owner"))
    other = make_schedule(make_user(), name="Nights")
    path = f"/schedules/{other.pk}/slack-groups/"
    body = {"provider": slack.provider.pk, "group_id": "S1"}

    refused = client.post(path, body)
    client.post(f"/slack-groups/{group.pk}/remove/")
    taken = client.post(path, body)

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert "follows" in words(refused)
    assert SlackUserGroup.objects.get().schedule == other


def test_by_the_api_it_follows_and_is_let_go(slack, schedule):
    client, path = script(make_person("Owner")), "/api/v1/slack-user-groups/"
    body = {"schedule": "Payments", "provider": "Acme", "group_id": "S1"}

    made = client.post(path, body)
    follow()
    shown = client.get(path, {"schedule": schedule.pk}).json()["results"]
    again = client.post(path, body)
    wrong = client.post(path, body | {"group_id": "oncall"})
    gone = client.delete(f"{path}{made.json()['id']}/")

    assert (made.status_code, again.status_code, wrong.status_code) == (201, 400, 400)
    assert [(one["members"], one["error"]) for one in shown] == [(["U1"], "")]
    assert gone.status_code == 204
    assert slack.groups["S1"] == ["U1"]


def test_by_the_api_a_manager_without_the_right_to_workspaces_chooses_none(slack, schedule):
    manager = script(make_person("Group Admin"))
    body = {"schedule": "Payments", "provider": slack.provider.pk, "group_id": "S1"}

    assert manager.post("/api/v1/slack-user-groups/", body).status_code == 403


def test_what_is_no_id_is_said_at_its_field(slack, schedule, client):
    client.force_login(make_person("Owner"))
    path = f"/schedules/{schedule.pk}/slack-groups/"

    answer = client.post(path, {"provider": slack.provider.pk, "group_id": "@oncall"})

    assert answer.status_code == 422
    assert "Enter an ID such as S0614TZR7." in words(answer)


def test_what_slack_refuses_is_said_on_the_page(slack, schedule, client):
    client.force_login(make_person("Owner"))
    slack.fail = [(200, {"ok": False, "error": "missing_scope", "needed": "usergroups:read"}, {})]

    page = client.get(f"/schedules/{schedule.pk}/slack-groups/", {"workspace": slack.provider.pk})

    assert "missing_scope" in words(page)
    assert "(usergroups:read)" in words(page)
