"""Conditions of steps, as runs take them, and in plans that are stored."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import escalate
from escalation.actions.start import open_incident
from escalation.models import Target
from escalation.plans.plan import Plan
from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.recipients import Recipients
from escalation.policies.rungs import Case
from escalation.why.paged import why_paged
from tests.escalation.policies import condition, pass_time, people, told
from tests.factories import add_step, make_policy, make_service, make_team, make_user

pytestmark = pytest.mark.django_db


def test_a_step_whose_condition_is_false_is_skipped_at_once_with_the_reason():
    ana, bo, _ = people()
    policy = make_policy(ana, bo)
    policy.steps.filter(position=0).update(when=condition("severity", "at_least", "critical"))

    incident = open_incident(make_service(policy), "Down", severity="error")

    assert told(incident) == ["Bo"]
    line = incident.timeline.get(verb="step_skipped")
    assert line.text == (
        "Step 1 was skipped: only if severity is at least critical, and it is error"
    )


def test_a_condition_is_asked_when_the_step_is_due():
    ana, bo, cy = people()
    policy = make_policy(ana, bo, cy)
    policy.steps.filter(position=1).update(when=condition("urgency", "is", "low"))
    incident = open_incident(make_service(policy), "Down")
    assert told(incident) == ["Ana"]

    type(incident).objects.filter(pk=incident.pk).update(urgency="low")
    pass_time(incident)

    assert told(incident) == ["Ana", "Bo"]


def test_after_a_last_step_that_is_skipped_the_pause_comes_before_the_repeat():
    ana, bo, _ = people()
    policy = make_policy(ana, bo, repeats=1, pause_seconds=600)
    policy.steps.filter(position=1).update(when=condition("alerts", "at_least", "5"))
    incident = open_incident(make_service(policy), "Down")
    began = incident.runs.get().next_step_at

    pass_time(incident)

    run = incident.runs.get()
    assert told(incident) == ["Ana"]
    assert (run.repeat, run.position) == (1, 0)
    assert run.next_step_at == began + timedelta(seconds=600)


def closed_hours():
    """Hours that open in about two days."""
    day = (timezone.now() + timedelta(days=2)).strftime("%a").lower()
    return condition("hours", "within", f"{day} 00:00-24:00 UTC")


def test_a_step_may_wait_for_its_hours_and_a_person_need_not():
    ana, bo, _ = people()
    policy = make_policy(ana, bo)
    policy.steps.filter(position=1).update(when=closed_hours(), waits_for_hours=True)
    incident = open_incident(make_service(policy), "Down")

    pass_time(incident)
    run = incident.runs.get()
    assert (run.position, told(incident)) == (1, ["Ana"])
    assert run.next_step_at > timezone.now() + timedelta(hours=23)
    assert "waits for its hours" in incident.timeline.get(verb="step_skipped").text

    pass_time(incident)
    assert told(incident) == ["Ana", "Bo"]

    other = open_incident(make_service(policy), "Down too")
    pass_time(other)
    escalate.escalate(other.pk, by=ana)
    assert other.runs.get().position == 2


def test_where_every_step_is_skipped_the_catch_all_is_told_at_once():
    policy = make_policy(make_user("Ana"), make_user("Bo"), repeats=3)
    policy.steps.update(when=condition("urgency", "is", "low"))

    incident = open_incident(make_service(policy), "Down")

    assert incident.runs.get().state == "exhausted"
    assert told(incident) == []


def test_whoever_is_told_in_addition_is_told_with_the_first_step_that_is_taken():
    ana, bo, di = people()
    policy = make_policy(ana, bo, make_user("Cy"))
    policy.steps.filter(position=0).update(when=condition("urgency", "is", "low"))
    service = make_service(policy)
    foretold = ladder_of(Recipients([di]).added_to(plan_of_policy(policy)), Case(timezone.now()))

    incident = open_incident(service, "Down", recipients=Recipients([di]))
    assert told(incident) == [str(bo), str(di)]
    pass_time(incident)
    assert told(incident) == [str(bo), str(di), "Cy"]

    rungs = [[one.name for one in rung.told] for rung in foretold.rungs]
    assert rungs == [[], [str(bo), str(di)], ["Cy"], []]


def test_a_plan_of_an_earlier_release_is_read():
    plan = plan_of_policy(make_policy(make_user()))
    document = plan.to_json()
    old = {**document, "steps": [_without_new(step) for step in document["steps"]]}

    assert Plan.from_json(old) == plan


def _without_new(step):
    new = {"member_wait_s", "when", "waits_for_hours"}
    targets = [{k: v for k, v in one.items() if k != "places_on"} for one in step["targets"]]
    kept = {name: value for name, value in step.items() if name not in new}
    return {**kept, "targets": targets}


def test_a_plan_with_conditions_is_the_same_after_it_was_stored():
    policy = make_policy(make_user())
    add_step(policy, make_user(), when=closed_hours(), waits_for_hours=True)
    plan = plan_of_policy(policy)

    assert Plan.from_json(plan.to_json()) == plan


def test_whoever_was_not_paged_hears_of_the_condition_and_of_teams_within_teams():
    ana, bo, cy = people()
    policy = make_policy([], bo)
    outer = make_team(ana)
    outer.subteams.add(make_team(cy))
    Target.objects.create(step=policy.steps.first(), kind="team", team=outer)
    policy.steps.update(when=condition("urgency", "is", "low"))
    incident = open_incident(make_service(policy), "Down")

    for person, step in ((cy, 1), (bo, 2)):
        answer = why_paged(incident, person, ana)
        assert f"tep {step} names {person}, and was skipped: " in answer.text
        assert "only if urgency is low, and it is high" in answer.text
