import pytest

from escalation.actions import restart, start
from escalation.actions.start import RunStart
from escalation.models import Play, Run, Tier
from escalation.policies.plan_builder import plan_of_play, plan_of_policy
from incidents.actions import respond
from notifications.models import Notification
from tests.factories import (
    NOON,
    add_step,
    make_catch_all,
    make_incident,
    make_policy,
    make_service,
    make_shared_channel,
    make_team,
    make_user,
    minutes,
)
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


def told(incident):
    """Who is told outside of the portal, in the order of the rows."""
    rows = Notification.objects.filter(incident=incident).exclude(channel="inapp").order_by("pk")
    return [row.user or row.shared_channel for row in rows]


def run_of(incident):
    return Run.objects.get(incident=incident, paging_round=incident.paging_round)


def test_opening_by_hand_pages_the_first_step_at_once():
    alice = make_user()
    service = make_service(make_policy(alice, make_user()))

    incident = start.open_incident(service, "Disk full", via="web")

    assert told(incident) == [alice]
    run = run_of(incident)
    assert (run.state, run.position) == ("escalating", 1)
    assert run.next_step_at - run.started_at == minutes(5)


def test_a_first_step_that_waits_is_not_taken_at_once():
    policy = make_policy()
    add_step(policy, make_user(), position=0, wait_seconds=600)

    incident = start.open_incident(make_service(policy), "Disk full")

    assert told(incident) == []
    run = run_of(incident)
    assert run.next_step_at - run.started_at == minutes(10)


@pytest.mark.parametrize("policy", [lambda: None, make_policy], ids=["no policy", "no steps"])
def test_without_steps_the_catch_all_is_told_at_once(policy):
    carol = make_user()
    make_catch_all(carol)

    incident = start.open_incident(make_service(policy()), "Disk full")

    assert told(incident) == [carol]
    assert run_of(incident).state == "exhausted"


def test_where_nobody_at_all_can_be_told_the_timeline_says_so():
    incident = start.open_incident(make_service(), "Disk full")

    line = incident.timeline.get(verb="no_recipient")
    assert line.text == "Nobody is left to tell: the portal has no catch-all"


def test_recipients_are_told_in_addition_at_the_first_step_only():
    alice, bob, carol, dave = make_user(), make_user(), make_user(), make_user()
    policy, team = make_policy(alice, bob), make_team(dave)
    plan = plan_of_policy(policy, users=[carol.pk], teams=[team.pk])
    incident = make_incident()

    start.start_runs([RunStart(incident.pk, plan)], now=NOON)
    first = set(told(incident))
    advance_due(NOON + minutes(5))

    assert first == {alice, carol, dave}
    assert set(told(incident)) - first == {bob}


def test_recipients_without_a_policy_are_told_and_then_the_catch_all():
    carol, boss = make_user(), make_user()
    make_catch_all(boss)
    incident = make_incident()

    start.start_runs([RunStart(incident.pk, plan_of_policy(None, users=[carol.pk]))], now=NOON)
    advance_due(NOON)

    assert told(incident) == [carol, boss]


def test_who_is_meant_twice_is_told_once():
    alice = make_user()
    policy = make_policy([alice])
    incident = make_incident()

    start.start_runs([RunStart(incident.pk, plan_of_policy(policy, users=[alice.pk]))], now=NOON)

    assert told(incident) == [alice]


def test_a_play_tells_each_tier_after_its_wait():
    alice, bob, carol = make_user(), make_user(), make_user()
    play = Play.objects.create(name="Major incident")
    first = Tier.objects.create(play=play, position=0)
    first.users.set([alice])
    second = Tier.objects.create(play=play, position=1, wait_seconds=120)
    second.users.set([bob])
    second.teams.set([make_team(carol, is_primary=False, is_manager=True)])
    incident = make_incident()

    start.start_runs([RunStart(incident.pk, plan_of_play(play), None, play.pk)], now=NOON)
    at_once = told(incident)
    advance_due(NOON + minutes(2))

    assert at_once == [alice]
    assert told(incident) == [alice, bob, carol]


def test_a_shared_channel_is_a_target_as_people_are():
    channel = make_shared_channel()
    service = make_service(make_policy(channel))

    incident = start.open_incident(service, "Disk full")

    assert told(incident) == [channel]


def test_changing_a_policy_does_not_change_a_run():
    alice, bob, carol = make_user(), make_user(), make_user()
    policy = make_policy(alice, bob)
    incident = start.open_incident(make_service(policy), "Disk full")
    policy.steps.all().delete()
    add_step(policy, carol, position=0)

    advance_due(run_of(incident).next_step_at)

    assert told(incident) == [alice, bob]


def test_reopening_pages_again_from_the_first_step():
    alice, bob = make_user(), make_user()
    incident = start.open_incident(make_service(make_policy(alice, bob)), "Disk full")
    advance_due(run_of(incident).next_step_at)
    respond.resolve(incident.pk)

    incident = restart.reopen(incident.pk, by=bob)

    assert told(incident) == [alice, bob, alice]
    assert [(r.paging_round, r.state) for r in incident.runs.all()] == [
        (2, "escalating"),
        (1, "finished"),
    ]


def test_reopening_what_is_open_starts_nothing():
    alice = make_user()
    incident = start.open_incident(make_service(make_policy(alice)), "Disk full")

    restart.reopen(incident.pk)

    assert told(incident) == [alice]
    assert incident.runs.count() == 1
