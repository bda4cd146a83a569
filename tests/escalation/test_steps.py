import pytest

from escalation.actions import start as escalation_start
from escalation.models import Run
from incidents.actions import respond
from notifications.models import Notification
from tests.factories import add_step, make_catch_all, make_policy, make_service, make_user, minutes
from tests.timers import advance_due

pytestmark = pytest.mark.django_db


def begin(policy):
    return escalation_start.open_incident(make_service(policy), "Disk full")


def run_of(incident):
    return Run.objects.get(incident=incident, paging_round=incident.paging_round)


def take_next(incident):
    """The clock reaches the next step of the incident, at its very time."""
    now = run_of(incident).next_step_at
    advance_due(now)
    return now


def told(incident):
    rows = Notification.objects.filter(incident=incident, channel="email").order_by("pk")
    return [row.user for row in rows]


def verbs_of(incident):
    return list(incident.timeline.order_by("pk").values_list("verb", flat=True))


def test_steps_are_taken_in_order_and_then_the_catch_all():
    alice, bob, boss = make_user(), make_user(), make_user()
    make_catch_all(boss)
    incident = begin(make_policy(alice, bob))

    take_next(incident)
    take_next(incident)

    assert told(incident) == [alice, bob, boss]
    assert (run_of(incident).state, run_of(incident).next_step_at) == ("exhausted", None)


def test_a_policy_repeats_as_often_as_it_says():
    alice, boss = make_user(), make_user()
    make_catch_all(boss)
    incident = begin(make_policy(alice, repeats=2))

    for _ in range(3):
        take_next(incident)

    assert told(incident) == [alice, alice, alice, boss]


def test_retries_tell_the_same_people_again():
    alice, bob = make_user(), make_user()
    policy = make_policy()
    add_step(policy, alice, retries=2, retry_seconds=60)
    add_step(policy, bob, wait=600)
    incident = begin(policy)

    times = [take_next(incident) for _ in range(3)]

    assert told(incident) == [alice, alice, alice, bob]
    start = run_of(incident).started_at
    assert [at - start for at in times] == [minutes(1), minutes(2), minutes(10)]


def test_a_step_that_reaches_nobody_says_so_and_goes_on_at_once():
    nobody, bob = make_user(email=False), make_user()

    incident = begin(make_policy(nobody, bob))

    assert told(incident) == [bob]
    assert verbs_of(incident) == ["opened", "no_recipient", "paged"]
    line = incident.timeline.get(verb="no_recipient")
    assert line.facts["unreachable"] == [nobody.pk]


def test_who_has_left_is_not_told():
    gone, bob = make_user(is_active=False), make_user()

    incident = begin(make_policy(gone, bob))

    assert told(incident) == [bob]


def test_a_policy_that_reaches_nobody_ends_in_the_catch_all_at_once():
    boss = make_user()
    make_catch_all(boss)

    incident = begin(make_policy(make_user(email=False), make_user(email=False), repeats=5))

    assert told(incident) == [boss]
    assert verbs_of(incident) == ["opened", "no_recipient", "no_recipient", "paged"]


def test_the_catch_all_is_told_that_there_was_no_policy():
    boss = make_user()
    make_catch_all(boss)

    incident = begin(None)

    reasons = Notification.objects.filter(incident=incident).values_list("reason", flat=True)
    assert set(reasons) == {"catch-all: there is no policy that has a step"}


def test_a_last_step_that_reaches_nobody_does_not_cost_the_repeats():
    alice, boss = make_user(), make_user()
    make_catch_all(boss)
    incident = begin(make_policy(alice, make_user(email=False), repeats=1))

    take_next(incident)
    take_next(incident)

    assert told(incident) == [alice, alice, boss]


def test_no_further_step_is_taken_of_what_somebody_has():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob))
    due = run_of(incident).next_step_at
    respond.acknowledge(incident.pk, by=alice)

    advance_due(due)

    assert told(incident) == [alice]
    assert run_of(incident).state == "paused"


def test_a_policy_that_stops_at_assigning_goes_on_after_an_acknowledgement():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob, stops_when="assign"))
    respond.acknowledge(incident.pk, by=alice)

    take_next(incident)

    assert told(incident) == [alice, bob]


def test_a_policy_that_stops_at_assigning_stops_there():
    alice, bob = make_user(), make_user()
    incident = begin(make_policy(alice, bob, stops_when="assign"))
    due = run_of(incident).next_step_at
    respond.assign(incident.pk, alice)

    advance_due(due)

    assert told(incident) == [alice]


def test_a_resolved_incident_ends_its_run():
    incident = begin(make_policy(make_user(), make_user()))
    due = run_of(incident).next_step_at
    respond.resolve(incident.pk)

    advance_due(due)

    run = run_of(incident)
    assert (run.state, run.outcome, run.finished_at) == ("finished", "Resolved", due)


def test_after_a_pause_of_the_clock_waits_count_from_now():
    incident = begin(make_policy(make_user(), make_user(), make_user()))
    late = run_of(incident).next_step_at + minutes(60)

    advance_due(late)

    assert run_of(incident).next_step_at == late + minutes(5)


def test_after_a_pause_of_the_clock_no_two_steps_come_together():
    policy = make_policy()
    add_step(policy, make_user(), retries=1, retry_seconds=60)
    add_step(policy, make_user(), wait=300)
    incident = begin(policy)
    late = run_of(incident).next_step_at + minutes(60)

    advance_due(late)

    assert run_of(incident).next_step_at == late + minutes(4)


def test_a_little_lateness_does_not_add_up():
    incident = begin(make_policy(make_user(), make_user(), make_user()))
    due = run_of(incident).next_step_at

    advance_due(due + minutes(1) / 60)

    assert run_of(incident).next_step_at == due + minutes(5)


def test_the_timeline_says_whom_a_step_told_and_how_late():
    alice = make_user()
    incident = begin(make_policy(make_user(), alice))
    late = run_of(incident).next_step_at + minutes(1) / 60

    advance_due(late)

    facts = incident.timeline.filter(verb="paged").last().facts
    assert (facts["step"], facts["users"], facts["late_ms"]) == (2, [alice.pk], 1000)


def test_central_channels_are_used_in_place_of_own_rules_with_their_waits():
    alice = make_user()
    policy = make_policy()
    add_step(policy, alice, step_channels=[{"channel": "email", "after_minutes": 3}])

    incident = begin(policy)

    row = Notification.objects.get(incident=incident, channel="email")
    assert row.due_at - run_of(incident).started_at == minutes(3)


def test_the_timeline_says_why_each_was_told_whatever_the_policy_is_called():
    policy = make_policy(make_user())
    policy.name = "Shop: day, then night"
    policy.save(update_fields=["name"])

    incident = begin(policy)

    assert incident.timeline.get(verb="paged").text == "Step 1: named in the step"


def test_the_timeline_says_that_the_catch_all_was_told():
    make_catch_all(make_user())
    incident = begin(make_policy(make_user()))

    take_next(incident)

    line = incident.timeline.filter(verb="paged").order_by("pk").last()
    assert line.text == "The catch-all: the policy ended and nobody has it"
